#include "base/json.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

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

TEST(Json, LimitsValues) {
  const JsonLimits limits{.max_values = 4};
  EXPECT_TRUE(parse_json("[1,2,\",,[[\"]", limits).has_value());
  const auto value = parse_json("[1,2,3,4]", limits);
  ASSERT_FALSE(value.has_value());
  EXPECT_NE(value.error().message.find("column 7: JSON of more than 4 values"), std::string::npos)
      << value.error().message;
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

std::string foreign(std::string_view text) {
  const auto value = parse_foreign_json(text);
  return value ? value->dump(-1, ' ', false, Json::error_handler_t::ignore) : "failed: " + value.error().what;
}

std::string foreign_text(std::string_view text) {
  const auto value = parse_foreign_json(text);
  return value && value->is_string() ? value->get<std::string>() : "no string";
}

TEST(Json, ForeignWordsForNoNumberAreNull) {
  EXPECT_EQ(foreign("[NaN, Infinity, -Infinity, -1, \"NaN\"]"), "[null,null,null,-1,\"NaN\"]");
  EXPECT_EQ(foreign("{\"a\\\"NaN\": NaN}"), "{\"a\\\"NaN\":null}");
  EXPECT_FALSE(parse_foreign_json("[NaNa]").has_value());
  EXPECT_FALSE(parse_json("[NaN]").has_value());
}

TEST(Json, ForeignBytesStayInStrings) {
  EXPECT_EQ(foreign_text("\"a\xff\xc3 b\""), "a\xff\xc3 b");
  EXPECT_EQ(foreign_text("\"\xe2\x82\""), "\xe2\x82");           // cut in the middle
  EXPECT_EQ(foreign_text("\"x\\ud83d y\""), "x\xed\xa0\xbd y");  // the first half of a pair
  EXPECT_EQ(foreign_text("\"\\udE00\""), "\xed\xb8\x80");        // the second
  EXPECT_EQ(foreign_text("\"\\ud83d\\ud83d\\ude00\""), "\xed\xa0\xbd\xf0\x9f\x98\x80");
  EXPECT_EQ(foreign_text("\"\\\\ud83d\""), "\\ud83d");  // an escaped backslash, and text
  // The code points that stand for bytes in between are themselves text.
  EXPECT_EQ(foreign_text("\"\xff \xf4\x8f\xbf\xbf \\udbff\\udf80 \xf4\x8f\xbd\xbf\""),
            "\xff \xf4\x8f\xbf\xbf \xf4\x8f\xbe\x80 \xf4\x8f\xbd\xbf");
  EXPECT_EQ(foreign_text("\"\xf4\x8f\xbf\xbf\""), "\xf4\x8f\xbf\xbf");
  const auto keys = parse_foreign_json("{\"\xff\": {\"\xfe\": 1}, \"b\": [\"\xfd\"]}");
  ASSERT_TRUE(keys.has_value());
  ASSERT_NE(member_at(*keys, "\xff"), nullptr);
  EXPECT_EQ(integer_at(*member_at(*keys, "\xff"), "\xfe"), 1);
  EXPECT_EQ((*keys)["b"][0].get<std::string>(), "\xfd");
}

TEST(Json, ForeignErrorsNameTheirByte) {
  const auto at = [](std::string_view text) {
    const auto value = parse_foreign_json(text);
    EXPECT_FALSE(value.has_value()) << text;
    return value ? std::size_t{999} : value.error().offset;
  };
  EXPECT_EQ(at(""), 0u);
  EXPECT_EQ(at("[1, }"), 4u);
  EXPECT_EQ(at("[\"\xff\xff\xff\", }"), 8u);  // counted in the original
  EXPECT_EQ(at("[NaN, }"), 6u);
  EXPECT_EQ(at("[\"\\ud83d\", \"\\q\"]"), 13u);
  EXPECT_EQ(at("[\xff]"), 1u);
  EXPECT_EQ(at("[1, 2, 1e999]"), 11u);  // the end of the number
  EXPECT_EQ(at(std::string(65, '[')), 64u);
  EXPECT_EQ(at("[1e999, \"\\ud800\"]"), 5u);
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

// A vocabulary: keys are many, and come back sorted.
TEST(Json, ReadsObjectsOfManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i)
    text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":" + std::to_string(i);
  text += "}";
  EXPECT_FALSE(parse_sorted_json(text, {}).has_value());
  const auto value = parse_sorted_json(text, {.max_keys = 50'000});
  ASSERT_TRUE(value.has_value()) << value.error().message;
  EXPECT_EQ(value->size(), 50'000u);
  EXPECT_EQ(value->begin().key(), "0");
  EXPECT_EQ(value->find("49999")->get<int>(), 49'999);
  EXPECT_TRUE(parse_sorted_json("{\n]", {}).error().message.starts_with("line 2, column 1: "));
}

// Compact text is written by code of our own.
TEST(Json, WritesWhatTheLibraryWrites) {
  const auto library = [](const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  const Json tree =
      Json::parse(R"({"": [], "o": {}, "n": [0, -1, 1.5, 1e300, 18446744073709551615, true, null],
                                    "deep": [[{"k\"ey\n": "v\\"}]]})");
  EXPECT_EQ(dump_json(tree), library(tree));
  EXPECT_EQ(dump_json(std::nan("")), library(std::nan("")));
  std::mt19937 random(5);
  const std::vector<std::string> pieces{
      "plain words ",      "\"", "\\", "\n", "\x7f", "é", "\U0001f600", "\xed\xa0\x80", "\xff", "\xe2\x82",
      std::string(1, '\0')};
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 8; n > 0; --n) {
      const std::size_t which = random() % (pieces.size() + 1);
      text += which < pieces.size() ? pieces[which] : std::string(1, static_cast<char>(random() % 256));
    }
    const Json value{{text.substr(0, text.size() / 2), text}};
    EXPECT_EQ(dump_json(value), library(value));
  }
  for (int c = 0; c < 256; ++c) {
    const Json value(std::string(3, static_cast<char>(c)));
    EXPECT_EQ(dump_json(value), library(value)) << c;
  }
}

}  // namespace
}  // namespace duologue::base
