// What happens at the table: tools, schedules, hand-overs, orders of turns, summaries, each resumed from
// every point to the same chain.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "engine/conversation.h"
#include "engine/instruction.h"
#include "engine/utterance.h"
#include "model/scripted/scripted_model.h"
#include "model/text_tools.h"

namespace duologue::engine {
namespace {

std::shared_ptr<model::Model> scripted(std::string_view script) {
  return model::make_scripted("test", model::parse_script(script).value());
}

std::string call(std::string_view name) {
  return "<tool_call>{\"name\":\"" + std::string(name) + "\"}</tool_call>";
}

struct Table {
  ConversationSpec spec;
  std::vector<Instruction> instructions;
  std::uint32_t turns = 6;

  explicit Table(std::string_view script, std::size_t people = 2) {
    const auto model = model::with_text_tools(scripted(script));
    for (std::size_t i = 0; i < people; ++i) {
      Participant participant;
      participant.name = std::string(1, static_cast<char>('A' + i));
      participant.model = model;
      spec.participants.push_back(participant);
    }
    spec.opening = "Hello there";
  }
};

class Keeper final : public Recorder {
 public:
  base::Status record(const Commit& commit) override {
    commits.push_back(commit);
    return {};
  }
  base::Status finish(const EndReason& reason) override {
    end = reason;
    return {};
  }
  std::vector<Commit> commits;
  std::optional<EndReason> end;
};

struct Ran {
  chat::Transcript transcript;
  EndReason end;
  std::vector<Event> events;
  std::vector<Call> calls;
};

Ran run(const Table& table, const chat::Transcript& from = {}) {
  Keeper keeper;
  std::vector<std::unique_ptr<Moderator>> moderators;
  ConversationDoors doors{&keeper, {}, {}};
  for (const Instruction& one : table.instructions) {
    moderators.push_back(std::make_unique<InstructedModerator>(one, table.spec.participants));
    doors.moderators.push_back(moderators.back().get());
  }
  std::vector<std::unique_ptr<StopCondition>> conditions;
  conditions.push_back(stop_after_turns(table.turns));
  Conversation conversation(table.spec, doors, std::move(conditions));
  if (from.size() > 0) conversation.restore({from, 0, false});
  const auto end = conversation.run({});
  EXPECT_TRUE(end) << end.error().message;
  Ran ran{conversation.transcript(), end ? *end : EndReason{}, {}, {}};
  for (const Commit& commit : keeper.commits) {
    ran.events.insert(ran.events.end(), commit.events.begin(), commit.events.end());
    if (commit.call) ran.calls.push_back(*commit.call);
  }
  return ran;
}

std::vector<std::string> texts(const chat::Transcript& transcript) {
  std::vector<std::string> out;
  for (std::uint32_t i = 1; i <= transcript.turn_count(); ++i) {
    const chat::Turn& turn = *transcript.turn(i)->as_turn();
    out.push_back(std::string(1, static_cast<char>('A' + turn.speaker)) + ": " + turn.text);
  }
  return out;
}

using Texts = std::vector<std::string>;

// Cut off after any entry, it goes on to the same chain.
void expect_resumes(const Table& table, const Ran& whole) {
  for (std::size_t size = 1; size <= whole.transcript.size(); ++size) {
    const Ran resumed = run(table, whole.transcript.fork(size));
    EXPECT_EQ(resumed.transcript.head(), whole.transcript.head()) << "from entry " << size;
  }
}

Tool tool(std::string name, ToolEffect effect, std::string answer = "") {
  return {{std::move(name), "Does it.", "{}"}, "", effect, std::move(answer)};
}

TEST(Tools, AnAnsweredCallIsPartOfItsTurnAndTheSpeakerGoesOn) {
  Table table("Let me see. " + call("look") + "\\|It rains.\nOh.");
  table.turns = 2;
  table.spec.participants[0].tools = {tool("look", ToolEffect::kResult, "Rain.")};
  const Ran ran = run(table);
  EXPECT_EQ(texts(ran.transcript), (Texts{"A: Let me see.\nIt rains.", "B: Oh."}));
  const auto& calls = ran.transcript.turn(1)->as_turn()->tool_calls;
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].name, "look");
  EXPECT_EQ(calls[0].result, "Rain.");
  EXPECT_EQ(calls[0].at, 11U);
  expect_resumes(table, ran);
}

TEST(Tools, DeniedSilenceAndUnknown) {
  Table table(call("no") + "\\|Denied.\n" + call("mute") + "\\|never said\n" + call("what") +
              "\\|No such thing.");
  table.turns = 3;
  for (Participant& participant : table.spec.participants) {
    participant.tools = {tool("no", ToolEffect::kDenied, kDeniedAnswer), tool("mute", ToolEffect::kSilence)};
  }
  const Ran ran = run(table);
  EXPECT_EQ(texts(ran.transcript), (Texts{"A: Denied.", "B: ", "A: No such thing."}));
  EXPECT_EQ(ran.transcript.turn(1)->as_turn()->tool_calls[0].result, kDeniedAnswer);
  EXPECT_EQ(ran.transcript.turn(2)->as_turn()->tool_calls[0].result, "");
  EXPECT_EQ(ran.transcript.turn(3)->as_turn()->tool_calls[0].result, "There is no tool called what.");
}

TEST(Tools, ACallCanEndTheConversationAndTheReasonSaysWhoCalledWhat) {
  Table table("Hi.\nI leave. " + call("leave") + "\nnever");
  table.spec.participants[1].tools = {tool("leave", ToolEffect::kEnds)};
  const Ran ran = run(table);
  EXPECT_EQ(ran.end.cause, EndCause::kTool);
  EXPECT_EQ(ran.end.detail, "B called leave at turn 2");
  EXPECT_EQ(texts(ran.transcript), (Texts{"A: Hi.", "B: I leave."}));
}

TEST(Tools, WhoOnlyCallsLosesTheFloor) {
  std::string line = call("look");
  for (int i = 0; i < 20; ++i) line += "\\|" + call("look");
  Table table(line);
  table.turns = 1;
  table.spec.participants[0].tools = {tool("look", ToolEffect::kResult, "Rain.")};
  const Ran ran = run(table);
  EXPECT_EQ(ran.transcript.turn(1)->as_turn()->tool_calls.size(), kMaxCallsATurn);
  ASSERT_FALSE(ran.events.empty());
  EXPECT_EQ(ran.events[0].kind, "tool_limit");
}

TEST(Tools, TheNextPartDrawsOtherNumbers) {
  const base::RngKey key{1, 2, 3, base::RngStream::kToken};
  base::RngKey next = key;
  next.stream = base::stream_of_part(key.stream, 1);
  EXPECT_NE(base::random_bits(key, 0), base::random_bits(next, 0));
  EXPECT_EQ(base::part_of(next.stream), 1U);
}

Instruction at_turn(std::string name, std::uint32_t turn, Deed deed, std::string text = "",
                    std::string who = "") {
  Instruction one;
  one.name = std::move(name);
  one.turns = {turn};
  one.deed = deed;
  one.text = std::move(text);
  one.who = std::move(who);
  return one;
}

TEST(Schedule, SpeaksWhispersEditsAndChangesAtItsTurnAndResumesFromAnyPoint) {
  Table table("1\n2\n3\n4\n5\n6\n7\n8");
  table.turns = 8;
  Instruction whisper = at_turn("whisper", 3, Deed::kSay, "psst");
  whisper.to = "B";
  table.instructions = {at_turn("speaker", 2, Deed::kSpeak, "as B", "B"), whisper,
                        at_turn("editor", 5, Deed::kEdit, "edited"),
                        at_turn("hot", 4, Deed::kSampling, R"({"temperature":1.5})"),
                        at_turn("floor", 7, Deed::kNext, "", "A")};
  const Ran ran = run(table);
  EXPECT_EQ(texts(ran.transcript),
            (Texts{"A: 1", "B: as B", "A: 3", "B: edited", "A: 5", "B: 6", "A: 7", "B: 8"}));
  const chat::Turn& spoken = *ran.transcript.turn(2)->as_turn();
  EXPECT_EQ(spoken.author, (chat::Author{chat::AuthorKind::kModerator, "speaker"}));
  EXPECT_EQ(ran.transcript.turn(4)->as_turn()->author.name, "editor");
  EXPECT_EQ(ran.calls.back().params,
            chat::to_json(chat::sampling_with({}, R"({"temperature":1.5})").value()));
  const auto sees = [&](chat::ParticipantId id, std::string_view text) {
    const auto view = chat::view_for(ran.transcript, {id, "", {}, {}, {}});
    return std::ranges::any_of(view.messages, [&](const auto& message) { return *message.content == text; });
  };
  EXPECT_TRUE(sees(1, "psst"));
  EXPECT_FALSE(sees(0, "psst"));
  expect_resumes(table, ran);
}

TEST(Schedule, EveryAndAtMost) {
  Table table("x");
  table.turns = 10;
  Instruction every = at_turn("every", 1, Deed::kSay, "again");
  every.turns.clear();
  every.every = 3;
  every.at_most = 2;
  table.instructions = {every};
  const Ran ran = run(table);
  std::vector<std::uint32_t> after;
  for (const chat::EntryPtr& entry : ran.transcript.entries()) {
    const chat::Injection* injection = entry->as_injection();
    if (injection != nullptr && injection->text == "again") after.push_back(entry->turn);
  }
  EXPECT_EQ(after, (std::vector<std::uint32_t>{3, 6}));
  expect_resumes(table, ran);
}

TEST(Schedule, ADetectionCallsThePolicyOnce) {
  Table table("Goodbye, see you!\nBye, take care!");
  table.turns = 24;
  Instruction nudge;
  nudge.name = "nudge";
  nudge.detected = "converged";
  nudge.deed = Deed::kSay;
  nudge.text = "Talk about something else.";
  nudge.at_most = 1;
  table.instructions = {nudge};
  const Ran ran = run(table);
  std::size_t nudges = 0;
  for (const chat::EntryPtr& entry : ran.transcript.entries()) {
    const chat::Injection* injection = entry->as_injection();
    nudges += injection != nullptr && injection->author.name == "nudge" ? 1 : 0;
  }
  EXPECT_EQ(nudges, 1U);
  expect_resumes(table, ran);
}

TEST(Schedule, StopsAndSaysWhatWasNotReached) {
  Table table("x");
  table.instructions = {at_turn("end", 4, Deed::kStop, "enough"), at_turn("late", 6, Deed::kSay, "never")};
  const Ran ran = run(table);
  EXPECT_EQ(ran.end.cause, EndCause::kModerator);
  EXPECT_EQ(ran.end.detail, "end: enough");
  EXPECT_EQ(ran.transcript.turn_count(), 3U);
  const auto noted = std::ranges::find(ran.events, "not_reached", &Event::kind);
  ASSERT_NE(noted, ran.events.end());
  EXPECT_EQ(noted->detail, "late was to act at turn 6; the conversation ended before");
}

TEST(HandOver, AnotherModelTakesTheSeatAndTheChainSaysSo) {
  Table table("old");
  const std::map<std::string, std::shared_ptr<model::Model>> models{{"new", scripted("new")}};
  table.spec.model_for = [&models](chat::ParticipantId, const std::string& name) {
    const auto found = models.find(name);
    return found == models.end() ? nullptr : found->second;
  };
  table.instructions = {at_turn("swap", 3, Deed::kModel, "new", "A")};
  const Ran ran = run(table);
  EXPECT_EQ(texts(ran.transcript), (Texts{"A: old", "B: old", "A: new", "B: old", "A: new", "B: old"}));
  EXPECT_NE(ran.calls[0].identity, ran.calls[2].identity);
  expect_resumes(table, ran);
}

TEST(Order, RandomNeverGivesOneTheFloorTwiceAndIsTheSameAgain) {
  Table table("#generate 3", 3);
  table.turns = 60;
  table.spec.order.kind = OrderKind::kRandom;
  const Ran ran = run(table);
  std::map<chat::ParticipantId, int> spoken;
  for (std::uint32_t i = 1; i <= 60; ++i) {
    const chat::ParticipantId speaker = ran.transcript.turn(i)->as_turn()->speaker;
    ++spoken[speaker];
    if (i > 1) {
      EXPECT_NE(speaker, ran.transcript.turn(i - 1)->as_turn()->speaker);
    }
  }
  EXPECT_EQ(spoken.size(), 3U);
  for (const auto& [who, n] : spoken) EXPECT_GT(n, 10) << who;
  const Ran again = run(table, ran.transcript.fork(31));
  EXPECT_EQ(again.transcript.head(), ran.transcript.head());
}

TEST(Order, ACycleIsGoneThroughAgainAndAgain) {
  Table table("x", 3);
  table.spec.order = {OrderKind::kCycle, {2, 0, 2, 1}};
  const Ran ran = run(table);
  EXPECT_EQ(texts(ran.transcript), (Texts{"C: x", "A: x", "C: x", "B: x", "C: x", "A: x"}));
  EXPECT_EQ(ran.transcript.entries()[0]->as_injection()->to, std::optional<chat::ParticipantId>(2));
}

TEST(Summary, OldTurnsLeaveTheViewForASummaryThatEveryLaterViewHas) {
  Table table("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten");
  table.turns = 10;
  table.spec.participants[0].memory = {chat::MemoryKind::kSummary, 2};
  const Ran ran = run(table);
  std::vector<const chat::ConfigChange*> summaries;
  for (const chat::EntryPtr& entry : ran.transcript.entries()) {
    if (entry->as_change() != nullptr) summaries.push_back(entry->as_change());
  }
  ASSERT_EQ(summaries.size(), 3U) << "before turns 5, 7 and 9";
  EXPECT_EQ(summaries[0]->forget_through_turn, std::optional<std::uint32_t>(2));
  EXPECT_EQ(summaries[0]->summary, std::optional<std::string>("five")) << "the script's line of that turn";
  EXPECT_EQ(ran.calls.size(), 13U) << "each summary is a call of its own";
  const chat::Seat seat{0, "sys", {chat::MemoryKind::kSummary, 2}, {}, {}};
  const auto view = chat::view_before_turn(ran.transcript, seat, 9);
  ASSERT_EQ(view.messages.size(), 4U);
  EXPECT_EQ(*view.messages[1].content, std::string(chat::kSummaryHead) + "nine");
  EXPECT_EQ(*view.messages[2].content, "seven");
  const chat::OwnedView other = chat::view_for(ran.transcript, {1, "", {}, {}, {}});
  for (const chat::Message& message : other.messages) {
    EXPECT_EQ(message.content->find(chat::kSummaryHead), std::string::npos) << "a summary is private";
  }
  expect_resumes(table, ran);
}

TEST(Seats, PrefillBeginsEveryTurn) {
  Table table("so.\nno.");
  table.turns = 2;
  table.spec.participants[1].prefill = "I think ";
  EXPECT_EQ(texts(run(table).transcript), (Texts{"A: so.", "B: I think no."}));
}

TEST(Seats, WhoPlaysTheUserSeesTheRolesTheOtherWayRound) {
  Table table("x\ny\nz");
  const Ran ran = run(table);
  chat::Seat seat{1, "You are a customer.", {}, {}, {}};
  seat.plays_user = true;
  const auto view = chat::view_for(ran.transcript, seat);
  EXPECT_EQ(view.messages[0].role, chat::Role::kSystem);
  for (const chat::Message& message : std::span(view.messages).subspan(1)) {
    const bool own = message.source->as_turn()->speaker == 1;
    EXPECT_EQ(message.role, own ? chat::Role::kUser : chat::Role::kAssistant);
  }
}

}  // namespace
}  // namespace duologue::engine
