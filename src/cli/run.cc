#include "cli/run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/aliases.h"
#include "cli/describe.h"
#include "cli/loading.h"
#include "cli/number.h"
#include "cli/prices.h"
#include "cli/recording.h"
#include "cli/run_trials.h"
#include "cli/terminal/safe_text.h"
#include "cli/user_configuration.h"
#include "experiment/expected_cost.h"
#include "experiment/runner.h"
#include "experiment/session.h"
#include "experiment/spec_yaml.h"
#include "model/catalog.h"
#include "model/http/endpoint_price.h"
#include "model/http/url.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using experiment::ExperimentSpec;

struct RunFlags {
  std::string spec;
  std::string output;
  std::uint32_t jobs = kDefaultJobs;
  bool dry_run = false;
  bool print_schema = false;
  bool plain = false;
  bool json = false;
  bool yes = false;
  std::string budget_usd;
  WireFlags wire;
  std::string shard;  // known to duologue, but not to this version
};

std::string count(std::uint64_t n, const char* one) {
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

// "convergence: 20 trials (10 openings × 2 repeats), 50 turns each"
std::string size_line(const ExperimentSpec& spec) {
  std::string line = fmt::format("{}: {}", spec.name, count(experiment::trial_count(spec), "trial"));
  if (experiment::trial_count(spec) > 1) {
    const std::string arms = spec.arms.empty() ? "" : count(spec.arms.size(), "arm") + " × ";
    line += fmt::format(" ({}{} × {})", arms, count(spec.openings.size(), "opening"),
                        count(spec.repeats, "repeat"));
  }
  line += spec.turns == 0 ? ", no limit of turns" : fmt::format(", {} each", count(spec.turns, "turn"));
  return safe_line(line);
}

// The most that one conversation's answers can take.
std::uint64_t answer_tokens(const ExperimentSpec& spec) {
  const std::uint64_t seats = spec.participants.size();
  std::uint64_t tokens = 0;
  for (std::uint64_t i = 0; i < seats; ++i) {
    const std::uint64_t turns = (spec.turns + seats - 1 - i) / seats;
    tokens += turns * spec.participants[i].sampling.max_tokens;
  }
  return tokens;
}

std::string budget_words(std::uint64_t tokens, std::uint64_t time_ms, double usd) {
  std::vector<std::string> words;
  if (tokens > 0) words.push_back(fmt::format("{} tokens", tokens));
  if (time_ms > 0) words.push_back(fmt::format("{:g} h", static_cast<double>(time_ms) / 3.6e6));
  if (usd > 0) words.push_back(fmt::format("${:g}", usd));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string stop_words(const experiment::StopSpec& stop) {
  std::string words;
  const auto add = [&words](std::string_view what) {
    words += fmt::format("{}{}", words.empty() ? "" : ", ", what);
  };
  for (const std::string& label : stop.detected) add(label);
  if (stop.same_text > 0) add(fmt::format("the same text {} times", stop.same_text));
  if (const std::string budget = budget_words(stop.tokens, stop.time_ms, stop.usd); !budget.empty())
    add(budget);
  return words;
}

struct Seat {
  std::string name;
  model::ResolvedModel model;
};

Result<std::vector<Seat>> seats_of(const ExperimentSpec& spec) {
  const model::Catalog& catalog = user_catalog();
  std::vector<Seat> seats;
  for (const experiment::ParticipantSpec& participant : spec.participants) {
    TRY_ASSIGN(model::ResolvedModel resolved, catalog.resolve(participant.model));
    seats.push_back({participant.name, std::move(resolved)});
  }
  return seats;
}

// What an experiment is expected to cost.
struct Expected {
  std::optional<double> most_usd;    // of those with a price; empty: nobody has one
  std::vector<std::string> unknown;  // hosted seats without a price
};

Result<Expected> expected_cost(const ExperimentSpec& spec, const std::vector<Seat>& seats) {
  TRY_ASSIGN(const model::PriceList prices, user_prices());
  Expected expected;
  std::vector<std::optional<model::Price>> known;
  for (const Seat& seat : seats) {
    known.emplace_back();
    if (seat.model.kind != model::ModelKind::kHttp) continue;
    TRY_ASSIGN(const model::http::Endpoint endpoint, model::http::endpoint_of(seat.model.resolved));
    known.back() = model::http::price_at(endpoint, prices);
    if (!known.back() && !model::http::is_loopback(endpoint.base_url)) expected.unknown.push_back(seat.name);
  }
  expected.most_usd = experiment::most_it_costs(spec, known);
  return expected;
}

// "costs at most about $1.25, with whole answers and nothing cached; the price of B is unknown". Empty:
// nothing.
std::string cost_line(const Expected& expected) {
  std::string line;
  if (expected.most_usd) {
    line = fmt::format("costs at most about {}, with whole answers and nothing cached",
                       describe_cost(expected.most_usd, 0));
  }
  if (!expected.unknown.empty()) {
    line += fmt::format("{}the price of {} is unknown", line.empty() ? "" : "; ",
                        fmt::join(expected.unknown, ", "));
  }
  return line;
}

Json dry_json(const ExperimentSpec& spec, const std::vector<Seat>& seats, const Expected& expected) {
  const std::uint64_t trials = experiment::trial_count(spec);
  Json json = Json::object();
  json["name"] = spec.name;
  json["seed"] = spec.seed;
  json["participants"] = Json::array();
  for (const Seat& seat : seats) {
    json["participants"].push_back(
        {{"name", seat.name}, {"model", seat.model.name}, {"resolved", seat.model.resolved}});
  }
  json["trials"] = trials;
  json["arms"] = Json::array();
  for (const experiment::Arm& arm : spec.arms) json["arms"].push_back(arm.name);
  json["openings"] = spec.openings.size();
  json["repeats"] = spec.repeats;
  json["max_cost_usd"] = expected.most_usd ? Json(*expected.most_usd) : Json(nullptr);
  json["unknown_prices"] = expected.unknown;
  json["max_turns"] = nullptr;
  json["max_answer_tokens"] = nullptr;
  if (spec.turns > 0) {
    json["max_turns"] = trials * spec.turns;
    json["max_answer_tokens"] = trials * answer_tokens(spec);
  }
  return json;
}

Result<ExitCode> dry_run(const ExperimentSpec& spec, const RunFlags& flags, CommandContext& context) {
  TRY_ASSIGN(const std::vector<Seat> seats, seats_of(spec));
  TRY_ASSIGN(const Expected expected, expected_cost(spec, seats));
  if (flags.json) {
    context.out.write(base::dump_json(dry_json(spec, seats, expected)) + "\n");
    return ExitCode::kDone;
  }
  Output& out = context.out;
  out.write(size_line(spec) + "\n");
  for (const Seat& seat : seats) {
    const std::string fetch = seat.model.fetchable ? " (to be fetched)" : "";
    out.write(safe_line(fmt::format("{}: {}", seat.name, model::describe(seat.model)) + fetch) + "\n");
  }
  for (const experiment::Arm& arm : spec.arms) out.write(safe_line("arm " + arm.name) + "\n");
  if (spec.turns > 0) {
    const std::uint64_t trials = experiment::trial_count(spec);
    out.print("at most {} and {} tokens of answers; prompts come on top\n",
              count(trials * spec.turns, "turn"), trials * answer_tokens(spec));
  }
  if (const std::string words = cost_line(expected); !words.empty()) out.write(safe_line(words) + "\n");
  if (const std::string words = stop_words(spec.stop); !words.empty()) {
    out.print("a conversation stops earlier on: {}\n", safe_line(words));
  }
  const experiment::BudgetSpec& budget = spec.budget;
  if (const std::string words = budget_words(budget.tokens, budget.time_ms, budget.usd); !words.empty()) {
    out.print("budget of all together: {}\n", words);
  }
  out.print("seed {}; nothing was run\n", spec.seed);
  return ExitCode::kDone;
}

Result<ExitCode> run_spec(const RunFlags& flags, CommandContext& context) {
  if (flags.print_schema) {
    context.out.write(experiment::spec_schema());
    return ExitCode::kDone;
  }
  if (!flags.shard.empty()) return fail(ErrorKind::kUsage, "run: --shard is not in this version yet");
  if (flags.spec.empty()) return fail(ErrorKind::kUsage, "run: which experiment? `duologue run SPEC.yaml`");
  if (flags.jobs < 1 || flags.jobs > experiment::kMaxJobs) {
    return fail(ErrorKind::kUsage, fmt::format("run: --jobs must lie in 1..{}", experiment::kMaxJobs));
  }
  TRY(user_configuration());
  TRY_ASSIGN(ExperimentSpec spec, experiment::read_spec(flags.spec));
  if (!flags.budget_usd.empty()) {
    const std::optional<double> usd = real_from(flags.budget_usd);
    if (!usd || *usd <= 0) {
      return fail(ErrorKind::kUsage,
                  fmt::format("run: --budget-usd '{}' is not a number of dollars", flags.budget_usd));
    }
    spec.budget.usd = *usd;
  }
  if (flags.dry_run) return dry_run(spec, flags, context);

  const ShowOptions show{flags.plain, flags.json};
  Output& words = words_to(context, show);
  std::string path = flags.output;
  if (path.empty()) {
    TRY_ASSIGN(path, new_recording(spec.name, words));
  }
  TRY(experiment::check_new_file(path));
  words.write("recording to " + safe_line(path) + "\n");
  Signals signals;
  TRY_ASSIGN(experiment::PoolOptions pool, pool_options(context, show, flags.yes, signals));
  TRY(set_wire(flags.wire, pool));
  const std::uint64_t trials = experiment::trial_count(spec);
  pool.conversations = static_cast<std::uint32_t>(std::min<std::uint64_t>(flags.jobs, trials));
  TRY_ASSIGN(experiment::ModelPool models, experiment::ModelPool::open(spec, pool));
  const std::string_view level = model::to_string(models.determinism());
  const std::uint32_t at_once = pool.conversations;
  pool = {};  // the progress of loading leaves the terminal
  words.print("{}, {} at once, seed {}, determinism {}\n", size_line(spec), at_once, spec.seed, level);
  words.flush();
  TRY_ASSIGN(const auto session, experiment::Session::create(path, std::move(spec), std::move(models)));
  return run_trials(*session, flags.jobs, show, signals, context);
}

}  // namespace

void add_run(Command root, CommandContext& context) {
  auto flags = std::make_shared<RunFlags>();
  Command command = root.add_command(context,
                                     {"run", "An experiment from a file: openings × repeats, many at once",
                                      "duologue run examples/convergence.yaml --jobs 8 -o convergence.duo"},
                                     [flags, &context] { return run_spec(*flags, context); });
  command.optional_argument("SPEC", flags->spec, "the experiment, YAML or JSON (docs/spec.md)");
  command.option("-o,--output", flags->output,
                 "the recording; default: in the data folder, by name and time");
  command.option("--jobs,-j", flags->jobs, "conversations at once");
  command.option("--budget-usd", flags->budget_usd,
                 "N dollars for all conversations, in place of the spec's budget");
  command.flag("--dry-run", flags->dry_run, "say what would be run, and run nothing");
  command.flag("--print-schema", flags->print_schema, "print the JSON Schema of SPEC");
  add_wire_flags(command, flags->wire);
  command.flag("--plain", flags->plain, "a line for each trial, no progress bar");
  command.flag("--json", flags->json, "what it came to as one JSON object on standard output");
  command.flag("--yes", flags->yes, "ask nothing, e.g. before a model is fetched");
  command.hidden_option("--shard", flags->shard);
}

}  // namespace duologue::cli
