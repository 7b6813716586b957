#include "cli/dry_run.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/aliases.h"
#include "cli/describe.h"
#include "cli/prices.h"
#include "cli/terminal/safe_text.h"
#include "experiment/expected_cost.h"
#include "model/catalog.h"
#include "model/http/endpoint_price.h"
#include "model/http/url.h"

namespace duologue::cli {
namespace {

using base::Json;
using base::Result;
using experiment::ConversationForm;
using experiment::ExperimentSpec;

std::string budget_words(std::uint64_t tokens, std::uint64_t time_ms, double usd) {
  std::vector<std::string> words;
  if (tokens > 0) words.push_back(fmt::format("{} tokens", tokens));
  if (time_ms > 0) words.push_back(fmt::format("{:g} h", static_cast<double>(time_ms) / 3.6e6));
  if (usd > 0) words.push_back(fmt::format("${:g}", usd));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string stop_words(const experiment::StopSpec& stop) {
  std::vector<std::string> words = stop.detected;
  if (stop.same_text > 0) words.push_back(fmt::format("the same text {} times", stop.same_text));
  if (const std::string budget = budget_words(stop.tokens, stop.time_ms, stop.usd); !budget.empty())
    words.push_back(budget);
  return fmt::format("{}", fmt::join(words, ", "));
}

// Who speaks with what, in any arm: each pair once. One that is handed over has several.
struct Seat {
  std::string name;
  std::string spec_name;  // of the model, as the spec has it
  model::ResolvedModel model;
};

Result<std::vector<Seat>> seats_of(const ExperimentSpec& spec) {
  const model::Catalog& catalog = user_catalog();
  std::vector<Seat> seats;
  const auto add = [&](const std::string& name, const std::string& model_name) -> base::Status {
    const auto is_it = [&](const Seat& seat) { return seat.name == name && seat.spec_name == model_name; };
    if (std::ranges::any_of(seats, is_it)) return {};
    TRY_ASSIGN(model::ResolvedModel resolved, catalog.resolve(model_name));
    seats.push_back({name, model_name, std::move(resolved)});
    return {};
  };
  for (const ConversationForm* form : experiment::forms_of(spec)) {
    for (const experiment::ParticipantSpec& participant : form->participants)
      TRY(add(participant.name, participant.model));
    for (const engine::Instruction& one : form->moderators) {
      if (one.deed == engine::Deed::kModel) TRY(add(one.who, one.text));
    }
  }
  return seats;
}

// What an experiment is expected to cost.
struct Expected {
  std::optional<double> most_usd;    // of the models with a price; empty: none has one
  std::vector<std::string> unknown;  // hosted models without a price, as the spec names them
};

Result<Expected> expected_cost(const ExperimentSpec& spec, const std::vector<Seat>& seats) {
  TRY_ASSIGN(const model::PriceList prices, user_prices());
  Expected expected;
  std::map<std::string, model::Price> known;
  for (const Seat& seat : seats) {
    if (seat.model.kind != model::ModelKind::kHttp) continue;
    TRY_ASSIGN(const model::http::Endpoint endpoint, model::http::endpoint_of(seat.model.resolved));
    if (const auto price = model::http::price_at(endpoint, prices)) {
      known.insert_or_assign(seat.spec_name, *price);
    } else if (!model::http::is_loopback(endpoint.base_url) &&
               std::ranges::find(expected.unknown, seat.spec_name) == expected.unknown.end()) {
      expected.unknown.push_back(seat.spec_name);
    }
  }
  expected.most_usd = experiment::most_it_costs(spec, known);
  return expected;
}

// "costs at most about $1.25, with whole answers and nothing cached; the price of x is unknown". Empty:
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

Json to_json(const ExperimentSpec& spec, const std::vector<Seat>& seats, const Expected& expected) {
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
    json["max_answer_tokens"] = experiment::most_answer_tokens(spec);
  }
  return json;
}

// One line where all arms stop on the same, else one for each arm that stops on something.
void write_stops(const ExperimentSpec& spec, Output& out) {
  const auto forms = experiment::forms_of(spec);
  const bool all_alike = std::ranges::all_of(
      forms, [&](const ConversationForm* form) { return form->stop == forms.front()->stop; });
  for (std::size_t i = 0; i < (all_alike ? 1 : forms.size()); ++i) {
    const std::string words = stop_words(forms[i]->stop);
    if (words.empty()) continue;
    const std::string whose = all_alike ? "" : fmt::format(" of arm {}", spec.arms[i].name);
    out.write(safe_line(fmt::format("a conversation{} stops earlier on: {}", whose, words)) + "\n");
  }
}

}  // namespace

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

Result<ExitCode> dry_run(const ExperimentSpec& spec, bool as_json, CommandContext& context) {
  TRY_ASSIGN(const std::vector<Seat> seats, seats_of(spec));
  TRY_ASSIGN(const Expected expected, expected_cost(spec, seats));
  Output& out = context.out;
  if (as_json) {
    out.write(base::dump_json(to_json(spec, seats, expected)) + "\n");
    return ExitCode::kDone;
  }
  out.write(size_line(spec) + "\n");
  for (const Seat& seat : seats) {
    const std::string fetch = seat.model.fetchable ? " (to be fetched)" : "";
    out.write(safe_line(fmt::format("{}: {}", seat.name, model::describe(seat.model)) + fetch) + "\n");
  }
  for (const experiment::Arm& arm : spec.arms) out.write(safe_line("arm " + arm.name) + "\n");
  if (spec.turns > 0) {
    out.print("at most {} and {} tokens of answers; prompts come on top\n",
              count(experiment::trial_count(spec) * spec.turns, "turn"),
              experiment::most_answer_tokens(spec));
  }
  if (const std::string words = cost_line(expected); !words.empty()) out.write(safe_line(words) + "\n");
  write_stops(spec, out);
  const experiment::BudgetSpec& budget = spec.budget;
  if (const std::string words = budget_words(budget.tokens, budget.time_ms, budget.usd); !words.empty()) {
    out.print("budget of all together: {}\n", words);
  }
  out.print("seed {}; nothing was run\n", spec.seed);
  return ExitCode::kDone;
}

}  // namespace duologue::cli
