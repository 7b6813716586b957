#include "chat/transcript.h"

#include <gtest/gtest.h>

namespace duologue::chat {
namespace {

Turn turn(ParticipantId speaker, std::string text) {
  Turn turn;
  turn.speaker = speaker;
  turn.text = std::move(text);
  return turn;
}

Transcript two_turns() {
  Transcript transcript;
  transcript.append(Injection{0, Placement::kAppended, "Hello there", {}});
  transcript.append(turn(0, "one"));
  transcript.append(turn(1, "two"));
  return transcript;
}

TEST(Transcript, NumbersTurnsOnlyAndChainsHashes) {
  const Transcript t = two_turns();
  EXPECT_EQ(t.turn_count(), 2U);
  EXPECT_EQ(t.entries()[0]->turn, 0U);
  EXPECT_EQ(t.entries()[2]->turn, 2U);
  EXPECT_TRUE(t.entries()[0]->parent.is_zero());
  EXPECT_EQ(t.entries()[1]->parent, t.entries()[0]->hash);
  EXPECT_EQ(t.head(), t.entries()[2]->hash);
  EXPECT_EQ(t.turn(2)->as_turn()->text, "two");
  EXPECT_EQ(t.position_of_turn(1), 1U);
}

TEST(Transcript, HashCoversContentAndNothingElse) {
  const base::Hash parent{};
  const Turn plain = turn(0, "hi");
  const base::Hash hash = entry_hash(parent, plain);
  Turn other = plain;
  other.tokens = std::make_shared<TokenIds>(TokenIds{{1, 2, 3}, {}});
  EXPECT_EQ(entry_hash(parent, other), hash) << "token ids are not part of a turn's hash";
  const auto differs = [&](auto change) {
    Turn changed = plain;
    change(changed);
    return entry_hash(parent, changed) != hash;
  };
  EXPECT_TRUE(differs([](Turn& t) { t.text = "ho"; }));
  EXPECT_TRUE(differs([](Turn& t) { t.speaker = 1; }));
  EXPECT_TRUE(differs([](Turn& t) { t.author = {AuthorKind::kHuman, "ann"}; }));
  EXPECT_TRUE(differs([](Turn& t) { t.reasoning = "because"; }));
  EXPECT_TRUE(differs([](Turn& t) { t.stop_reason = StopReason::kLength; }));
  EXPECT_TRUE(differs([](Turn& t) { t.tool_calls.push_back({"1", "f", "{}", ""}); }));
  Turn called = plain;
  called.tool_calls = {{"1", "f", "{}", "r"}};
  Turn later = called;
  later.tool_calls[0].at = 1;
  EXPECT_NE(entry_hash(parent, called), entry_hash(parent, later)) << "where the call stood is part of it";
  ConfigChange forgets;
  forgets.forget_through_turn = 1;
  ConfigChange summarises = forgets;
  summarises.summary = "";
  EXPECT_NE(entry_hash(parent, forgets), entry_hash(parent, summarises)) << "an empty summary is one";
  EXPECT_NE(entry_hash(base::hash_bytes("x"), plain), hash);
  // Fields can't run into each other.
  Turn shifted = turn(0, "h");
  shifted.reasoning = "i";
  EXPECT_NE(entry_hash(parent, shifted), hash);
}

TEST(Transcript, ForkSharesThePrefix) {
  const Transcript t = two_turns();
  Transcript fork = t.fork(2);
  EXPECT_EQ(fork.turn_count(), 1U);
  EXPECT_EQ(fork.entries()[1].get(), t.entries()[1].get());
  fork.append(turn(1, "another two"));
  EXPECT_EQ(t.turn(2)->as_turn()->text, "two");
  EXPECT_NE(fork.head(), t.head());
}

TEST(Transcript, StoredEntriesMustMatchTheirHashes) {
  const Transcript t = two_turns();
  Transcript again;
  for (const EntryPtr& entry : t.entries()) ASSERT_TRUE(again.append_stored(entry->what, entry->hash));
  EXPECT_EQ(again.head(), t.head());
  const auto bad = again.append_stored(turn(0, "forged"), t.head());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, base::ErrorKind::kBadInput);
  EXPECT_EQ(again.turn_count(), 2U);
}

// The format's promise: these hashes never change between versions.
TEST(Transcript, GoldenHashes) {
  const Transcript t = two_turns();
  EXPECT_EQ(t.entries()[0]->hash.short_hex(), "39ff48c6bdc1");
  EXPECT_EQ(t.head().short_hex(), "c6de92ce3b70");
}

TEST(Sampling, JsonRoundTrip) {
  Sampling sampling;
  sampling.temperature = 1.25;
  sampling.top_k = 40;
  sampling.stop = {"END"};
  const auto back = sampling_from_json(to_json(sampling));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, sampling);
  EXPECT_FALSE(sampling_from_json(R"({"temperature":"hot"})"));
  EXPECT_FALSE(sampling_from_json(R"({"top_p":2})"));
  EXPECT_FALSE(sampling_from_json("[]"));
  EXPECT_EQ(check(Sampling{}), "");
}

}  // namespace
}  // namespace duologue::chat
