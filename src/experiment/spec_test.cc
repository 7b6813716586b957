#include "experiment/spec.h"

#include <gtest/gtest.h>

#include "experiment/words.h"

namespace duologue::experiment {
namespace {

ExperimentSpec two_sided() {
  ExperimentSpec spec;
  spec.participants.resize(2);
  spec.participants[0].name = "A";
  spec.participants[1].name = "B";
  for (ParticipantSpec& participant : spec.participants) participant.model = "smollm2";
  return spec;
}

std::string complaint(const ExperimentSpec& spec) {
  const auto good = check(spec);
  return good ? "" : good.error().message;
}

TEST(Spec, TrialsCountOpeningsThenRepeats) {
  ExperimentSpec spec = two_sided();
  spec.openings = {"one", "two"};
  spec.repeats = 3;
  const std::vector<Trial> all = trials(spec);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].id, 1U);
  EXPECT_EQ(all[2].opening, 0U);
  EXPECT_EQ(all[2].repeat, 3U);
  EXPECT_EQ(all[3].opening, 1U);
  EXPECT_EQ(all[3].repeat, 1U);
  EXPECT_EQ(all[5].id, 6U);
}

TEST(Spec, JsonKeepsEverything) {
  ExperimentSpec spec = two_sided();
  spec.name = "näme \"quoted\"";
  spec.participants[1].memory = {chat::MemoryKind::kWindow, 12};
  spec.participants[1].reasoning = chat::ReasoningPolicy::kShare;
  spec.participants[1].raw_prompt = true;
  spec.participants[1].system_prompt = "";
  spec.participants[0].memory = {chat::MemoryKind::kLast, 0};
  spec.participants[0].sampling.temperature = 0.1;
  spec.participants[0].sampling.stop = {"\n\n", "User:"};
  spec.participants[0].sampling.ignore_end = true;
  spec.openings = {"a", "b\nc"};
  spec.opening_to_all = true;
  spec.repeats = 5;
  spec.turns = 0;
  spec.seed = 0xFFFF'FFFF'FFFF'FFFFULL;
  spec.stop = {6, {"converged", "silence"}, 100, 200};
  spec.budget = {0x8000'0000'0000'0001ULL, 7, 0.25};
  spec.stop.usd = 1.5;
  spec.retry = {3, std::chrono::milliseconds(7), std::chrono::milliseconds(8), std::chrono::milliseconds(9)};
  spec.rate_limits = {10, 0x8000'0000'0000'0001ULL};
  spec.timeouts.stall = std::chrono::milliseconds(1);
  spec.determinism = model::Determinism::kSeeded;
  spec.listener_stats = false;
  spec.context_tokens = 4096;
  const auto back = spec_from_json(to_json(spec));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, spec);
  EXPECT_EQ(*spec_from_json(to_json(two_sided())), two_sided());
}

TEST(Spec, DamagedJsonIsNamedByItsKey) {
  const std::string good = to_json(two_sided());
  const auto complaint_after = [&](std::string_view from, std::string_view to) {
    std::string json = good;
    const std::size_t found = json.find(from);
    EXPECT_NE(found, std::string::npos) << from;
    json.replace(found, from.size(), to);
    const auto read = spec_from_json(json);
    EXPECT_FALSE(read) << to;
    if (read) return std::string();
    EXPECT_EQ(read.error().kind, base::ErrorKind::kBadInput);
    return read.error().message;
  };
  EXPECT_EQ(complaint_after("\"turns\":40", "\"turns\":-1"), "the recorded spec: turns: not a whole number");
  EXPECT_EQ(complaint_after("\"turns\":40", "\"turns\":4294967296"), "the recorded spec: turns: too large");
  EXPECT_EQ(complaint_after("\"turns\":40,", ""), "the recorded spec: turns: missing");
  EXPECT_EQ(complaint_after("\"turns\":40", "\"turns\":40,\"new\":1"),
            "the recorded spec: keys that this version doesn't know");
  EXPECT_EQ(complaint_after("\"memory\":\"full\"", "\"memory\":\"some\""),
            "the recorded spec: participants[0].memory: unknown word");
  EXPECT_EQ(complaint_after("\"top_k\":0", "\"top_k\":-1"),
            "the recorded spec: participants[0].sampling: sampling: bad value: top_k");
  EXPECT_EQ(complaint_after("\"format\":1", "\"format\":2"),
            "the recorded spec: format: is 2, this version reads 1; use a newer duologue");
  EXPECT_FALSE(spec_from_json("{"));
  EXPECT_FALSE(spec_from_json("[]"));
  EXPECT_FALSE(spec_from_json(""));
}

TEST(Spec, ChecksSayWhatToDo) {
  EXPECT_EQ(complaint(two_sided()), "");
  ExperimentSpec spec = two_sided();
  spec.participants.clear();
  EXPECT_EQ(complaint(spec), "there are no participants; name at least one with its model");
  spec = two_sided();
  spec.participants[1].name = "A";
  EXPECT_EQ(complaint(spec), "two participants are called A; names must differ");
  spec = two_sided();
  spec.participants[1].model = "";
  EXPECT_EQ(complaint(spec), "participant B has no model; name one, e.g. smollm2");
  spec = two_sided();
  spec.participants[0].sampling.top_p = 1.5;
  EXPECT_EQ(complaint(spec), "A's sampling: top_p must lie in (0, 1]");
  spec = two_sided();
  spec.participants[0].memory = {chat::MemoryKind::kWindow, 0};
  EXPECT_EQ(complaint(spec), "A's memory window:N or summary:N needs an N from 1 to 1000000");
  spec = two_sided();
  spec.participants[0].system_prompt = "\xff";
  EXPECT_EQ(complaint(spec), "A's system prompt is not UTF-8");
  spec = two_sided();
  spec.participants.resize(65);
  EXPECT_EQ(complaint(spec), "65 participants; at most 64 can talk");
}

TEST(Spec, ChecksOpeningsAndCounts) {
  ExperimentSpec spec = two_sided();
  spec.openings = {" \n\t"};
  EXPECT_EQ(complaint(spec),
            "the opening is empty; give the first speaker something to answer, e.g. \"Hello there\"");
  spec.openings = {"a", ""};
  EXPECT_NE(complaint(spec).find("opening 2 is empty"), std::string::npos);
  spec.openings = {};
  EXPECT_NE(complaint(spec), "");
  spec.openings = {std::string(kMaxTextBytes + 1, 'x')};
  EXPECT_EQ(complaint(spec), "the opening has more than 1048576 bytes");
  spec.openings = std::vector<std::string>(17, std::string(kMaxTextBytes, 'x'));
  EXPECT_EQ(complaint(spec), "the openings have more than 16777216 bytes together");
  spec = two_sided();
  spec.repeats = 0;
  EXPECT_EQ(complaint(spec), "repeats must be at least 1");
  spec.repeats = 600'000;
  spec.openings = {"a", "b"};
  EXPECT_EQ(complaint(spec),
            "2 openings × 600000 repeats are more than 1000000 trials; split the experiment");
  spec = two_sided();
  spec.stop.same_text = 1;
  EXPECT_NE(complaint(spec), "");
}

TEST(Spec, ParticipantNames) {
  for (const char* good : {"A", "Ada", "Ünal", "the critic", "x-1", "日本"}) {
    EXPECT_TRUE(check_participant_name(good)) << good;
  }
  for (const char* bad : {"", " A", "A ", "a=b", "a@b", "a:b", "a,b", "a\nb", "\x1b[31m", "\xff"}) {
    EXPECT_FALSE(check_participant_name(bad)) << bad;
  }
  EXPECT_FALSE(check_participant_name(std::string(65, 'x')));
}

TEST(Words, GoBothWays) {
  for (const char* word : {"full", "last", "window:1", "window:4294967295", "summary:3"}) {
    const auto memory = memory_from(word);
    ASSERT_TRUE(memory) << word;
    EXPECT_EQ(memory_word(*memory), word);
  }
  for (const char* word : {"", "all", "window", "window:", "window:0", "window:-1", "window:4294967296",
                           "window:3x", "window: 3", "summary"}) {
    EXPECT_FALSE(memory_from(word)) << word;
  }
  for (const char* word : {"strip", "own", "share"}) EXPECT_EQ(reasoning_word(*reasoning_from(word)), word);
  EXPECT_FALSE(reasoning_from("all"));
}

}  // namespace
}  // namespace duologue::experiment
