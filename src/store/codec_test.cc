#include "store/codec.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "store/json_text.h"

namespace duologue::store {
namespace {

TEST(CodecTest, Base64AsInRfc4648) {
  const std::pair<std::string, std::string> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"},
                                                          {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, coded] : examples) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded), plain);
  }
  for (const char* wrong : {"Z", "Zg=", "Z===", "=Zg=", "Zg==Zg==", "Zm9 ", "Zm-v"}) {
    EXPECT_EQ(base64_decode(wrong), std::nullopt) << wrong;
  }
}

TEST(CodecTest, TokensKeepTheirValues) {
  const std::vector<std::int32_t> ids{0, 1, 127, 128, 16383, 16384, 262143, 2147483647, -1};
  const std::string bytes = encode_tokens(ids);
  EXPECT_EQ(bytes.size(), 1u + 1 + 1 + 2 + 2 + 3 + 3 + 5 + 5);
  EXPECT_EQ(decode_tokens(bytes), ids);
  EXPECT_EQ(decode_tokens("")->size(), 0u);
  EXPECT_EQ(decode_tokens("\x80"), std::nullopt);                          // cut off
  EXPECT_EQ(decode_tokens("\xff\xff\xff\xff\x1f"), std::nullopt);          // past 32 bits
  EXPECT_EQ(decode_tokens("\xff\xff\xff\xff\xff\xff\x01"), std::nullopt);  // longer still
}

TEST(CodecTest, StopReasonsKeepTheirNumbers) {
  const chat::StopReason reasons[] = {chat::StopReason::kEndOfTurn,     chat::StopReason::kLength,
                                      chat::StopReason::kStopSequence,  chat::StopReason::kToolCall,
                                      chat::StopReason::kContentFilter, chat::StopReason::kRefusal,
                                      chat::StopReason::kWritten};
  std::int64_t code = 1;
  for (const chat::StopReason reason : reasons) {
    EXPECT_EQ(stop_reason_code(reason), code) << chat::to_string(reason);  // written in files: never another
    EXPECT_EQ(stop_reason_from_code(code), reason);
    ++code;
  }
  EXPECT_EQ(stop_reason_from_code(0), std::nullopt);
  EXPECT_EQ(stop_reason_from_code(code), std::nullopt);
}

TEST(CodecTest, ReadableTextIsTextForSqlToo) {
  EXPECT_FALSE(needs_raw("héllo \xe2\x80\x8b"));
  EXPECT_TRUE(needs_raw("\xff"));
  EXPECT_TRUE(needs_raw(std::string_view("a\0b", 3)));
  EXPECT_EQ(readable(std::string_view("a\0b\xff", 4)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
}

TEST(CodecTest, ToolCallsKeepTheirBytes) {
  const std::vector<chat::ToolCall> calls{{"1", "exit", "{\"a\":\"\xff\"}", ""},
                                          {"", "", "", "no\n\"way\"", 7}};
  EXPECT_EQ(tool_calls_from_json(tool_calls_to_json(calls)), calls);
  for (const char* wrong :
       {"", "{}", "[1]", R"([{"id":"1"}])", R"([{"id":1,"name":"","arguments":"","result":""}])",
        R"([{"id":"","id_base64":"*","name":"","arguments":"","result":""}])"}) {
    EXPECT_EQ(tool_calls_from_json(wrong), std::nullopt) << wrong;
  }
}

TEST(CodecTest, VectorsOfAnotherSizeOrLengthAreRefused) {
  const std::vector<float> unit{0.6F, 0.0F, -0.8F};
  const std::string bytes = encode_vector(unit);
  EXPECT_EQ(bytes.substr(0, 4), std::string("\x9A\x99\x19\x3F", 4));  // 0.6, little-endian
  EXPECT_EQ(decode_vector(bytes, 3), unit);
  EXPECT_EQ(decode_vector(bytes, 2), std::nullopt);
  EXPECT_EQ(decode_vector(bytes.substr(1), 3), std::nullopt);
  EXPECT_EQ(decode_vector(encode_vector(std::vector<float>{0.6F, 0.8F, 0.8F}), 3), std::nullopt);
  EXPECT_EQ(decode_vector(encode_vector(std::vector<float>{std::nanf(""), 1.0F}), 2), std::nullopt);
  EXPECT_EQ(decode_vector("", 0), std::nullopt);
}

TEST(CodecTest, MemoryPoliciesAsTheUserWritesThem) {
  const std::pair<chat::MemoryPolicy, std::string> examples[] = {
      {{chat::MemoryKind::kFull, 0}, "full"},
      {{chat::MemoryKind::kLast, 0}, "last"},
      {{chat::MemoryKind::kWindow, 12}, "window:12"},
      {{chat::MemoryKind::kSummary, 3}, "summary:3"}};
  for (const auto& [policy, text] : examples) {
    EXPECT_EQ(memory_to_text(policy), text);
    EXPECT_EQ(memory_from_text(text), policy);
  }
  for (const char* wrong :
       {"", "window", "window:", "window:x", "window:1x", "window:-1", "window:99999999999", "Full"}) {
    EXPECT_EQ(memory_from_text(wrong), std::nullopt) << wrong;
  }
}

TEST(CodecTest, ChangesThatCannotBeReadAreRefused) {
  for (const char* wrong : {"", "[]", R"({"memory":"all"})", R"({"sampling":{"temperature":-1}})",
                            R"({"forget_through_turn":5000000000})"}) {
    EXPECT_EQ(change_from_json(wrong).has_value(), false) << wrong;
  }
  EXPECT_TRUE(change_from_json("{}"));
}

TEST(CodecTest, SummariesKeepTheirBytes) {
  chat::ConfigChange change;
  change.forget_through_turn = 4;
  change.summary = "they \xff counted";
  change.memory = chat::MemoryPolicy{chat::MemoryKind::kSummary, 3};
  const auto again = change_from_json(change_to_json(change));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->summary, change.summary);
  EXPECT_EQ(again->memory, change.memory);
  EXPECT_EQ(chat::entry_hash({}, *again), chat::entry_hash({}, change));
}

}  // namespace
}  // namespace duologue::store
