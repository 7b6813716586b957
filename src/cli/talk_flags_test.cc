#include "cli/talk_flags.h"

#include <algorithm>
#include <fstream>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

using experiment::ExperimentSpec;

base::Result<ExperimentSpec> parse(std::vector<std::string> words) {
  CLI::App app;
  TalkFlags flags;
  add_talk_flags(Command(app), flags);
  std::ranges::reverse(words);
  app.parse(words);
  return spec_from(flags, 99);
}

ExperimentSpec good(std::vector<std::string> words) {
  auto spec = parse(std::move(words));
  EXPECT_TRUE(spec) << spec.error().message;
  return spec.value_or(ExperimentSpec());
}

std::string error(std::vector<std::string> words) {
  const auto spec = parse(std::move(words));
  if (spec) return "no error";
  EXPECT_EQ(spec.error().kind, base::ErrorKind::kUsage);
  EXPECT_EQ(spec.error().message.find('\n'), std::string::npos);
  return spec.error().message;
}

std::vector<std::string> seats(const ExperimentSpec& spec) {
  std::vector<std::string> words;
  for (const auto& participant : spec.participants)
    words.push_back(participant.name + "=" + participant.model);
  return words;
}

using Words = std::vector<std::string>;

TEST(TalkFlags, Defaults) {
  const ExperimentSpec spec = good({});
  EXPECT_EQ(seats(spec), (Words{"A=smollm2", "B=smollm2"}));
  EXPECT_EQ(spec.turns, 40u);
  EXPECT_EQ(spec.seed, 99u);
  EXPECT_EQ(spec.openings, (Words{"Hello there"}));
  EXPECT_FALSE(spec.opening_to_all);
  EXPECT_EQ(spec.determinism, model::Determinism::kExact);
  for (const auto& participant : spec.participants) {
    EXPECT_EQ(participant.system_prompt, "You are a helpful assistant.");
    EXPECT_EQ(participant.sampling, chat::Sampling());
    EXPECT_EQ(participant.memory, chat::MemoryPolicy());
    EXPECT_FALSE(participant.raw_prompt);
  }
}

TEST(TalkFlags, ModelsTakeSeats) {
  EXPECT_EQ(seats(good({"m"})), (Words{"A=m", "B=m"}));
  EXPECT_EQ(seats(good({"m", "n", "o"})), (Words{"A=m", "B=n", "C=o"}));
  EXPECT_EQ(seats(good({"Ada=m", "Bob=gemma2:9b"})), (Words{"Ada=m", "Bob=gemma2:9b"}));
  EXPECT_EQ(seats(good({"Ada=m"})), (Words{"Ada=m", "B=m"}));
  EXPECT_EQ(seats(good({"m", "A=n"})), (Words{"B=m", "A=n"}));  // A is taken
  EXPECT_EQ(seats(good({"dir/a=b.gguf", "scripted:x=y.txt"})),
            (Words{"A=dir/a=b.gguf", "B=scripted:x=y.txt"}));
}

TEST(TalkFlags, OldNamesOfModels) {
  EXPECT_EQ(seats(good({"--model-a", "m", "--model-b", "n"})), (Words{"A=m", "B=n"}));
  EXPECT_EQ(seats(good({"--model-b", "n"})), (Words{"A=smollm2", "B=n"}));
  EXPECT_NE(error({"m", "--model-a", "n"}).find("--model-a"), std::string::npos);
}

TEST(TalkFlags, NamesMustDiffer) {
  EXPECT_NE(error({"Ada=m", "Ada=n"}).find("Ada"), std::string::npos);
  EXPECT_NE(error({"=m"}).find("name"), std::string::npos);
}

TEST(TalkFlags, ValuesForAllAndForOne) {
  const ExperimentSpec spec =
      good({"Ada=m", "Bob=m", "--temperature", "Bob=1.5", "--temperature", ".2", "--top-k", "40", "--top-p",
            "off", "--min-p", "Ada=.05", "--max-tokens", "48"});
  EXPECT_EQ(spec.participants[0].sampling.temperature, 0.2);
  EXPECT_EQ(spec.participants[1].sampling.temperature, 1.5);  // whatever the order
  EXPECT_EQ(spec.participants[0].sampling.top_k, 40u);
  EXPECT_EQ(spec.participants[1].sampling.top_p, 1.0);
  EXPECT_EQ(spec.participants[0].sampling.min_p, 0.05);
  EXPECT_EQ(spec.participants[1].sampling.min_p, 0.0);
  EXPECT_EQ(spec.participants[1].sampling.max_tokens, 48u);
}

TEST(TalkFlags, AValueFlagTakesOneWord) {
  EXPECT_EQ(seats(good({"--temperature", "1", "m", "--seed", "7", "n"})), (Words{"A=m", "B=n"}));
}

TEST(TalkFlags, NobodyOfThatName) {
  const std::string message = error({"Ada=m", "Bob=m", "--temperature", "Bop=1"});
  EXPECT_NE(message.find("'Bop'"), std::string::npos);
  EXPECT_NE(message.find("'Bob'"), std::string::npos);
}

TEST(TalkFlags, SystemPrompts) {
  const std::string file = testing::TempDir() + "persona.txt";
  std::ofstream(file) << "You are Bob.\n";
  const ExperimentSpec spec =
      good({"Ada=m", "Bob=m", "--system", "x = 1 is a sum", "--system", "Bob=@" + file});
  EXPECT_EQ(spec.participants[0].system_prompt, "x = 1 is a sum");
  EXPECT_EQ(spec.participants[1].system_prompt, "You are Bob.");
  EXPECT_EQ(good({"--system", ""}).participants[0].system_prompt, "");
  EXPECT_EQ(good({"Ada=m", "--persona", "Ada=" + file}).participants[0].system_prompt, "You are Bob.");
  EXPECT_NE(error({"--persona", file, "--system", "x"}).find("not both"), std::string::npos);
  const auto missing = parse({"--system", "@/no/such/file"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/no/such/file"), std::string::npos);
}

TEST(TalkFlags, Length) {
  EXPECT_EQ(good({"--turns", "24"}).turns, 24u);
  EXPECT_EQ(good({"--turns", "forever"}).turns, 0u);
  EXPECT_EQ(good({"m", "m", "m", "--rounds", "5"}).turns, 15u);
  for (const char* turns : {"0", "-1", "many", "1.5", "99999999999"}) {
    EXPECT_NE(error({"--turns", turns}).find("--turns"), std::string::npos) << turns;
  }
  EXPECT_NE(error({"--rounds", "0"}).find("--rounds"), std::string::npos);
  EXPECT_NE(error({"--rounds", "2", "--turns", "4"}).find("not both"), std::string::npos);
}

TEST(TalkFlags, ValuesOutOfRangeNameTheirFlag) {
  const std::pair<const char*, const char*> cases[] = {
      {"--temperature", "-1"},    {"--temperature", "nan"}, {"--temperature", "warm"},
      {"--temperature", "1e999"}, {"--top-p", "0"},         {"--top-p", "1.5"},
      {"--top-k", "-3"},          {"--max-tokens", "0"},    {"--max-tokens", "99999999999999999999"},
      {"--seed", "-1"},           {"--seed", "x"},          {"--memory", "window:0"},
      {"--memory", "fulll"},      {"--think", "sharre"},    {"--determinism", "none"},
      {"--stop-on", "silnce"}};
  for (const auto& [flag, value] : cases) {
    EXPECT_NE(error({flag, value}).find(flag), std::string::npos) << flag << ' ' << value;
  }
}

TEST(TalkFlags, Policies) {
  const ExperimentSpec spec =
      good({"Ada=m", "Bob=m", "--memory", "Bob=window:4", "--memory", "last", "--think", "own", "--raw",
            "--stop-on", "converged", "--stop-on", "silence", "--determinism", "seeded"});
  EXPECT_EQ(spec.participants[0].memory, (chat::MemoryPolicy{chat::MemoryKind::kLast, 0}));
  EXPECT_EQ(spec.participants[1].memory, (chat::MemoryPolicy{chat::MemoryKind::kWindow, 4}));
  EXPECT_EQ(spec.participants[1].reasoning, chat::ReasoningPolicy::kOwn);
  EXPECT_TRUE(spec.participants[0].raw_prompt);
  EXPECT_EQ(spec.stop.detected, (Words{"converged", "silence"}));
  EXPECT_EQ(spec.determinism, model::Determinism::kSeeded);
}

TEST(TalkFlags, SeedsAreAny64Bits) {
  EXPECT_EQ(good({"--seed", "0"}).seed, 0u);
  EXPECT_EQ(good({"--seed", "18446744073709551615"}).seed, 18446744073709551615u);
}

TEST(TalkFlags, EmptyOpening) {
  for (const char* opening : {"", "  ", "\n"}) {
    EXPECT_NE(error({"--opening", opening}).find("empty"), std::string::npos);
  }
}

TEST(TalkFlags, WhatLaterVersionsWillDoIsSaidToBeMissing) {
  const Words cases[] = {{"--mode", "debate"}, {"--topic", "bees"},        {"--supervisor", "m"},
                         {"--code-dir", "d"},  {"--code-output-dir", "d"}, {"--claude-moderator"},
                         {"--seed", "A=4"}};
  for (const Words& words : cases) {
    EXPECT_NE(error(words).find("not in this version yet"), std::string::npos) << words.front();
  }
  EXPECT_EQ(good({"--mode", "free"}).turns, 40u);
  EXPECT_NE(error({"--mode", "debat"}).find("'debate'"), std::string::npos);
}

TEST(DefaultName, CountsOnAfterZ) {
  EXPECT_EQ(default_name(0), "A");
  EXPECT_EQ(default_name(25), "Z");
  EXPECT_EQ(default_name(26), "AA");
  EXPECT_EQ(default_name(53), "BB");
}

}  // namespace
}  // namespace duologue::cli
