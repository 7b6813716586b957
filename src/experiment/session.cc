#include "experiment/session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "experiment/build_info.h"
#include "experiment/seating.h"
#include "experiment/spec_yaml.h"
#include "model/http/endpoint.h"
#include "store/import/provenance.h"
#include "store/reader.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

store::FileInfo file_info(const ExperimentSpec& spec, const ModelPool& models) {
  store::FileInfo info;
  info.name = spec.name;
  info.spec_json = to_json(spec);
  info.seed = spec.seed;
  info.duologue_version = program_version();
  info.determinism = model::to_string(models.determinism());
  info.build = build_json();
  info.instrument = measure::Instrument::identity();
  return info;
}

std::uint64_t tokens_of(const std::vector<store::StoredCall>& calls) {
  std::uint64_t tokens = 0;
  for (const store::StoredCall& stored : calls) {
    tokens += stored.call.usage.prompt_tokens + std::uint64_t{stored.call.usage.completion_tokens};
  }
  return tokens;
}

// The trials of the spec, with what the file knows of them.
std::vector<TrialState> states_of(const ExperimentSpec& spec,
                                  const std::vector<store::TrialSummary>& stored) {
  std::map<std::uint32_t, const store::TrialSummary*> by_id;
  for (const store::TrialSummary& summary : stored) by_id[summary.row.id] = &summary;
  std::vector<TrialState> states;
  for (const Trial& trial : trials(spec)) {
    const auto found = by_id.find(trial.id);
    if (found == by_id.end()) {
      states.push_back({trial, 0, false, std::nullopt, std::nullopt});
    } else {
      const auto& converged = found->second->converged;
      const auto onset = converged ? std::optional(converged->onset) : std::nullopt;
      states.push_back({trial, found->second->turns, true, found->second->end, onset});
    }
  }
  return states;
}

// With other weights the conversation couldn't go on where it stopped.
Status check_models(const std::string& path, const ExperimentSpec& spec, const ModelPool& models,
                    const std::vector<store::TrialSummary>& stored) {
  for (const store::TrialSummary& summary : stored) {
    const auto& seats = summary.row.participants;
    const auto& participants = form_of(spec, summary.row.id).participants;
    for (std::size_t i = 0; i < std::min(seats.size(), participants.size()); ++i) {
      TRY_ASSIGN(const auto model, models.find(participants[i].model));
      if (model->info().identity == seats[i].identity) continue;
      return fail(
          ErrorKind::kUsage,
          fmt::format(
              "{}: {}'s model {} is now {}, the recording was made with {}; bring that one back to go on",
              path, seats[i].name, seats[i].model, model->info().identity, seats[i].identity));
    }
  }
  return {};
}

Status open_models(const std::string& path, const ResumeOptions& options, std::size_t pending,
                   const ExperimentSpec& spec, const std::vector<store::TrialSummary>& stored,
                   ModelPool& models) {
  if (options.models != nullptr) {
    models = *options.models;
  } else {
    PoolOptions pool = options.pool;
    pool.conversations = static_cast<std::uint32_t>(std::min<std::size_t>(pending, pool.conversations));
    TRY_ASSIGN(models, ModelPool::open(spec, pool));
  }
  return check_models(path, spec, models, stored);
}

Result<ExperimentSpec> recorded_spec(const std::string& path, store::Reader& reader) {
  TRY_ASSIGN(const store::FileInfo info, reader.file_info());
  if (!store::imports_of(info).empty()) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("{}: holds imported conversations, which can't go on here: what their models were "
                    "sent isn't known; read them with show, or start a new one with talk",
                    path));
  }
  auto spec = spec_from_json(info.spec_json);
  if (!spec) return fail(ErrorKind::kStore, fmt::format("{}: {}", path, spec.error().message));
  if (auto good = check(*spec); !good) {
    return fail(ErrorKind::kStore, fmt::format("{}: the recorded spec: {}", path, good.error().message));
  }
  return spec;
}

// The limit after `--turns +N`.
Status extend(ExperimentSpec& spec, const std::vector<store::TrialSummary>& stored,
              std::uint32_t more_turns) {
  if (more_turns == 0) return {};
  if (spec.turns == 0) {
    return fail(ErrorKind::kUsage,
                "this conversation has no turn limit to extend; resume it without --turns");
  }
  const bool one_ended = trials(spec).size() == 1 && stored.size() == 1 && stored.front().end &&
                         !engine::is_resumable(stored.front().end->cause);
  const std::uint64_t turns = std::uint64_t{one_ended ? stored.front().turns : spec.turns} + more_turns;
  if (turns > kMaxTurns) return fail(ErrorKind::kUsage, fmt::format("more than {} turns", kMaxTurns));
  spec.turns = static_cast<std::uint32_t>(turns);
  return {};
}

bool is_pending(const ExperimentSpec& spec, const TrialState& state) {
  if (!state.end || engine::is_resumable(state.end->cause)) return true;
  switch (state.end->cause) {
    case engine::EndCause::kTurnLimit:
      return spec.turns == 0 || state.turns < spec.turns;
    case engine::EndCause::kBudget:
      return state.end->detail.starts_with(kBudgetEnd);
    default:
      return false;
  }
}

std::vector<Trial> pending_of(const ExperimentSpec& spec, const std::vector<TrialState>& states,
                              bool extended) {
  std::vector<Trial> pending;
  for (const TrialState& state : states) {
    const bool only_one_wanted_longer = extended && states.size() == 1;
    if (only_one_wanted_longer || is_pending(spec, state)) pending.push_back(state.trial);
  }
  return pending;
}

// Without a price nobody could keep the budget.
Status check_prices(const ExperimentSpec& spec, const ModelPool& models) {
  const auto has_one = [](const ConversationForm* form) { return form->stop.usd > 0; };
  if (spec.budget.usd == 0 && std::ranges::none_of(forms_of(spec), has_one)) return {};
  for (const auto& [name, model] : models.models()) {
    if (!model->info().hosted || model->info().price) continue;
    return fail(
        ErrorKind::kUsage,
        fmt::format("a budget in dollars needs the price of {}, and none is known: write it into the file "
                    "of prices (prices.yaml, docs/providers.md), or set a budget of tokens",
                    name));
  }
  return {};
}

// So that the file tells what each part of it was made by.
Status record_run(store::Store& store, const store::FileInfo& before, const store::FileInfo& now) {
  const bool same_maker = before.duologue_version == now.duologue_version &&
                          before.determinism == now.determinism && before.build == now.build &&
                          before.instrument == now.instrument;
  if (!same_maker) return store.add_run(now);
  if (before.spec_json != now.spec_json) return store.set_spec(now.spec_json);
  return {};
}

}  // namespace

struct Session::State {
  std::string path;
  ExperimentSpec spec;
  ModelPool models;
  std::unique_ptr<store::Store> store;
  store::Seams seams;
  std::vector<TrialState> trials;
  bool extended = false;  // by --turns +N
  std::uint64_t tokens_used = 0;
  double cost_usd = 0;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(const std::string& path, ExperimentSpec spec, ModelPool pool,
                                                 store::Durability durability, const store::Seams& seams) {
  TRY(check(spec));
  auto state = std::make_unique<State>();
  state->path = path;
  state->seams = seams;
  const std::vector<Trial> all = trials(spec);
  for (std::size_t i = 0; i < all.size(); i += spec.openings.size() * spec.repeats) {
    TRY(conversation_spec(spec, all[i], pool));  // in every arm, every model is there
  }
  TRY(check_prices(spec, pool));
  // Recorded names must mean the same file from any folder.
  ExperimentSpec recorded = spec;
  for_each_model(recorded, [&](std::string& name) {
    // A provider's name means another server once the environment names another.
    const auto model = pool.find(name);
    const bool is_hosted = model && model::http::is_http_name((*model)->info().resolved);
    name = is_hosted ? (*model)->info().resolved : with_absolute_file(name, "");
  });
  TRY_ASSIGN(state->store, store::Store::create(path, file_info(recorded, pool), durability, seams));
  state->trials = states_of(spec, {});
  state->spec = std::move(spec);
  state->models = std::move(pool);
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<std::unique_ptr<Session>> Session::resume(const std::string& path, const ResumeOptions& options) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->seams = options.seams;
  TRY_ASSIGN(state->store, store::Store::open(path, options.durability, options.seams));
  TRY_ASSIGN(const auto reader, store::Reader::open(path, options.seams));
  TRY_ASSIGN(const store::FileInfo before, reader->file_info());
  TRY_ASSIGN(state->spec, recorded_spec(path, *reader));
  TRY_ASSIGN(const auto stored, reader->trials());
  TRY(extend(state->spec, stored, options.more_turns));
  state->extended = options.more_turns > 0;
  state->trials = states_of(state->spec, stored);
  const std::size_t pending = pending_of(state->spec, state->trials, state->extended).size();
  if (pending > 0) {
    TRY(open_models(path, options, pending, state->spec, stored, state->models));
    TRY(check_prices(state->spec, state->models));
    TRY(record_run(*state->store, before, file_info(state->spec, state->models)));
  }
  if (state->spec.budget.tokens > 0) {
    for (const store::TrialSummary& summary : stored) {
      TRY_ASSIGN(const auto calls, reader->calls(summary.row.id));
      state->tokens_used += tokens_of(calls);
    }
  }
  for (const store::TrialSummary& summary : stored) state->cost_usd += summary.cost_usd.value_or(0);
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Status check_new_file(const std::string& path) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored))) {
    return fail(ErrorKind::kStore, fmt::format("{0} exists already: choose another name, or go on with it: "
                                               "`duologue resume {0}`",
                                               path));
  }
  const std::string folder = fs::path(path).parent_path().string();
  if (access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) {
    return fail(ErrorKind::kStore,
                fmt::format("can't write {}: {}: choose another place", path, std::strerror(errno)));
  }
  return {};
}

const std::string& Session::path() const { return state_->path; }
const ExperimentSpec& Session::spec() const { return state_->spec; }
const ModelPool& Session::models() const { return state_->models; }
const std::vector<TrialState>& Session::trial_states() const { return state_->trials; }
std::uint64_t Session::tokens_used() const { return state_->tokens_used; }
double Session::cost_usd() const { return state_->cost_usd; }
std::vector<Trial> Session::pending() const {
  return pending_of(state_->spec, state_->trials, state_->extended);
}

Result<OpenTrial> Session::open_trial(const Trial& trial, engine::ConversationDoors doors,
                                      std::vector<std::unique_ptr<engine::StopCondition>> extra) {
  State& s = *state_;
  const TrialState& before = s.trials[trial.id - 1];
  TRY_ASSIGN(engine::ConversationSpec seated, conversation_spec(s.spec, trial, s.models));
  if (!before.started) TRY(s.store->add_trial(trial_row(s.spec, trial, seated)));
  OpenTrial open;
  open.trial = trial;
  TRY_ASSIGN(open.recorder, s.store->recorder(trial.id));
  doors.recorder = open.recorder.get();
  open.moderators = moderators_of(s.spec, trial, seated);
  for (std::size_t i = 0; i < open.moderators.size(); ++i) {
    doors.moderators.insert(doors.moderators.begin() + static_cast<std::ptrdiff_t>(i),
                            open.moderators[i].get());
  }
  auto conditions = stop_conditions(s.spec, trial);
  std::ranges::move(extra, std::back_inserter(conditions));
  open.conversation =
      std::make_unique<engine::Conversation>(std::move(seated), std::move(doors), std::move(conditions));
  if (!before.started) return open;
  TRY_ASSIGN(const auto reader, store::Reader::open(s.path, s.seams));
  engine::Restored restored;
  TRY_ASSIGN(restored.transcript, reader->transcript(trial.id));
  TRY_ASSIGN(const auto calls, reader->calls(trial.id));
  restored.tokens_used = tokens_of(calls);
  for (const store::StoredCall& stored : calls) restored.cost_usd += stored.call.cost_usd.value_or(0);
  restored.had_ended = before.end && !engine::is_resumable(before.end->cause);
  open.restored_turns = restored.transcript.turn_count();
  open.conversation->restore(std::move(restored));
  return open;
}

}  // namespace duologue::experiment
