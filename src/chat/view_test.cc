#include "chat/view.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace duologue::chat {
namespace {

Turn turn(ParticipantId speaker, std::string text) {
  Turn turn;
  turn.speaker = speaker;
  turn.text = std::move(text);
  return turn;
}

std::vector<std::string> lines(std::span<const Message> messages) {
  std::vector<std::string> out;
  for (const Message& message : messages)
    out.push_back(std::string(to_string(message.role)) + ": " + *message.content);
  return out;
}

using Lines = std::vector<std::string>;

TEST(View, MirrorsRolesBySpeaker) {
  Transcript t;
  t.append(Injection{0, Placement::kAppended, "Hello there", {}});
  t.append(turn(0, "hi"));
  t.append(turn(1, "hey"));
  EXPECT_EQ(lines(view_for(t, {0, "sys", {}, {}, {}}).messages),
            (Lines{"system: sys", "user: Hello there", "assistant: hi", "user: hey"}));
  EXPECT_EQ(lines(view_for(t, {1, "", {}, {}, {}}).messages), (Lines{"user: hi", "assistant: hey"}));
}

TEST(View, WhispersReachOnlyTheirReceiver) {
  Transcript t;
  t.append(turn(0, "hi"));
  t.append(Injection{1, Placement::kAppended, "psst", {AuthorKind::kHuman, "h"}});
  t.append(Injection{std::nullopt, Placement::kAppended, "all", {AuthorKind::kHuman, "h"}});
  EXPECT_EQ(lines(view_for(t, {0, "", {}, {}, {}}).messages), (Lines{"assistant: hi", "user: all"}));
  EXPECT_EQ(lines(view_for(t, {1, "", {}, {}, {}}).messages), (Lines{"user: hi", "user: psst", "user: all"}));
}

TEST(View, ReplacingTakesThePlaceOfTheLastHeard) {
  Transcript t;
  t.append(turn(0, "hi"));
  t.append(turn(1, "bye"));
  t.append(Injection{0, Placement::kReplacing, "stay", {AuthorKind::kModerator, "m"}});
  EXPECT_EQ(lines(view_for(t, {0, "", {}, {}, {}}).messages), (Lines{"assistant: hi", "user: stay"}));
  EXPECT_EQ(lines(view_for(t, {1, "", {}, {}, {}}).messages), (Lines{"user: hi", "assistant: bye"}));
}

TEST(View, ReasoningPolicies) {
  Transcript t;
  Turn thinking = turn(0, "42");
  thinking.reasoning = "6 times 7";
  t.append(thinking);
  const auto own = [&](ReasoningPolicy policy) {
    return view_for(t, {0, "", {}, policy, {}}).messages[0].reasoning;
  };
  const auto other = [&](ReasoningPolicy policy) {
    return *view_for(t, {1, "", {}, policy, {}}).messages[0].content;
  };
  EXPECT_EQ(own(ReasoningPolicy::kStrip), nullptr);
  EXPECT_EQ(*own(ReasoningPolicy::kOwn), "6 times 7");
  EXPECT_EQ(other(ReasoningPolicy::kStrip), "42");
  EXPECT_EQ(other(ReasoningPolicy::kOwn), "42");
  EXPECT_EQ(other(ReasoningPolicy::kShare), "<think>\n6 times 7\n</think>\n\n42");
}

TEST(View, EmptyTurnsAreSentOnAsAPlaceholder) {
  Transcript t;
  t.append(turn(0, " \n"));
  const OwnedView other = view_for(t, {1, "", {}, {}, {}});
  EXPECT_EQ(*other.messages[0].content, kEmptyTurnPlaceholder);
  EXPECT_TRUE(other.messages[0].placeholder);
  EXPECT_EQ(*view_for(t, {0, "", {}, {}, {}}).messages[0].content, " \n") << "its own turn stays as it was";
}

TEST(View, ThreeAtTheTableAreNamed) {
  Transcript t;
  for (ParticipantId i = 0; i < 3; ++i) t.append(turn(i, "t" + std::to_string(i)));
  const Seat seat{1, "", {}, {}, {"Ada", "Bob", "Cy"}};
  EXPECT_EQ(lines(view_for(t, seat).messages), (Lines{"user: Ada: t0", "assistant: t1", "user: Cy: t2"}));
}

TEST(View, LastMemoryTakesWhatCameSinceTheOwnTurn) {
  Transcript t;
  t.append(Injection{0, Placement::kAppended, "Hello", {}});
  const Seat a{0, "s", {MemoryKind::kLast, 0}, {}, {}};
  EXPECT_EQ(lines(view_for(t, a).messages), (Lines{"system: s", "user: Hello"}));
  t.append(turn(0, "one"));
  t.append(turn(1, "two"));
  t.append(Injection{0, Placement::kAppended, "whisper", {}});
  EXPECT_EQ(lines(view_for(t, a).messages), (Lines{"system: s", "user: two", "user: whisper"}));
}

TEST(View, WindowCutsInBlocksAtFixedTurns) {
  Transcript t;
  t.append(Injection{0, Placement::kAppended, "Hello", {}});
  const Seat seat{0, "s", {MemoryKind::kWindow, 3}, {}, {}};
  std::set<std::string> starts;
  for (std::uint32_t n = 1; n <= 30; ++n) {
    t.append(turn((n - 1) % 2, std::to_string(n)));
    const OwnedView view = view_for(t, seat);
    const std::size_t kept = view.messages.size() - 1;
    if (n >= 6) {
      EXPECT_GE(kept, 3U);
      EXPECT_LE(kept, 6U);
      EXPECT_EQ((std::stoul(*view.messages[1].content) - 1) % 3, 0U) << "cut at a multiple of N";
    }
    EXPECT_EQ(view.messages.front().role, Role::kSystem);
    starts.insert(*view.messages[1].content);
  }
  EXPECT_EQ(starts.size(), 1 + 28 / 3 + 0U) << "the cut moves once in N turns";
}

TEST(View, ForgettingFollowsTheChain) {
  Transcript t;
  for (std::uint32_t n = 1; n <= 4; ++n) t.append(turn((n - 1) % 2, std::to_string(n)));
  ConfigChange change;
  change.participant = 0;
  change.forget_through_turn = 2;
  t.append(change);
  EXPECT_EQ(lines(view_for(t, {0, "s", {}, {}, {}}).messages),
            (Lines{"system: s", "assistant: 3", "user: 4"}));
  EXPECT_EQ(view_for(t, {1, "", {}, {}, {}}).messages.size(), 4U);
  EXPECT_EQ(view_before_turn(t, {0, "", {}, {}, {}}, 4).messages.size(), 3U);
}

TEST(View, OwnToolCallsAreInTheViewsHashAndNobodyElses) {
  Transcript plain;
  plain.append(turn(0, "hm"));
  Transcript calling;
  Turn called = turn(0, "hm");
  called.tool_calls = {{"1", "look", "{}", "Rain.", 2}};
  calling.append(called);
  const Seat own{0, "", {}, {}, {}};
  const Seat other{1, "", {}, {}, {}};
  EXPECT_NE(view_for(plain, own).hash, view_for(calling, own).hash);
  EXPECT_EQ(view_for(plain, other).hash, view_for(calling, other).hash);
  EXPECT_EQ(calls_of(view_for(calling, own).messages[0]).size(), 1U);
  EXPECT_TRUE(calls_of(view_for(calling, other).messages[0]).empty());
}

TEST(View, ASummaryStandsForWhatItCovers) {
  Transcript t;
  for (std::uint32_t n = 1; n <= 4; ++n) t.append(turn((n - 1) % 2, std::to_string(n)));
  ConfigChange change;
  change.participant = 0;
  change.forget_through_turn = 2;
  change.summary = "they counted";
  t.append(change);
  const Seat a{0, "s", {MemoryKind::kSummary, 2}, {}, {}};
  EXPECT_EQ(
      lines(view_for(t, a).messages),
      (Lines{"system: s", "user: " + std::string(kSummaryHead) + "they counted", "assistant: 3", "user: 4"}));
  ViewBuilder grown(a);
  Transcript growing;
  for (const EntryPtr& entry : t.entries()) {
    std::visit([&](const auto& what) { growing.append(what); }, entry->what);
    EXPECT_EQ(grown.update(growing).hash, view_for(growing, a).hash);
  }
}

// Random conversations of 2 to 4 participants with injections, whispers and changes.
struct Random {
  base::RngKey key;
  std::uint32_t counter = 0;
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(base::random_bits(key, counter++) % n);
  }
};

std::variant<Turn, Injection, ConfigChange> random_entry(Random& random, std::uint32_t people,
                                                         std::uint32_t serial) {
  const std::string text = "text " + std::to_string(serial);
  switch (random.below(8)) {
    case 0:
      return Injection{random.below(people), Placement::kAppended, text, {AuthorKind::kHuman, "h"}};
    case 1:
      return Injection{std::nullopt, Placement::kAppended, text, {AuthorKind::kModerator, "m"}};
    case 2: {
      ConfigChange change;
      change.participant = random.below(people);
      if (random.below(3) == 0) {
        change.summary = "summary for " + std::to_string(change.participant);
        change.forget_through_turn = serial / 4;
        return change;
      }
      change.memory = MemoryPolicy{static_cast<MemoryKind>(random.below(4)), 1 + random.below(4)};
      return change;
    }
    default:
      return turn(random.below(people), text);
  }
}

class ViewProperties : public testing::TestWithParam<std::uint32_t> {};

TEST_P(ViewProperties, EachMessageOnceRolesBySpeakerNothingPrivateLeaks) {
  Random random{{GetParam(), 0, 0, base::RngStream::kTurnOrder}};
  const std::uint32_t people = 2 + random.below(3);
  Transcript t;
  std::vector<ViewBuilder> builders;
  std::vector<Seat> seats;
  for (std::uint32_t p = 0; p < people; ++p) {
    const MemoryPolicy memory{static_cast<MemoryKind>(random.below(3)), 1 + random.below(5)};
    seats.push_back({p, "system of " + std::to_string(p), memory, ReasoningPolicy::kStrip, {}});
    builders.emplace_back(seats.back());
  }
  for (std::uint32_t step = 0; step < 60; ++step) {
    std::visit([&t](auto what) { t.append(std::move(what)); }, random_entry(random, people, step));
    const std::uint32_t p = random.below(people);
    const View view = builders[p].update(t);
    const OwnedView pure = view_for(t, seats[p]);
    ASSERT_EQ(view.hash, pure.hash) << "grown and fresh views agree";
    ASSERT_EQ(lines(view.messages), lines(pure.messages));
    ASSERT_EQ(view.messages.front().role, Role::kSystem);
    ASSERT_EQ(*view.messages.front().content, seats[p].system_prompt);
    std::set<const Entry*> seen;
    std::ptrdiff_t last_position = -1;
    std::span<const Message> heard = view.messages.subspan(1);
    const ConfigChange* summary = heard.empty() ? nullptr : heard.front().source->as_change();
    if (summary != nullptr) {  // its own, in front of everything
      ASSERT_EQ(summary->participant, p) << "somebody else's summary";
      ASSERT_EQ(*heard.front().content, std::string(kSummaryHead) + "summary for " + std::to_string(p));
      heard = heard.subspan(1);
    }
    for (const Message& message : heard) {
      ASSERT_TRUE(seen.insert(message.source.get()).second) << "every message once";
      const auto found = std::find(t.entries().begin(), t.entries().end(), message.source);
      ASSERT_GT(found - t.entries().begin(), last_position) << "in the order of the conversation";
      last_position = found - t.entries().begin();
      if (const Turn* said = message.source->as_turn()) {
        ASSERT_EQ(message.role, said->speaker == p ? Role::kAssistant : Role::kUser);
      } else {
        const Injection* injection = message.source->as_injection();
        ASSERT_TRUE(!injection->to || *injection->to == p) << "somebody else's whisper";
        ASSERT_EQ(message.role, Role::kUser);
      }
    }
    // What is kept is a suffix of what may be seen: nothing in the middle goes missing.
    Seat full = seats[p];
    Transcript without_changes;
    for (const EntryPtr& entry : t.entries()) {
      if (entry->as_change() == nullptr)
        std::visit([&](const auto& what) { without_changes.append(what); }, entry->what);
    }
    full.memory = {};
    const Lines everything = lines(view_for(without_changes, full).messages);
    const Lines kept = lines(heard);
    ASSERT_TRUE(std::equal(kept.rbegin(), kept.rend(), everything.rbegin()));
    if (builders[p].seat().memory.kind == MemoryKind::kFull && summary == nullptr) {
      ASSERT_EQ(kept.size(), everything.size() - 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ViewProperties, testing::Range(0U, 200U));

}  // namespace
}  // namespace duologue::chat
