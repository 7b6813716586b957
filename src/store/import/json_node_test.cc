#include "store/import/json_node.h"

#include <gtest/gtest.h>

namespace duologue::store {
namespace {

// The message of `fail("here")` on what `walk` finds in `text`.
template <typename Walk>
std::string told_at(std::string_view text, Walk walk) {
  const std::string file = "a.json";
  const LogPiece piece{.text = text, .line = 3, .offset = 100};
  const auto json = parse_piece(file, piece);
  EXPECT_TRUE(json) << json.error().message;
  if (!json) return {};
  const JsonSource source{.file = &file, .piece = piece};
  return walk(JsonNode(*json, source)).error().message;
}

TEST(JsonNode, NamesWayLineAndByte) {
  constexpr std::string_view kText =
      "{\"x\": [1, {\"]\": \"}\\\"\"}],\n \"t\\u0073\": [\n{}, {\"a\": {\"b\": 7}} ]}";
  const auto deep = [](const JsonNode& root) {
    return root.list("ts")->operator[](1).object("a")->find("b")->fail("here");
  };
  EXPECT_EQ(told_at(kText, deep), "a.json:5: byte 155: ts[1].a.b: here");
  EXPECT_EQ(kText[55], '7');
  EXPECT_EQ(told_at(kText, [](const JsonNode& root) { return root.fail("here"); }),
            "a.json:3: byte 100: here");
  EXPECT_EQ(told_at("{\"a\": 1, \"a\": 2}", [](const JsonNode& root) { return root.text("a"); }),
            "a.json:3: byte 114: a: must be a text, not a number");
  EXPECT_EQ(told_at("[[],[[{}]]]", [](const JsonNode& root) { return root[1][0][0].text("k"); }),
            "a.json:3: byte 106: [1][0][0]: 'k' is missing; it must be a text");
}

TEST(JsonNode, SaysWhatMustStandThere) {
  const auto no_list = [](const JsonNode& root) { return root.list("a"); };
  EXPECT_EQ(told_at("{\"a\": {}}", no_list), "a.json:3: byte 106: a: must be a list, not an object");
  EXPECT_EQ(told_at("{\"a\": null}", no_list), "a.json:3: byte 100: 'a' is missing; it must be a list");
  EXPECT_EQ(told_at("[]", no_list), "a.json:3: byte 100: must be an object, not a list");
  const auto no_number = [](const JsonNode& root) { return root.integer("a"); };
  for (const char* text :
       {"{\"a\": 1.5}", "{\"a\": 99999999999999999999}", "{\"a\": \"1\"}", "{\"a\": 1e3}"}) {
    EXPECT_EQ(told_at(text, no_number), "a.json:3: byte 106: a: must be a whole number of 64 bits");
  }
}

TEST(JsonNode, BrokenJsonNamesItsPlace) {
  const std::string file = "a.json";
  const auto broken = parse_piece(file, {.text = "{\"a\":\n[1,}", .line = 3, .offset = 100, .ended = true});
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.starts_with("a.json:4: byte 109: not JSON: ")) << broken.error().message;
  for (const char* text : {"{\"a\": [1, 2", "{\"a\": \"tex", "{\"a\"", "{\"a\": tru", "{"}) {
    const auto cut = parse_piece(file, {.text = text});
    ASSERT_FALSE(cut);
    EXPECT_NE(cut.error().message.find("cut off here"), std::string::npos) << cut.error().message;
  }
}

TEST(JsonNode, QuotesForeignWords) {
  EXPECT_EQ(in_quotes("a\x1b[31m\xff"), "'a?[31m\xef\xbf\xbd'");
  EXPECT_EQ(in_quotes(std::string(39, 'x') + "\xc3\xa9"), "'" + std::string(39, 'x') + "…'");
}

}  // namespace
}  // namespace duologue::store
