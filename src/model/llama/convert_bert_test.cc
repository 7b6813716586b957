#include "model/llama/convert_bert.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <gguf.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "model/gguf_file.h"
#include "model/llama/testing/tiny_bert.h"

namespace duologue::model::llama {
namespace {

using model::testing::bytes_of;
using model::testing::TempFolder;
using testing::TinyBert;

TEST(ConvertBert, WritesAWholeFileTheSameEachTime) {
  const TempFolder folder;
  const BertSource source = TinyBert().write(folder);
  const std::string path = folder.path() + "/a.gguf";
  ASSERT_TRUE(convert_bert(source, path));
  ASSERT_TRUE(convert_bert(source, folder.path() + "/b.gguf"));
  EXPECT_EQ(base::hash_file(path)->hex(), base::hash_file(folder.path() + "/b.gguf")->hex());
  const GgufSummary summary = *read_gguf_summary(path);
  EXPECT_EQ(summary.architecture, "bert");
  EXPECT_EQ(summary.name, "tiny");
  EXPECT_EQ(summary.tensors, 5 + TinyBert::kLayers * 16);
  EXPECT_FALSE(summary.chat_template);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().string().find(".part-"), std::string::npos);
}

TEST(ConvertBert, WritesTheTypesAndTheVocabulary) {
  const TempFolder folder;
  const std::string path = folder.path() + "/a.gguf";
  ASSERT_TRUE(convert_bert(TinyBert().write(folder), path));
  gguf_context* gguf = gguf_init_from_file(path.c_str(), {true, nullptr});
  ASSERT_NE(gguf, nullptr);
  const auto type = [gguf](const char* name) {
    return gguf_get_tensor_type(gguf, gguf_find_tensor(gguf, name));
  };
  EXPECT_EQ(type("token_embd.weight"), GGML_TYPE_F16);
  EXPECT_EQ(type("blk.1.ffn_down.weight"), GGML_TYPE_F16);
  for (const char* name :
       {"position_embd.weight", "token_types.weight", "token_embd_norm.weight", "blk.0.attn_q.bias"})
    EXPECT_EQ(type(name), GGML_TYPE_F32) << name;
  // 32 positions of the 40: what the model was made to read.
  EXPECT_EQ(gguf_get_tensor_size(gguf, gguf_find_tensor(gguf, "position_embd.weight")),
            32 * TinyBert::kWidth * 4);
  const auto tokens = gguf_find_key(gguf, "tokenizer.ggml.tokens");
  EXPECT_STREQ(gguf_get_arr_str(gguf, tokens, 2), "[CLS]");
  EXPECT_STREQ(gguf_get_arr_str(gguf, tokens, 6), "\u2581lamp");
  EXPECT_STREQ(gguf_get_arr_str(gguf, tokens, 7), "s");
  EXPECT_EQ(gguf_get_val_u32(gguf, gguf_find_key(gguf, "tokenizer.ggml.seperator_token_id")), 3u);
  gguf_free(gguf);
}

TEST(ConvertBert, TakesNamesWithTheModelsPrefix) {
  const TempFolder folder;
  TinyBert prefixed;
  for (auto& [name, tensor] : prefixed.tensors) tensor.name = "bert." + name;
  const TempFolder plain;
  ASSERT_TRUE(convert_bert(prefixed.write(folder), folder.path() + "/a.gguf"));
  ASSERT_TRUE(convert_bert(TinyBert().write(plain), plain.path() + "/a.gguf"));
  EXPECT_EQ(base::hash_file(folder.path() + "/a.gguf")->hex(),
            base::hash_file(plain.path() + "/a.gguf")->hex());
}

TEST(ConvertBert, RefusesWhatIsNotWhole) {
  const TempFolder folder;
  const std::string target = folder.path() + "/a.gguf";
  const auto refuses = [&](const BertSource& source, const std::string& words) {
    const base::Status done = convert_bert(source, target);
    ASSERT_FALSE(done) << words;
    EXPECT_EQ(done.error().kind, base::ErrorKind::kModel) << done.error().message;
    EXPECT_NE(done.error().message.find(words), std::string::npos) << done.error().message;
    EXPECT_FALSE(std::filesystem::exists(target));
  };
  const auto changed = [&](const auto& change) {
    TinyBert bert;
    change(bert);
    return bert.write(folder);
  };
  refuses(changed([](TinyBert& b) { b.tensors.erase("encoder.layer.1.attention.self.key.bias"); }),
          "self.key.bias");
  refuses(changed([](TinyBert& b) { b.tensors.erase("embeddings.word_embeddings.weight"); }), "missing");
  refuses(changed([](TinyBert& b) { b.tensors["more"] = {"more", "F32", {1}, std::string(4, 'x')}; }),
          "1 tensors");
  refuses(changed([](TinyBert& b) {
            b.tensors["encoder.layer.0.output.dense.weight"].bytes.replace(0, 4, bytes_of(std::vector{1e6F}));
          }),
          "too large");
  refuses(changed([](TinyBert& b) {
            const float nan = std::numeric_limits<float>::quiet_NaN();
            b.tensors["encoder.layer.0.output.dense.bias"].bytes.replace(0, 4, bytes_of(std::vector{nan}));
          }),
          "no finite number");
  BertSource source = TinyBert().write(folder);
  source.heads = 5;
  refuses(source, "5 heads");
  source = TinyBert().write(folder);
  source.max_tokens = 41;
  refuses(source, "40 positions");
  source = TinyBert().write(folder);
  source.vocabulary = folder.write("short.txt", "[PAD]\n[UNK]\n");
  refuses(source, "vocabulary of 2");
  source.vocabulary = folder.path() + "/gone.txt";
  EXPECT_EQ(convert_bert(source, target).error().kind, base::ErrorKind::kNotFound);
  std::string words;
  for (const std::string& word : TinyBert::vocabulary()) words += (word == "[SEP]" ? "sep" : word) + "\n";
  source.vocabulary = folder.write("other.txt", words);
  refuses(source, "[SEP]");
  source = TinyBert().write(folder);
  EXPECT_EQ(convert_bert(source, folder.path() + "/no/such/folder.gguf").error().kind, base::ErrorKind::kIo);
}

}  // namespace
}  // namespace duologue::model::llama
