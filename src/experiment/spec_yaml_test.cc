#include "experiment/spec_yaml.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "experiment/spec_keys.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;

// A folder of its own for a spec and the files that it names.
class SpecYaml : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("spec_yaml_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  base::Result<ExperimentSpec> read(std::string_view text) const {
    return spec_from_yaml(text, (folder_ / "s.yaml").string());
  }
  ExperimentSpec good(std::string_view text) const {
    auto spec = read(text);
    EXPECT_TRUE(spec) << spec.error().message;
    return spec ? *spec : ExperimentSpec{};
  }
  // The error without the folder.
  std::string complaint(std::string_view text) const {
    const auto spec = read(text);
    if (spec) return "no error";
    EXPECT_EQ(spec.error().kind, base::ErrorKind::kUsage);
    std::string message = spec.error().message;
    const std::string prefix = folder_.string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  fs::path folder_;
};

constexpr std::string_view kTwo =
    "participants:\n  - {name: A, model: smollm2}\n  - {name: B, model: smollm2}\n";

TEST_F(SpecYaml, ReadsEverything) {
  write("openings.txt", "Hello there\n\n  \nHow are you?\r\n\xC3\xA9");
  write("critic.txt", "Be a critic.\nAlways.\n");
  const ExperimentSpec spec = good(R"(
name: convergence
participants:
  - {name: A, model: gemma3-270m, prompting: raw, memory: last}
  - name: B
    model: smollm2
    memory: window:8
    system_file: critic.txt
    think: own
    sampling: {temperature: 0, top_k: 40, stop: ["\n\n"]}
  - {name: C, model: smollm2, system: ""}
opening: {file: openings.txt, to: all}
rounds: 25
sampling: {temperature: 0.9, max_tokens: 50}
repeats: 4
seed: 0xFFFFFFFFFFFFFFFF
stop: [{same_text: 6}, {detected: converged}, {detected: silence}, {tokens: 5000}, {hours: 0.5}]
budget: {tokens: 2000000, hours: 2, usd: 5}
retry: {attempts: 3, first_wait_s: 0.5, longest_wait_s: 20, deadline_s: 90}
rate_limits: {requests_per_minute: 60, tokens_per_minute: 100000}
timeouts: {stall_s: 90}
determinism: seeded
context_tokens: 2048
listener_stats: false
)");
  EXPECT_EQ(spec.name, "convergence");
  ASSERT_EQ(spec.participants.size(), 3U);
  EXPECT_TRUE(spec.participants[0].raw_prompt);
  EXPECT_EQ(spec.participants[0].system_prompt, "") << "a base model gets no system prompt unless told";
  EXPECT_EQ(spec.participants[0].memory.kind, chat::MemoryKind::kLast);
  EXPECT_EQ(spec.participants[0].sampling.temperature, 0.9);
  EXPECT_EQ(spec.participants[1].system_prompt, "Be a critic.\nAlways.");
  EXPECT_EQ(spec.participants[1].memory, (chat::MemoryPolicy{chat::MemoryKind::kWindow, 8}));
  EXPECT_EQ(spec.participants[1].reasoning, chat::ReasoningPolicy::kOwn);
  EXPECT_EQ(spec.participants[1].sampling.temperature, 0);
  EXPECT_EQ(spec.participants[1].sampling.top_k, 40U);
  EXPECT_EQ(spec.participants[1].sampling.max_tokens, 50U) << "what isn't overridden is the experiment's";
  EXPECT_EQ(spec.participants[1].sampling.stop, std::vector<std::string>{"\n\n"});
  EXPECT_EQ(spec.participants[2].system_prompt, "");
  EXPECT_EQ(spec.openings, (std::vector<std::string>{"Hello there", "How are you?", "é"}));
  EXPECT_TRUE(spec.opening_to_all);
  EXPECT_EQ(spec.turns, 75U);
  EXPECT_EQ(spec.repeats, 4U);
  EXPECT_EQ(spec.seed, ~std::uint64_t{0});
  EXPECT_EQ(spec.stop, (StopSpec{6, {"converged", "silence"}, 5000, 1'800'000}));
  EXPECT_EQ(spec.budget, (BudgetSpec{2'000'000, 7'200'000, 5}));
  EXPECT_EQ(spec.retry, (model::RetryPolicy{3, std::chrono::milliseconds(500), std::chrono::seconds(20),
                                            std::chrono::seconds(90)}));
  EXPECT_EQ(spec.timeouts.stall, std::chrono::seconds(90));
  EXPECT_EQ(spec.timeouts.total, std::chrono::minutes(30));
  EXPECT_EQ(spec.rate_limits, (model::RateLimits{60, 100'000}));
  EXPECT_EQ(spec.determinism, model::Determinism::kSeeded);
  EXPECT_EQ(spec.context_tokens, 2048U);
  EXPECT_FALSE(spec.listener_stats);
}

TEST_F(SpecYaml, Defaults) {
  const ExperimentSpec spec = good(kTwo);
  EXPECT_EQ(spec.name, "s");
  EXPECT_EQ(spec.turns, 40U);
  EXPECT_EQ(spec.repeats, 1U);
  EXPECT_EQ(spec.openings, std::vector<std::string>{"Hello there"});
  EXPECT_EQ(spec.participants[0].system_prompt, "You are a helpful assistant.");
  EXPECT_EQ(spec.participants[0].sampling, chat::Sampling{});
  EXPECT_NE(spec.seed, good(kTwo).seed) << "no seed: a new one each time";
}

TEST_F(SpecYaml, JsonToo) {
  const ExperimentSpec spec =
      good(R"({"participants":[{"name":"A","model":"smollm2"}],"turns":3,"opening":{"text":"Hi \u00e9"}})");
  EXPECT_EQ(spec.turns, 3U);
  EXPECT_EQ(spec.openings.front(), "Hi é");
}

TEST_F(SpecYaml, ForeverNeedsAnEnd) {
  EXPECT_EQ(complaint(std::string(kTwo) + "turns: forever\n"),
            "s.yaml:4:8: turns: forever needs a stop or a budget, or the experiment never ends");
  EXPECT_EQ(good(std::string(kTwo) + "turns: forever\nstop: [{same_text: 3}]\n").turns, 0U);
  EXPECT_EQ(good(std::string(kTwo) + "turns: forever\nbudget: {hours: 1}\n").turns, 0U);
}

struct Bad {
  std::string_view after_two;  // lines after the two participants, from line 4
  std::string_view message;
};

TEST_F(SpecYaml, BadKeysAndValuesAreFoundWhereTheyStand) {
  write("empty.txt", "\n  \n");
  write("bytes.txt", "fine\n\xff\n");
  fs::create_directory(folder_ / "sub");
  const std::string detected =
      fmt::format("s.yaml:4:19: detected must be {}, not 'convergd'; did you mean 'converged'?",
                  fmt::join(detected_labels(), " or "));
  const Bad cases[] = {
      {"trns: 5", "s.yaml:4:1: unknown key 'trns' in the spec; did you mean 'turns'?"},
      {"zebra: 5", "s.yaml:4:1: unknown key 'zebra' in the spec"},
      {"turns: 0", "s.yaml:4:8: turns must be a whole number from 1 to 1000000000, not '0'"},
      {"turns: ten", "s.yaml:4:8: turns must be a whole number from 1 to 1000000000, not 'ten'"},
      {"turns: 5\nrounds: 2",
       "s.yaml:5:9: rounds and turns both say how long; keep one (a round is a turn of each)"},
      {"rounds: 500000001", "s.yaml:4:9: rounds must be a whole number from 1 to 500000000, not '500000001'"},
      {"repeats: -1", "s.yaml:4:10: repeats must be a whole number from 1 to 1000000, not '-1'"},
      {"seed: 18446744073709551616",
       "s.yaml:4:7: seed must be a whole number that fits in 64 bits, not '18446744073709551616'"},
      {"seed: \"5\"", "s.yaml:4:7: seed must be a whole number that fits in 64 bits, not the text '5'"},
      {"sampling: {temprature: 1}",
       "s.yaml:4:12: unknown key 'temprature' in sampling; did you mean 'temperature'?"},
      {"sampling: {temperature: hot}", "s.yaml:4:25: temperature must be a number, not 'hot'"},
      {"sampling:\n  top_k: 1\n  top_p: 1.5", "s.yaml:6:10: sampling: bad value: top_p must lie in (0, 1]"},
      {"sampling: {top_k: -1}", "s.yaml:4:19: top_k must be a whole number from 0 to 4294967295, not '-1'"},
      {"sampling: {ignore_end: 1}", "s.yaml:4:24: ignore_end must be true or false, not '1'"},
      {"sampling: {stop: x}", "s.yaml:4:18: stop must be a list, not 'x'"},
      {"sampling: 5", "s.yaml:4:11: sampling must be a map with keys such as 'temperature', not '5'"},
      {"opening: Hello", "s.yaml:4:10: opening must be a map with keys such as 'file', not 'Hello'"},
      {"opening: {text: \" \"}",
       "s.yaml:4:17: the opening is empty; give the first speaker something to answer, e.g. \"Hello there\""},
      {"opening: {to: all}", "s.yaml:4:10: opening needs text or file"},
      {"opening: {text: a, file: b}", "s.yaml:4:26: text and file both give an opening; keep one"},
      {"opening: {text: a, to: firts}",
       "s.yaml:4:24: to must be first or all, not 'firts'; did you mean 'first'?"},
      {"opening: {file: none.txt}", "s.yaml:4:17: none.txt: can't be opened; is the name right?"},
      {"opening: {file: empty.txt}", "s.yaml:4:17: empty.txt: holds no opening; write one a line"},
      {"opening: {file: bytes.txt}", "s.yaml:4:17: bytes.txt:2:1: is not UTF-8 text"},
      {"opening: {file: sub}", "s.yaml:4:17: sub: can't be read; is it a file?"},
      {"opening: {from: a.duo:1@3}", "s.yaml:4:11: 'from' in opening is not in this version yet"},
      {"stop: {same_text: 6}", "s.yaml:4:7: stop must be a list, not a map"},
      {"stop: [{same_text: 1}]",
       "s.yaml:4:20: same_text must be a whole number from 2 to 1000000000, not '1'"},
      {"stop: [{same_text: 2}, {same_text: 3}]", "s.yaml:4:25: same_text is given twice"},
      {"stop: [{same_text: 2, tokens: 3}]",
       "s.yaml:4:8: one condition an item of the list, e.g. - {same_text: 6}"},
      {"stop: [{same_txt: 2}]", "s.yaml:4:9: unknown key 'same_txt' in stop; did you mean 'same_text'?"},
      {"stop: [{detected: convergd}]", detected},
      {"stop: [{hours: 0}]", "s.yaml:4:16: hours must be more than 0 and at most 100000"},
      {"budget: {tokens: 0}", "s.yaml:4:18: tokens must be a whole number of 1 or more, not '0'"},
      {"budget: {hours: nan}", "s.yaml:4:17: hours must be a number, not 'nan'"},
      {"budget: {usd: 0}", "s.yaml:4:15: usd must be more than 0 and at most 1000000000"},
      {"retry: {attempts: 0}", "s.yaml:4:19: attempts must be a whole number from 1 to 1000, not '0'"},
      {"retry: {first_wait_s: -1}", "s.yaml:4:23: first_wait_s must be from 0 to 2592000"},
      {"retry: {attempt: 1}", "s.yaml:4:9: unknown key 'attempt' in retry; did you mean 'attempts'?"},
      {"rate_limits: {requests_per_minute: 0}",
       "s.yaml:4:36: requests_per_minute must be a whole number from 1 to 1000000, not '0'"},
      {"budget: {hour: 1}", "s.yaml:4:10: unknown key 'hour' in budget; did you mean 'hours'?"},
      {"determinism: exactly",
       "s.yaml:4:14: determinism must be exact or seeded, not 'exactly'; did you mean 'exact'?"},
      {"context_tokens: 5",
       "s.yaml:4:17: context_tokens must be a whole number from 128 to 10000000, not '5'"},
      {"listener_stats: maybe", "s.yaml:4:17: listener_stats must be true or false, not 'maybe'"},
      {"name: \"a\\nb\"", "s.yaml:1:1: the experiment's name holds a control character"},
      {"name: [x]", "s.yaml:4:7: name must be text, not a list"},
      {"repeats: 1\nrepeats: 2", "s.yaml:5:1: 'repeats' is given twice, first on line 4"},
  };
  for (const Bad& bad : cases) {
    EXPECT_EQ(complaint(std::string(kTwo) + std::string(bad.after_two) + "\n"), bad.message);
  }
}

TEST_F(SpecYaml, WhatLaterVersionsDoIsRefusedByName) {
  EXPECT_EQ(complaint(std::string(kTwo) + "measure: {}\n"),
            "s.yaml:4:1: 'measure' in the spec is not in this version yet");
}

TEST_F(SpecYaml, BadParticipants) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "s.yaml:1:1: the spec must be a map with keys such as 'name', not nothing"},
      {"- 1", "s.yaml:1:1: the spec must be a map with keys such as 'name', not a list"},
      {"turns: 3", "s.yaml:1:1: there are no participants; name at least one with its model"},
      {"participants: []", "s.yaml:1:15: there are no participants; name at least one with its model"},
      {"participants: A", "s.yaml:1:15: participants must be a list, not 'A'"},
      {"participants: [A]", "s.yaml:1:16: a participant must be a map with keys such as 'name', not 'A'"},
      {"participants: [{model: m}]", "s.yaml:1:16: a participant needs a name"},
      {"participants: [{name: A}]", "s.yaml:1:16: participant A needs a model"},
      {"participants: [{name: A, model: \"\"}]", "s.yaml:1:33: model is empty; name one, e.g. smollm2"},
      {"participants: [{name: \"a=b\", model: m}]",
       "s.yaml:1:23: the participant's name 'a=b' may not hold any of = @ : ,"},
      {"participants:\n- {name: A, model: m}\n- {name: A, model: m}",
       "s.yaml:3:10: two participants are called A; names must differ"},
      {"participants: [{name: A, modle: m}]",
       "s.yaml:1:26: unknown key 'modle' in a participant; did you mean 'model'?"},
      {"participants: [{name: A, model: m, prompting: row}]",
       "s.yaml:1:47: prompting must be chat or raw, not 'row'; did you mean 'raw'?"},
      {"participants: [{name: A, model: m, memory: lst}]",
       "s.yaml:1:44: memory must be full or last or window:N or summary:N, not 'lst'; did you mean 'last'?"},
      {"participants: [{name: A, model: m, memory: window:N}]",
       "s.yaml:1:44: window:N and summary:N need a number of turns for N, e.g. window:20"},
      {"participants: [{name: A, model: m, memory: window:9999999}]",
       "s.yaml:1:1: A's memory window:N or summary:N needs an N from 1 to 1000000"},
      {"participants: [{name: A, model: m, think: all}]",
       "s.yaml:1:43: think must be strip or own or share, not 'all'"},
      {"participants: [{name: A, model: m, system: a, system_file: b}]",
       "s.yaml:1:60: system and system_file both say it; keep one"},
      {"participants: [{name: A, model: m, system_file: none.txt}]",
       "s.yaml:1:49: none.txt: can't be opened; is the name right?"},
      {"participants: [{name: A, model: m, sampling: {max_tokens: 0}}]",
       "s.yaml:1:59: sampling: bad value: max_tokens must lie in 1..1000000"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(complaint(text), message);
}

TEST_F(SpecYaml, ModelFilesBecomeAbsolute) {
  write("m.gguf", "x");
  write("smollm2", "x");
  const std::string folder = folder_.string();
  EXPECT_EQ(with_absolute_file("scripted:a/b.txt", folder), "scripted:" + folder + "/a/b.txt");
  EXPECT_EQ(with_absolute_file("scripted:../b.txt", folder + "/x"), "scripted:" + folder + "/b.txt");
  EXPECT_EQ(with_absolute_file("gguf:/x/y.gguf", folder), "gguf:/x/y.gguf");
  EXPECT_EQ(with_absolute_file("gguf:ollama/gemma2:9b", folder), "gguf:ollama/gemma2:9b");
  EXPECT_EQ(with_absolute_file("m.gguf", folder), folder + "/m.gguf");
  EXPECT_EQ(with_absolute_file("smollm2", folder), "smollm2") << "a known name, whatever lies there";
  EXPECT_EQ(with_absolute_file("gemma2:9b", folder), "gemma2:9b");
  EXPECT_EQ(good("participants: [{name: A, model: m.gguf}]").participants[0].model, folder + "/m.gguf");
  const std::string here = fs::current_path().string();
  EXPECT_EQ(with_absolute_file("scripted:b.txt", ""), "scripted:" + here + "/b.txt");
}

TEST_F(SpecYaml, FilesThatAreNotThere) {
  EXPECT_EQ(read_spec((folder_ / "none.yaml").string()).error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(read_spec(folder_.string()).error().kind, base::ErrorKind::kIo);
  write("s.yaml", kTwo);
  EXPECT_TRUE(read_spec((folder_ / "s.yaml").string()));
}

// Every key that the schema names is read (it complains about the value, or nothing), and all that is read is
// named.
TEST_F(SpecYaml, TheSchemaNamesWhatIsRead) {
  const auto schema = base::parse_json(spec_schema());
  ASSERT_TRUE(schema);
  const base::Json& top = (*schema)["properties"];
  for (const auto& [key, value] : top.items()) {
    EXPECT_EQ(complaint(std::string(kTwo) + key + ": {}\n").find("unknown key"), std::string::npos) << key;
  }
  EXPECT_EQ(top.size(), 21U);
  EXPECT_EQ(top["participants"]["items"]["properties"].size(), 11U);
  EXPECT_EQ(top["opening"]["properties"].size(), 3U);
  EXPECT_EQ(top["stop"]["items"]["properties"].size(), 5U);
  EXPECT_EQ(top["budget"]["properties"].size(), 3U);
  EXPECT_EQ((*schema)["$defs"]["sampling"]["properties"].size(),
            base::parse_json(chat::to_json(chat::Sampling{}))->size());
  EXPECT_EQ((*schema)["required"], base::Json::array({"participants"}));
  EXPECT_TRUE((*schema)["not"]["required"].is_array());
}

}  // namespace
}  // namespace duologue::experiment
