// Conversations of the scripted model, as a user runs them, without waiting for any model: what the loop, the
// detector and the record cost; or with --model, of a provider's that answers at once. Prints one JSON
// object:
//   {"turns", "wall_s", "turns_per_s", "cpu_s", "text_bytes", "peak_memory_mb", "marks": [{"turn", "cpu_s"}]}
// cpu_s is the whole process's. marks (of one conversation) are taken as the turn is committed.
#include <atomic>
#include <cstdio>
#include <latch>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "engine/conversation.h"
#include "experiment/runner.h"
#include "experiment/session.h"
#include "experiment/words.h"
#include "figures.h"
#include "model/http/curl_transport.h"
#include "model/http/open_http.h"
#include "model/scripted/scripted_model.h"

namespace duologue::bench {

namespace {

struct Options {
  std::uint32_t conversations = 1;
  std::uint32_t turns = 1000;
  std::uint32_t words = 200;
  std::string model;            // of a provider; empty: scripted
  std::string record = "none";  // none | normal | full
  std::string file;
  std::string memory = "full";
  std::vector<std::uint32_t> marks;
};

struct Figures {
  std::uint64_t turns = 0;
  std::uint64_t text_bytes = 0;
  double wall_s = 0;
  double cpu_s = 0;
  base::Json marks = base::Json::array();
};

// Watches one conversation: how much was said, and the CPU time at some of its turns.
class Marks final : public engine::Observer {
 public:
  explicit Marks(const std::vector<std::uint32_t>& wanted) : wanted_(wanted) {}
  void committed(const engine::Commit& commit, const chat::Transcript&) override {
    for (const chat::EntryPtr& entry : commit.entries) {
      const chat::Turn* turn = entry->as_turn();
      if (turn == nullptr) continue;
      ++turns;
      text_bytes += turn->text.size();
      if (next_ < wanted_.size() && wanted_[next_] == entry->turn) {
        ++next_;
        marks.push_back({{"turn", entry->turn}, {"cpu_s", bench::cpu_s()}});
      }
    }
  }

  std::uint64_t turns = 0;
  std::uint64_t text_bytes = 0;
  base::Json marks = base::Json::array();

 private:
  const std::vector<std::uint32_t>& wanted_;
  std::size_t next_ = 0;
};

base::Result<std::shared_ptr<model::Model>> make_model(const Options& options) {
  if (!options.model.empty()) {
    return model::http::open_http({.name = options.model,
                                   .resolved = options.model,
                                   .context_tokens = 0,
                                   .sampling = {},
                                   .transport = model::http::make_curl_transport(),
                                   .timeouts = {},
                                   .say = {},
                                   .stop = {}});
  }
  TRY_ASSIGN(model::Script script, model::parse_script("#generate " + std::to_string(options.words) + "\n"));
  return model::make_scripted("scripted", std::move(script));
}

base::Result<experiment::ExperimentSpec> make_spec(const Options& options) {
  const auto memory = experiment::memory_from(options.memory);
  if (!memory) return base::fail(base::ErrorKind::kUsage, "--memory is full, last or window:N");
  experiment::ExperimentSpec spec = two_sides("scripted", chat::Sampling{}, *memory);
  spec.turns = options.turns;
  spec.repeats = options.conversations;
  spec.seed = 20261121;
  return spec;
}

// Nothing is recorded: the conversations alone, each on a thread of its own.
base::Result<Figures> run_unrecorded(const Options& options, const experiment::ExperimentSpec& spec,
                                     const std::shared_ptr<model::Model>& model) {
  engine::NullRecorder recorder;
  std::vector<std::unique_ptr<Marks>> marks;
  std::vector<std::unique_ptr<engine::Conversation>> conversations;
  for (const experiment::Trial& trial : experiment::trials(spec)) {
    engine::ConversationSpec talk;
    talk.opening = spec.openings[trial.opening];
    talk.seed = spec.seed;
    talk.trial = trial.id;
    for (const experiment::ParticipantSpec& p : spec.participants) {
      engine::Participant participant;
      participant.name = p.name;
      participant.model = model;
      participant.system_prompt = p.system_prompt;
      participant.sampling = p.sampling;
      participant.memory = p.memory;
      participant.reasoning = p.reasoning;
      talk.participants.push_back(std::move(participant));
    }
    marks.push_back(std::make_unique<Marks>(options.marks));
    engine::ConversationDoors doors;
    doors.recorder = &recorder;
    doors.observers = {marks.back().get()};
    std::vector<std::unique_ptr<engine::StopCondition>> stop;
    stop.push_back(engine::stop_after_turns(spec.turns));
    conversations.push_back(std::make_unique<engine::Conversation>(talk, doors, std::move(stop)));
  }
  std::atomic<std::uint32_t> failures{0};
  std::latch start(static_cast<std::ptrdiff_t>(conversations.size()) + 1);
  std::vector<std::jthread> threads;
  for (auto& conversation : conversations) {
    threads.emplace_back([&start, &failures, &conversation] {
      start.arrive_and_wait();
      if (!conversation->run({})) ++failures;
    });
  }
  const double cpu_before = cpu_s();
  const double started = now_s();
  start.arrive_and_wait();
  threads.clear();
  Figures figures;
  figures.wall_s = now_s() - started;
  figures.cpu_s = cpu_s() - cpu_before;
  if (failures > 0) return base::fail(base::ErrorKind::kInternal, "a scripted conversation failed");
  for (const auto& mark : marks) {
    figures.turns += mark->turns;
    figures.text_bytes += mark->text_bytes;
  }
  figures.marks = std::move(marks.front()->marks);
  return figures;
}

// As `talk -o FILE`: one conversation, watched.
base::Result<Figures> run_one(const Options& options, experiment::Session& session) {
  Marks marks(options.marks);
  engine::ConversationDoors doors;
  doors.observers = {&marks};
  const double cpu_before = cpu_s();
  const double started = now_s();
  TRY_ASSIGN(experiment::OpenTrial trial, session.open_trial(session.pending().at(0), doors));
  TRY(trial.conversation->run({}));
  return Figures{marks.turns, marks.text_bytes, now_s() - started, cpu_s() - cpu_before,
                 std::move(marks.marks)};
}

// As `run SPEC --jobs N`.
base::Result<Figures> run_many(const Options& options, experiment::Session& session) {
  experiment::RunOptions run;
  run.jobs = options.conversations;
  const double cpu_before = cpu_s();
  const double started = now_s();
  TRY_ASSIGN(const experiment::RunSummary summary, experiment::run_pending(session, run, {}));
  Figures figures{summary.turns, 0, now_s() - started, cpu_s() - cpu_before, base::Json::array()};
  if (summary.store_error) return std::unexpected(*summary.store_error);
  if (summary.ended != options.conversations) {
    return base::fail(base::ErrorKind::kInternal, "a scripted conversation didn't come to its end");
  }
  return figures;
}

base::Result<Figures> run_bench(const Options& options) {
  TRY_ASSIGN(const std::shared_ptr<model::Model> model, make_model(options));
  TRY_ASSIGN(const experiment::ExperimentSpec spec, make_spec(options));
  if (options.record == "none") return run_unrecorded(options, spec, model);
  remove_file(options.file);
  const auto durability = options.record == "full" ? store::Durability::kFull : store::Durability::kNormal;
  TRY_ASSIGN(const std::unique_ptr<experiment::Session> session,
             experiment::Session::create(options.file, spec, experiment::ModelPool({{"scripted", model}}),
                                         durability));
  return options.conversations == 1 ? run_one(options, *session) : run_many(options, *session);
}

int run(int argc, char** argv) {
  CLI::App app{"What the conversation loop and its record cost beside a model that costs nothing"};
  Options options;
  app.add_option("--conversations", options.conversations, "at once")
      ->check(CLI::Range(1u, experiment::kMaxJobs));
  app.add_option("--turns", options.turns, "of each");
  app.add_option("--words", options.words, "of a turn");
  app.add_option("--model", options.model, "openai:NAME@URL, in place of the scripted model");
  app.add_option("--record", options.record)->check(CLI::IsMember({"none", "normal", "full"}));
  app.add_option("--file", options.file, "the .duo file to make, over an older one");
  app.add_option("--memory", options.memory, "full | last | window:N");
  app.add_option("--mark", options.marks, "turns to take the CPU time at, rising")->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  if (options.record != "none" && options.file.empty()) {
    return failed({base::ErrorKind::kUsage, "--record needs --file PATH", std::nullopt});
  }
  const auto figures = run_bench(options);
  if (!figures) return failed(figures.error());
  base::Json out;
  out["turns"] = figures->turns;
  out["wall_s"] = figures->wall_s;
  out["turns_per_s"] = static_cast<double>(figures->turns) / figures->wall_s;
  out["cpu_s"] = figures->cpu_s;
  out["text_bytes"] = figures->text_bytes;
  out["peak_memory_mb"] = peak_memory_mb();
  out["marks"] = figures->marks;
  std::puts(base::dump_json(out).c_str());
  return 0;
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
