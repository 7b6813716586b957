// Tools, moderators, arms and seats as a spec says them.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "experiment/spec_yaml.h"
#include "experiment/tools_yaml.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;
using engine::Deed;
using engine::ToolEffect;

class TableYaml : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("table_yaml_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  base::Result<ExperimentSpec> read(const std::string& more) const {
    return spec_from_yaml(kTwo + more, (folder_ / "s.yaml").string());
  }
  ExperimentSpec good(const std::string& more) const {
    auto spec = read(more);
    EXPECT_TRUE(spec) << spec.error().message;
    if (!spec) return {};
    const auto again = spec_from_json(to_json(*spec));
    EXPECT_TRUE(again) << again.error().message;
    if (again) {
      EXPECT_EQ(*again, *spec) << "what is recorded is what was read";
    }
    return *spec;
  }
  std::string complaint(const std::string& more) const {
    const auto spec = read(more);
    if (spec) return "none";
    const std::string prefix = (folder_ / "").string();
    std::string message = spec.error().message;
    for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  static inline const std::string kTwo =
      "turns: 20\nparticipants:\n  - {name: A, model: smollm2}\n  - {name: B, model: smollm2}\n";
  fs::path folder_;
};

TEST_F(TableYaml, ToolsAreReadFromAFileOrInline) {
  write("tools.yaml",
        "tools:\n"
        "  - name: leave\n    description: Leaves.\n    cost: nothing\n    calling: ends\n"
        "    parameters: {reason: why, count: {description: how many, type: integer, optional: true}}\n"
        "  - {name: look, description: Looks., calling: {result: \"Rain.\"}}\n"
        "  - {name: no, description: No., calling: denied}\n"
        "  - {name: mute, description: Mute., calling: silence}\n");
  const ExperimentSpec spec = good("tools: tools.yaml\n");
  ASSERT_EQ(spec.participants[1].tools.size(), 4U);
  const engine::Tool& leave = spec.participants[1].tools[0];
  EXPECT_EQ(leave.effect, ToolEffect::kEnds);
  EXPECT_EQ(leave.cost, "nothing");
  EXPECT_EQ(leave.declaration.parameters,
            R"({"type":"object","properties":{"reason":{"type":"string","description":"why"},)"
            R"("count":{"type":"integer","description":"how many"}},"required":["reason"]})");
  EXPECT_EQ(spec.participants[0].tools[1].answer, "Rain.");
  EXPECT_EQ(spec.participants[0].tools[2].answer, engine::kDeniedAnswer);
  EXPECT_EQ(spec.participants[0].tools[3].effect, ToolEffect::kSilence);
}

TEST_F(TableYaml, WrongToolsAreSaidWhereTheyStand) {
  write("two.yaml",
        "- {name: a, description: x, calling: ends}\n- {name: a, description: x, calling: ends}\n");
  EXPECT_EQ(complaint("tools: two.yaml\n"), "two.yaml:2:10: two tools are called a");
  EXPECT_EQ(complaint("tools: none.yaml\n").find("s.yaml:5:8: "), 0U);
  EXPECT_NE(complaint("tools: [{name: a, description: x, caling: ends}]\n").find("did you mean 'calling'"),
            std::string::npos);
  EXPECT_NE(complaint("tools: [{name: a b, description: x, calling: ends}]\n").find("letters, digits"),
            std::string::npos);
  EXPECT_NE(complaint("tools: [{name: a, description: x, calling: {result: \"\"}}]\n").find("silence"),
            std::string::npos);
  EXPECT_NE(complaint("tools: [{name: a, description: x}]\n").find("needs calling"), std::string::npos);
  write("loop.yaml", "tools: loop.yaml\n");
  EXPECT_NE(complaint("tools: loop.yaml\n").find("must be a list"), std::string::npos);
}

TEST_F(TableYaml, ModeratorsOfEveryKind) {
  const ExperimentSpec spec = good(
      "moderators:\n"
      "  - {name: nudge, when: {detected: repetition}, do: {say: Stop.}, as: replacing, at_most: 1}\n"
      "  - {when: {turn: [3, 7]}, who: B, do: {speak: I am B.}}\n"
      "  - {when: {every: 5}, do: {whisper: psst}, to: A}\n"
      "  - {when: {turn: 4}, do: {set: {temperature: 1.2, top_k: 5}}}\n"
      "  - {when: {turn: 5}, who: A, do: {model: other}}\n"
      "  - {when: {turn: 6}, do: {next: B}}\n"
      "  - {when: {turn: 9}, do: {stop: enough}}\n"
      "  - {name: control, do: none}\n");
  ASSERT_EQ(spec.moderators.size(), 8U);
  EXPECT_EQ(spec.moderators[0].detected, "repetition");
  EXPECT_EQ(spec.moderators[0].as, chat::Placement::kReplacing);
  EXPECT_EQ(spec.moderators[1].name, "moderator 2");
  EXPECT_EQ(spec.moderators[1].turns, (std::vector<std::uint32_t>{3, 7}));
  EXPECT_EQ(spec.moderators[2].to, "A");
  EXPECT_EQ(spec.moderators[3].text, R"({"temperature":1.2,"top_k":5})");
  EXPECT_EQ(spec.moderators[5].who, "B");
  EXPECT_EQ(spec.moderators[7].deed, Deed::kNone);
}

TEST_F(TableYaml, WrongModeratorsAreSaidWhereTheyStand) {
  const auto one = [this](const std::string& it) { return complaint("moderators:\n  - {" + it + "}\n"); };
  EXPECT_EQ(one("when: {turn: 21}, do: {say: x}"),
            "s.yaml:6:19: turn 21 is past the end: the conversation has 20 turns");
  EXPECT_NE(one("when: {turn: 3}, do: {speak: x}").find("speak needs who"), std::string::npos);
  EXPECT_NE(one("when: {turn: 3}, who: C, do: {speak: x}").find("must be A or B"), std::string::npos);
  EXPECT_NE(one("when: {turn: 3}, do: {whisper: x}").find("whisper needs to"), std::string::npos);
  EXPECT_NE(one("do: {say: x}").find("needs when"), std::string::npos);
  EXPECT_NE(one("when: {turn: 1}, do: {edit: x}").find("turn"), std::string::npos);
  EXPECT_NE(one("when: {turn: 3}, do: {set: {temprature: 1}}").find("temperature"), std::string::npos);
  EXPECT_NE(one("when: {turn: 3}, do: {say: x}, who: A").find("who belongs to"), std::string::npos);
  EXPECT_NE(
      complaint("moderators:\n  - {name: m, do: none}\n  - {name: m, do: none}\n").find("two moderators"),
      std::string::npos);
}

TEST_F(TableYaml, GridAndArmsMakeEveryCombinationOnce) {
  const ExperimentSpec spec = good(
      "repeats: 2\n"
      "grid:\n"
      "  sampling.temperature: [0.5, 1.5]\n"
      "  pressure:\n    off: {}\n    on: {participants.*.system: \"You MUST end it.\"}\n"
      "arms:\n  none: {}\n  nudge: {moderators: [{when: {turn: 3}, do: {say: x}}], participants.B.memory: "
      "last}\n");
  ASSERT_EQ(spec.arms.size(), 8U);
  EXPECT_EQ(spec.arms[0].name, "temperature=0.5, pressure=off, none");
  EXPECT_EQ(spec.arms[7].name, "temperature=1.5, pressure=on, nudge");
  const ConversationForm& last = spec.arms[7].form;
  EXPECT_EQ(last.participants[0].sampling.temperature, 1.5);
  EXPECT_EQ(last.participants[1].system_prompt, "You MUST end it.");
  EXPECT_EQ(last.participants[1].memory.kind, chat::MemoryKind::kLast);
  EXPECT_EQ(last.participants[0].memory.kind, chat::MemoryKind::kFull);
  EXPECT_EQ(last.moderators.size(), 1U);
  EXPECT_TRUE(spec.arms[6].form.moderators.empty());
  const std::vector<Trial> all = trials(spec);
  ASSERT_EQ(all.size(), 16U);
  EXPECT_EQ(all[15].arm, 7U);
  EXPECT_EQ(arm_name(spec, 16), spec.arms[7].name);
  EXPECT_EQ(form_of(spec, 1), spec.arms[0].form);
}

TEST_F(TableYaml, WrongArmsAreSaidWhereTheyStand) {
  EXPECT_NE(complaint("grid: {turns: [1, 2]}\n").find("s.yaml:5:8: arms can't differ in 'turns'"),
            std::string::npos);
  EXPECT_NE(complaint("grid: {participants.C.memory: [last]}\n").find("nothing in this list is called 'C'"),
            std::string::npos);
  EXPECT_NE(complaint("grid: {sampling.temprature: [1]}\n").find("did you mean 'temperature'"),
            std::string::npos);
  EXPECT_NE(complaint("grid: {sampling.temperature: []}\n").find("has no values"), std::string::npos);
  EXPECT_NE(complaint("arms: {}\n").find("has no levels"), std::string::npos);
}

TEST_F(TableYaml, SeatsAndOrder) {
  const ExperimentSpec spec = good("order: [B, A, B]\n");
  EXPECT_EQ(spec.order, (engine::TurnOrder{engine::OrderKind::kCycle, {1, 0, 1}}));
  EXPECT_EQ(good("order: random\n").order.kind, engine::OrderKind::kRandom);
  EXPECT_NE(complaint("order: [A, C]\n").find("must be A or B"), std::string::npos);
  const auto one = spec_from_yaml(
      "participants: [{name: A, model: m, memory: 'summary:4', prefill: 'Well, ', plays: user}]", "t.yaml");
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->participants[0].memory, (chat::MemoryPolicy{chat::MemoryKind::kSummary, 4}));
  EXPECT_EQ(one->participants[0].prefill, "Well, ");
  EXPECT_TRUE(one->participants[0].plays_user);
}

}  // namespace
}  // namespace duologue::experiment
