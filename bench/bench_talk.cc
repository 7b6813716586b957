// Conversations of a real model with itself, in process, as `talk` and `run` hold them: recorded durably,
// measured, exactly --tokens tokens a turn. Prints one JSON object; the model's loading is not part of its
// times:
//   {"conversations", "jobs", "turns", "determinism", "wall_s", "wall_at_turn": [of the first conversation],
//    "decode_s", "decode_calls", "decode_tokens", "step_s", "step_calls", "step_tokens", "cpu_s",
//    "prompt_tokens": [mean, by turn], "new_prompt_tokens": [mean, by turn], "completion_tokens",
//    "peak_memory_mb", "text_hash", "threads", "engine": {the engine's own account}}
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "decode_time.h"
#include "experiment/runner.h"
#include "experiment/session.h"
#include "figures.h"
#include "model/llama/llama_model.h"
#include "store/reader.h"

namespace duologue::bench {

namespace {

struct Options {
  std::string model;
  std::uint32_t conversations = 1;
  std::uint32_t jobs = 1;
  std::uint32_t turns = 60;
  std::uint32_t tokens = 48;
  std::string determinism = "exact";
  bool surprisal = true;
  std::uint32_t context = 0;
  std::uint64_t seed = 1;
  std::string file;
};

// Openings that differ from their first word on: conversations share no more than the system prompt, as the
// peers' sequences share nothing.
std::vector<std::string> openings(std::uint32_t count) {
  if (count == 1) return {"Hello there"};
  std::vector<std::string> texts;
  for (std::uint32_t i = 1; i <= count; ++i) {
    texts.push_back(std::to_string(i) + " is a number that I like. What do you think of it?");
  }
  return texts;
}

base::Result<experiment::ExperimentSpec> make_spec(const Options& options) {
  chat::Sampling sampling;
  sampling.temperature = 0.7;
  sampling.top_p = 0.95;
  sampling.max_tokens = options.tokens;
  sampling.ignore_end = true;
  experiment::ExperimentSpec spec = two_sides(options.model, sampling, chat::MemoryPolicy{});
  spec.openings = openings(options.conversations);
  spec.turns = options.turns;
  spec.seed = options.seed;
  const auto level = model::determinism_from(options.determinism);
  if (!level) return base::fail(base::ErrorKind::kUsage, "--determinism is exact or seeded");
  spec.determinism = *level;
  spec.listener_stats = options.surprisal;
  spec.context_tokens = options.context;
  return spec;
}

// Surprisal off leaves out all statistics of tokens, own turns' included.
base::Result<std::shared_ptr<model::LlamaModel>> open_model(const Options& options,
                                                            const experiment::ExperimentSpec& spec) {
  model::LlamaOptions llama;
  llama.path = options.model;
  llama.name = options.model;
  llama.context_tokens = options.context;
  llama.max_sequences = 2 * options.jobs;
  llama.determinism = spec.determinism;
  llama.token_stats = options.surprisal;
  llama.listener_stats = options.surprisal;
  return model::open_llama(llama);
}

// The engine's own account, for finding where time goes.
base::Json engine_account(const model::LlamaStats& stats) {
  return {{"busy_s", stats.busy_seconds},
          {"decode_s", stats.decode_seconds},
          {"sample_s", stats.sample_seconds},
          {"score_s", stats.score_seconds},
          {"move_s", stats.move_seconds},
          {"evicted_sequences", stats.evicted_sequences},
          {"copied_prefixes", stats.copied_prefixes},
          {"moved_sequences", stats.moved_sequences}};
}

base::Json work_done(const DecodeTime& before) {
  const DecodeTime after = decode_time();
  base::Json out;
  out["decode_s"] = after.seconds - before.seconds;
  out["decode_calls"] = after.calls - before.calls;
  out["decode_tokens"] = after.tokens - before.tokens;
  out["step_s"] = after.step_seconds - before.step_seconds;
  out["step_calls"] = after.step_calls - before.step_calls;
  out["step_tokens"] = after.step_tokens - before.step_tokens;
  return out;
}

// What the record says of the tokens of each turn, and when each was committed.
base::Status read_record(const Options& options, double started_unix_ms, base::Json& out) {
  TRY_ASSIGN(const std::unique_ptr<store::Reader> reader, store::Reader::open(options.file));
  std::vector<double> prompt(options.turns, 0);
  std::vector<double> fresh(options.turns, 0);
  std::uint64_t completion = 0;
  for (std::uint32_t trial = 1; trial <= options.conversations; ++trial) {
    TRY_ASSIGN(const std::vector<store::StoredCall> calls, reader->calls(trial));
    for (const store::StoredCall& stored : calls) {
      const std::size_t i = stored.turn - 1;
      if (i >= prompt.size()) continue;
      prompt[i] += stored.call.usage.prompt_tokens;
      fresh[i] += stored.call.usage.new_prompt_tokens;
      completion += stored.call.usage.completion_tokens;
    }
  }
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    prompt[i] /= options.conversations;
    fresh[i] /= options.conversations;
  }
  TRY_ASSIGN(const std::vector<std::int64_t> times_ms, reader->turn_times_ms(1));
  base::Json at_turn = base::Json::array();
  for (const std::int64_t time_ms : times_ms) {
    at_turn.push_back((static_cast<double>(time_ms) - started_unix_ms) / 1000);
  }
  TRY_ASSIGN(const chat::Transcript transcript, reader->transcript(1));
  out["wall_at_turn"] = std::move(at_turn);
  out["prompt_tokens"] = prompt;
  out["new_prompt_tokens"] = fresh;
  out["completion_tokens"] = completion;
  out["text_hash"] = transcript.head().short_hex();
  return {};
}

base::Result<base::Json> run_bench(const Options& options) {
  TRY_ASSIGN(const experiment::ExperimentSpec spec, make_spec(options));
  TRY_ASSIGN(const std::shared_ptr<model::LlamaModel> model, open_model(options, spec));
  remove_file(options.file);
  TRY_ASSIGN(
      std::unique_ptr<experiment::Session> session,
      experiment::Session::create(options.file, spec, experiment::ModelPool({{options.model, model}})));
  experiment::RunOptions run;
  run.jobs = options.jobs;
  const DecodeTime decode_before = decode_time();
  const double cpu_before = cpu_s();
  const auto unix_ms = static_cast<double>(base::Clock::system().unix_ms());
  const double started = now_s();
  TRY_ASSIGN(const experiment::RunSummary summary, experiment::run_pending(*session, run, {}));
  const double wall = now_s() - started;
  base::Json out;
  out["conversations"] = options.conversations;
  out["jobs"] = options.jobs;
  out["turns"] = options.turns;
  out["determinism"] = model::to_string(model->info().determinism);
  out["threads"] = model->threads();
  out["wall_s"] = wall;
  out["cpu_s"] = cpu_s() - cpu_before;
  out.update(work_done(decode_before));
  if (summary.store_error) return std::unexpected(*summary.store_error);
  for (const experiment::TrialOutcome& outcome : summary.outcomes) {
    if (outcome.error) return std::unexpected(*outcome.error);
  }
  if (summary.ended != options.conversations) {
    return base::fail(base::ErrorKind::kInternal, "a conversation didn't come to its end");
  }
  session.reset();
  TRY(read_record(options, unix_ms, out));
  out["peak_memory_mb"] = peak_memory_mb();
  out["engine"] = engine_account(model->stats());
  return out;
}

int run(int argc, char** argv) {
  CLI::App app{"What conversations of a real model in process cost"};
  Options options;
  app.add_option("--model", options.model, "a .gguf file")->required();
  app.add_option("--conversations", options.conversations)->check(CLI::Range(1u, experiment::kMaxJobs));
  app.add_option("--jobs", options.jobs, "conversations at once")
      ->check(CLI::Range(1u, experiment::kMaxJobs));
  app.add_option("--turns", options.turns, "of each");
  app.add_option("--tokens", options.tokens, "of a turn, exactly");
  app.add_option("--determinism", options.determinism, "exact | seeded");
  app.add_option("--surprisal", options.surprisal, "of own and of heard turns: true | false");
  app.add_option("--context", options.context, "tokens of one side; 0: the model's own");
  app.add_option("--seed", options.seed);
  app.add_option("--file", options.file, "the .duo file to make, over an older one")->required();
  CLI11_PARSE(app, argc, argv);
  return finished(run_bench(options));
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
