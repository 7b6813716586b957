#include "model/scripted/scripted_model.h"

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

base::Result<ModelOutput> turn_of(Model& model, std::uint32_t turn, std::string* shown = nullptr) {
  GenerateConfig config;
  config.key.turn = turn;
  return model.generate({}, config, {}, [shown](std::string_view delta) {
    if (shown != nullptr) *shown += delta;
  });
}

TEST(Scripted, SaysTheLineOfTheTurn) {
  const auto model = make_scripted("s", parse_script("a\nb\\n\\x41\\e\n\nd").value());
  EXPECT_EQ(turn_of(*model, 1)->turn.text, "a");
  EXPECT_EQ(turn_of(*model, 2)->turn.text, "b\nA\x1b");
  EXPECT_EQ(turn_of(*model, 3)->turn.text, "");
  EXPECT_EQ(turn_of(*model, 5)->turn.text, "a");
}

TEST(Scripted, PacedRepliesAreStreamedWhole) {
  const auto model = make_scripted("s", parse_script("#pace 20\none two  three \\xff!").value());
  std::string shown;
  const auto output = turn_of(*model, 1, &shown);
  EXPECT_EQ(output->turn.text, "one two  three \xff!");
  EXPECT_EQ(shown, "one two  three \xef\xbf\xbd!") << "deltas are valid UTF-8";
  EXPECT_GE(output->timing.total_ms, 15.0);
}

TEST(Scripted, DrawnRepliesDependOnTheKeyAlone) {
  const auto model = make_scripted("s", parse_script("#generate 50").value());
  EXPECT_EQ(turn_of(*model, 1)->turn.text, turn_of(*model, 1)->turn.text);
  EXPECT_NE(turn_of(*model, 1)->turn.text, turn_of(*model, 2)->turn.text);
  EXPECT_EQ(turn_of(*model, 1)->usage.completion_tokens, 50U);
}

TEST(Scripted, BadScriptsNameTheLine) {
  for (const char* text : {"", "#pace x\na", "a\n\\q", "a\n\\xZZ", "#pace 3"}) {
    EXPECT_FALSE(parse_script(text)) << text;
  }
  EXPECT_NE(parse_script("a\n\\q").error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(open_scripted("s", "/no/such/file").error().kind, base::ErrorKind::kNotFound);
}

TEST(Scripted, FailsWhereTheScriptSaysSo) {
  const auto model = make_scripted("s", parse_script("#error 2 broken\na").value());
  EXPECT_TRUE(turn_of(*model, 1));
  EXPECT_EQ(turn_of(*model, 2).error().kind, base::ErrorKind::kModel);
}

}  // namespace
}  // namespace duologue::model
