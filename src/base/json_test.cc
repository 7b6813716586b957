#include "base/json.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

TEST(Json, KeepsTheOrderOfKeys) {
  const auto value = parse_json(R"({"z": 1, "a": [true, null]})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(dump_json(*value), R"({"z":1,"a":[true,null]})");
}

TEST(Json, SaysWhereItStopsBeingJson) {
  for (const char* text : {"", "{", "{\"a\": }", "[1,]", "nul", "{\"a\": 1} x", "\"\xff\"", "[1e999]"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::kBadInput);
    EXPECT_EQ(value.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(value.error().message.find("json.exception"), std::string::npos) << value.error().message;
  }
  EXPECT_TRUE(parse_json("{\n  \"a\": }").error().message.starts_with("line 2, column 8: "))
      << parse_json("{\n  \"a\": }").error().message;
}

TEST(Json, EscapesInABadTokenStayOutOfTheMessage) {
  const auto value = parse_json("[\x1b[31mred]");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().message.find('\x1b'), std::string::npos);
}

TEST(Json, LimitsDepth) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parse_json(deep).has_value());
  EXPECT_FALSE(parse_json("[" + deep + "]").has_value());
  // Brackets in strings are text.
  EXPECT_TRUE(parse_json("[\"" + std::string(1000, '[') + "\\\"[[\"]").has_value());
  // A depth that would overflow the stack is refused before it is parsed.
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')).has_value());
}

TEST(Json, LimitsKeysOfOneObject) {
  const JsonLimits limits{.max_keys = 2};
  EXPECT_TRUE(parse_json(R"({"a":1,"b":[1,2,3,4,5]})", limits).has_value());
  const auto value = parse_json(R"({"a":1,"b":2,"c":3})", limits);
  ASSERT_FALSE(value.has_value());
  EXPECT_NE(value.error().message.find("more than 2 keys"), std::string::npos);
}

TEST(Json, LimitsBytes) {
  EXPECT_FALSE(parse_json("[1,2,3]", {.max_bytes = 6}).has_value());
  EXPECT_TRUE(parse_json("[1,2,3]", {.max_bytes = 7}).has_value());
}

TEST(Json, DumpNeverThrows) {
  Json value;
  value["text"] =
      "a\xff\xfe"
      "b";
  value["nan"] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(dump_json(value),
            "{\"text\":\"a\xef\xbf\xbd\xef\xbf\xbd"
            "b\",\"nan\":null}");
}

TEST(Json, AccessorsCheckTypes) {
  const auto value = parse_json(R"({"s":"x","b":true,"i":-3,"u":18446744073709551615,"d":1.5,"n":null})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(string_at(*value, "s"), "x");
  EXPECT_EQ(string_at(*value, "i"), std::nullopt);
  EXPECT_EQ(bool_at(*value, "b"), true);
  EXPECT_EQ(integer_at(*value, "i"), -3);
  EXPECT_EQ(integer_at(*value, "u"), std::nullopt);
  EXPECT_EQ(unsigned_at(*value, "u"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(unsigned_at(*value, "i"), std::nullopt);
  EXPECT_EQ(integer_at(*value, "d"), std::nullopt);
  EXPECT_EQ(number_at(*value, "d"), 1.5);
  EXPECT_EQ(number_at(*value, "i"), -3.0);
  EXPECT_EQ(number_at(*value, "n"), std::nullopt);
  EXPECT_EQ(member_at(*value, "missing"), nullptr);
  EXPECT_EQ(member_at((*value)["s"], "s"), nullptr);
}

}  // namespace
}  // namespace duologue::base
