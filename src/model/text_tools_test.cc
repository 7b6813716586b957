#include "model/text_tools.h"

#include <gtest/gtest.h>

#include "model/scripted/scripted_model.h"

namespace duologue::model {
namespace {

std::string call(std::string_view name) {
  return "<tool_call>{\"name\": \"" + std::string(name) +
         "\", \"arguments\": {\"reason\": \"why\"}}</tool_call>";
}

TEST(TakeCalls, OnlyTheDocumentedFormIsACall) {
  for (const std::string text :
       {"I could call look now.", "look(reason=\"x\")", "<tool_call>look</tool_call>",
        "{\"name\": \"look\", \"arguments\": {}}", "<tool_call>{\"name\": \"look\"",
        "<tool_call>{\"arguments\": {}}</tool_call>",
        "<tool_call>the tool {\"name\": \"look\"}</tool_call>"}) {
    const TextCalls found = take_calls(text, false);
    EXPECT_TRUE(found.calls.empty()) << text;
    EXPECT_EQ(found.text, text) << "what is no call stays text";
  }
}

TEST(TakeCalls, IsLenientAboutWhatStandsRoundTheJson) {
  for (const std::string& text : std::vector<std::string>{
           call("look"),
           "<tool_call>\n```json\n{\"name\":\"look\",\"arguments\":{\"reason\":\"why\"}}\n```\n</tool_call>",
           "<tool_call>{\"name\":\"look\",\"parameters\":{\"reason\":\"why\"}}</tool_call>",
           "<tool_call>{\"name\":\"look\",\"arguments\":\"{\\\"reason\\\":\\\"why\\\"}\"}</tool_call>",
           "<tool_call>{\"name\":\"look\",\"arguments\":{\"reason\":\"why\"}}"}) {
    const TextCalls found = take_calls(text, false);
    ASSERT_EQ(found.calls.size(), 1U) << text;
    EXPECT_EQ(found.calls[0].name, "look");
    EXPECT_EQ(found.calls[0].arguments, R"({"reason":"why"})");
    EXPECT_EQ(found.text, "");
  }
}

TEST(TakeCalls, KeepsTheTextAndThePlaceOfEachCall) {
  const TextCalls found =
      take_calls("One. \n" + call("a") + "\ntwo " + call("b") + call("c") + " three", false);
  EXPECT_EQ(found.text, "One.\ntwo\nthree");
  ASSERT_EQ(found.calls.size(), 3U);
  EXPECT_EQ(found.calls[0].at, 4U);
  EXPECT_EQ(found.calls[1].at, 8U);
  EXPECT_EQ(found.calls[2].at, 8U);
}

// Answers with a text, and keeps what it was sent.
class Echo final : public Model {
 public:
  explicit Echo(std::string text) : text_(std::move(text)) {}
  const ModelInfo& info() const override { return info_; }
  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config, std::stop_token,
                                     const OnDelta& on_delta) override {
    sent.clear();
    for (const chat::Message& message : view.messages) {
      sent.push_back(std::string(chat::to_string(message.role)) + ": " + *message.content);
    }
    stops = config.sampling.stop;
    told_of_tools = config.tools != nullptr;
    if (on_delta) {
      for (const char c : text_) on_delta(std::string_view(&c, 1));
    }
    ModelOutput output;
    output.turn.text = text_;
    return output;
  }
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig&) override {
    return std::vector<std::uint32_t>(view.messages.size(), 10);
  }
  std::vector<std::string> sent;
  std::vector<std::string> stops;
  bool told_of_tools = false;

 private:
  std::string text_;
  ModelInfo info_;
};

GenerateConfig with_tools() {
  GenerateConfig config;
  config.tools = std::make_shared<const chat::Tools>(chat::Tools{{"look", "Looks out.", "{}"}});
  config.key.turn = 3;
  return config;
}

chat::Transcript talk_with_call() {
  chat::Transcript t;
  t.append(chat::Injection{0, {}, "Hello there", {}});
  chat::Turn turn;
  turn.text = "Let me see.\nRain.";
  turn.tool_calls = {{"1", "look", R"({"reason":"w"})", "It rains.", 11}};
  t.append(turn);
  turn = {};
  turn.speaker = 1;
  turn.text = "Oh.";
  t.append(turn);
  return t;
}

TEST(TextTools, TellsOfToolsAndShowsCallsWhereTheyStood) {
  const auto echo = std::make_shared<Echo>("Well. " + call("look"));
  const auto model = with_text_tools(echo);
  EXPECT_TRUE(model->info().tools);
  const chat::OwnedView view = chat::view_for(talk_with_call(), {0, "Be brief.", {}, {}, {}});
  std::string shown;
  const auto output =
      model->generate(view.view(), with_tools(), {}, [&](std::string_view text) { shown += text; });
  ASSERT_TRUE(output);
  EXPECT_EQ(output->turn.text, "Well.");
  ASSERT_EQ(output->turn.tool_calls.size(), 1U);
  EXPECT_EQ(output->turn.tool_calls[0].id, "call-3-1-1");
  EXPECT_EQ(output->turn.stop_reason, chat::StopReason::kToolCall);
  EXPECT_EQ(shown, "Well. ") << "a call is not said";
  EXPECT_FALSE(echo->told_of_tools);
  EXPECT_EQ(echo->stops, std::vector<std::string>{"</tool_call>"});
  ASSERT_EQ(echo->sent.size(), 6U);
  EXPECT_TRUE(echo->sent[0].starts_with("system: Be brief.\n\nYou can call tools."));
  EXPECT_NE(echo->sent[0].find("- look: Looks out."), std::string::npos);
  EXPECT_EQ(
      echo->sent[2],
      "assistant: Let me see.\n<tool_call>{\"name\":\"look\",\"arguments\":{\"reason\":\"w\"}}</tool_call>");
  EXPECT_EQ(echo->sent[3], "user: <tool_result>It rains.</tool_result>");
  EXPECT_EQ(echo->sent[4], "assistant: Rain.");
  EXPECT_EQ(echo->sent[5], "user: Oh.");
  EXPECT_EQ(model->token_counts(view.view(), with_tools()).value(),
            (std::vector<std::uint32_t>{10, 10, 30, 10}))
      << "counts are of the view's messages";
}

TEST(TextTools, OthersNeverSeeTheCall) {
  const auto echo = std::make_shared<Echo>("x");
  const chat::OwnedView view = chat::view_for(talk_with_call(), {1, "", {}, {}, {}});
  ASSERT_TRUE(with_text_tools(echo)->generate(view.view(), with_tools(), {}, {}));
  for (const std::string& message : echo->sent)
    EXPECT_EQ(message.find("It rains."), std::string::npos) << message;
  EXPECT_EQ(echo->sent[1], "user: Let me see.\nRain.");
}

TEST(TextTools, WithoutToolsNothingIsChanged) {
  const auto echo = std::make_shared<Echo>(call("look"));
  const chat::OwnedView view = chat::view_for(talk_with_call(), {1, "", {}, {}, {}});
  const auto output = with_text_tools(echo)->generate(view.view(), {}, {}, {});
  EXPECT_EQ(output->turn.text, call("look")) << "whoever has no tools can't call them";
  EXPECT_TRUE(echo->stops.empty());
}

}  // namespace
}  // namespace duologue::model
