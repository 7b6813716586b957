#include "model/embedders/tokenizer_file.h"

#include <gtest/gtest.h>

#include "model/embedders/testing/fixtures.h"

namespace duologue::model {
namespace {

TextTokenizer parsed(const std::string& json) {
  auto made = TextTokenizer::parse(json, "tokenizer.json");
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The ids are those of Hugging Face's tokenizers 0.23 for the same file (add_special_tokens=False), but for
// the texts that name special tokens.
TEST(TokenizerFile, ReadsWordPieceAsBertDoes) {
  const TextTokenizer tokenizer = parsed(testing::kWordPieceJson);
  EXPECT_EQ(tokenizer.unknown_id(), 1u);
  EXPECT_EQ(tokenizer.largest_id(), 29u);
  EXPECT_EQ(tokenizer.encode("The lamps is lit."), (TokenIds{2, 3, 4, 20, 21, 9}));
  EXPECT_EQ(tokenizer.encode("Unbelievable! The night-fall, a CAF\u00C9."),
            (TokenIds{5, 6, 7, 8, 2, 18, 17, 1, 10, 14, 11, 9}));
  EXPECT_EQ(tokenizer.encode("\u4E2D\u6587 hello"), (TokenIds{12, 13, 16}));
  EXPECT_EQ(tokenizer.encode("don't $ab"), (TokenIds{24, 22, 23, 25, 14, 15}));
  EXPECT_EQ(tokenizer.encode("\u00E9 \u00BFx xx xxx"), (TokenIds{1, 29, 27, 27, 28, 27, 28, 28}));
  EXPECT_EQ(tokenizer.encode("nightfall zzz"), (TokenIds{18, 19, 1}));
  EXPECT_EQ(tokenizer.encode("x\u200Bx\u00A0the\tis\x0Bis"), (TokenIds{27, 28, 2, 1}));
  EXPECT_TRUE(tokenizer.encode("  \n").empty());
  EXPECT_EQ(tokenizer.encode(std::string(100, 'x')).size(), 100u);
  EXPECT_EQ(tokenizer.encode(std::string(101, 'x')), TokenIds{1});
  EXPECT_EQ(tokenizer.encode("\xFF x"), TokenIds{27});
}

// A turn can say what it likes: it forges no special token.
TEST(TokenizerFile, FindsNoSpecialTokensInAText) {
  const TextTokenizer tokenizer = parsed(testing::kWordPieceJson);
  EXPECT_EQ(tokenizer.encode("[PAD]"), (TokenIds{1, 1, 1}));
}

TEST(TokenizerFile, ReadsUnigramAsXlmRobertaDoes) {
  const TextTokenizer tokenizer = parsed(testing::unigram_json());
  EXPECT_EQ(tokenizer.unknown_id(), 0u);
  EXPECT_EQ(tokenizer.encode("The lamp is AB!"), (TokenIds{19, 23, 10, 11, 16}));
  EXPECT_EQ(tokenizer.encode("\uFB01ve the  lamps"), (TokenIds{3, 14, 15, 19, 4}));
  EXPECT_EQ(tokenizer.encode("e\u0301\u3000the"), (TokenIds{3, 18, 1}));
  EXPECT_EQ(tokenizer.encode("ababab"), (TokenIds{10, 11, 13}));
  EXPECT_EQ(tokenizer.encode("\u4E2D\u6587 qq"), (TokenIds{20, 21, 3, 0}));
  EXPECT_EQ(tokenizer.encode("thes!!"), (TokenIds{1, 4, 16, 16}));
}

TEST(TokenizerFile, FallsBackToBytes) {
  std::string pieces;
  for (int byte = 0; byte < 256; ++byte) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    pieces += std::string(R"(,["<0x)") + kHex[static_cast<std::size_t>(byte >> 4)] +
              kHex[static_cast<std::size_t>(byte & 15)] + R"(>",-9])";
  }
  const std::string json =
      R"({"model":{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-1])" + pieces +
      "]}}";
  EXPECT_EQ(parsed(json).encode("a\u00E9a"), (TokenIds{1, 2 + 0xC3, 2 + 0xA9, 1}));
}

TEST(TokenizerFile, ReadsTheOtherRules) {
  const auto with = [](const std::string& normalizer, const std::string& pre) {
    return parsed(
        R"({"normalizer":)" + normalizer + R"(,"pre_tokenizer":)" + pre +
        R"(,"model":{"type":"WordPiece","unk_token":"?","vocab":{"?":0,"a":1,"##b":2,"-":3,"_a":4,"_":5,)" +
        R"("_-":6,"fi":7,"a b":8,"##-":9,"##a":10}}})");
  };
  const std::string split = R"({"type":"WhitespaceSplit"})";
  EXPECT_EQ(with("null", split).encode("a-b a"), (TokenIds{1, 9, 2, 1}));
  EXPECT_EQ(with("null", R"({"type":"Punctuation","behavior":"Isolated"})").encode("a-ab"),
            (TokenIds{1, 3, 1, 2}));
  EXPECT_EQ(with("null", "null").encode("a b"), TokenIds{8});
  EXPECT_EQ(with(R"({"type":"NFKC"})", split).encode("\uFB01"), TokenIds{7});
  EXPECT_EQ(with(R"({"type":"NFC"})", split).encode("\uFB01"), TokenIds{0});
  EXPECT_EQ(with(R"({"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},)"
                 R"({"type":"Lowercase"}]})",
                 split)
                .encode("\u00C1"),
            TokenIds{1});
  EXPECT_EQ(with(R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":""})", "null").encode("a   b a"),
            TokenIds{0});
  EXPECT_EQ(with(R"({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})", "null").encode("a   b"),
            TokenIds{8});
  EXPECT_EQ(with(R"({"type":"Strip","strip_left":true,"strip_right":false})", "null").encode("  a"),
            TokenIds{1});
  EXPECT_EQ(with(R"({"type":"Prepend","prepend":"_"})", split).encode("a"), TokenIds{4});
  const auto metaspace = [&](const std::string& scheme, const std::string& more) {
    return with("null",
                R"({"type":"Metaspace","replacement":"_","prepend_scheme":")" + scheme + "\"" + more + "}");
  };
  EXPECT_EQ(metaspace("always", "").encode("a a"), (TokenIds{4, 4}));
  EXPECT_EQ(metaspace("never", "").encode("a a"), (TokenIds{1, 4}));
  EXPECT_EQ(metaspace("first", "").encode(" a"), TokenIds{4});
  EXPECT_EQ(metaspace("always", "").encode("a "), (TokenIds{4, 5}));
  EXPECT_EQ(
      with("null", R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace",)"
                   R"("replacement":"_","add_prefix_space":true}]})")
          .encode("a  a"),
      (TokenIds{4, 4}));
}

// What isn't known is named, never passed over.
TEST(TokenizerFile, RefusesWhatItDoesNotKnow) {
  const std::string good = testing::kWordPieceJson;
  const std::pair<std::string, std::string> wrong[] = {
      {"", "not a tokenizer.json"},
      {"[]", "\"model\""},
      {replaced(good, "BertNormalizer", "Nmt"), "\"Nmt\""},
      {replaced(good, "BertPreTokenizer", "ByteLevel"), "\"ByteLevel\""},
      {replaced(good, R"("type": "WordPiece", "unk)", R"("type": "BPE", "unk)"), "\"BPE\""},
      {replaced(good, "\"special\": true", "\"special\": false"), "\"[PAD]\""},
      {replaced(good, "\"[UNK]\": 1,", ""), "unknown words"},
      {replaced(good, "\"the\": 2", "\"the\": -2"), "\"the\""},
      {replaced(good, "\"the\": 2", "\"the\": 4000000000"), "\"the\""},
      {replaced(good, "\"vocab\"", "\"words\""), "no vocabulary"},
      {replaced(testing::unigram_json(), "\\\\s+", "[a-z]"), "\"[a-z]\""},
      {replaced(testing::unigram_json(), "\"unk_id\": 0", "\"unk_id\": 24"), "beyond the vocabulary"},
      {replaced(testing::unigram_json(), "[\"s\", -3.5]", "[\"s\"]"), "piece 4"},
      {replaced(testing::unigram_json(), "AAQA", "!!!!"), "base64"},
      {R"({"normalizer":{"type":"Sequence","normalizers":7},"model":{}})", "damaged sequence"},
      {R"({"model":{"type":"Unigram","vocab":[]}})", "empty"},
      {R"({"pre_tokenizer":{"type":"\u001b[31m"},"model":{}})", "\"\\u001b[31m\""},
  };
  for (const auto& [json, words] : wrong) {
    const auto tokenizer = TextTokenizer::parse(json, "tokenizer.json");
    ASSERT_FALSE(tokenizer) << words;
    EXPECT_EQ(tokenizer.error().kind, base::ErrorKind::kModel);
    EXPECT_NE(tokenizer.error().message.find(words), std::string::npos) << tokenizer.error().message;
    EXPECT_TRUE(tokenizer.error().message.starts_with("tokenizer.json: ")) << tokenizer.error().message;
    EXPECT_EQ(tokenizer.error().message.find('\n'), std::string::npos);
  }
  std::string deep = R"({"type":"Lowercase"})";
  for (int i = 0; i < 6; ++i) deep = R"({"type":"Sequence","normalizers":[)" + deep + "]}";
  EXPECT_FALSE(TextTokenizer::parse(R"({"normalizer":)" + deep + R"(,"model":{}})", "x"));
}

}  // namespace
}  // namespace duologue::model
