#include "experiment/expected_cost.h"

#include <algorithm>

namespace duologue::experiment {

namespace {

constexpr double kBytesPerToken = 4;
constexpr double kTokensPerMessage = 4;
constexpr double kMillion = 1e6;

// How many turns of others and its own a participant sees at most.
double turns_seen(const chat::MemoryPolicy& memory, std::size_t seats) {
  switch (memory.kind) {
    case chat::MemoryKind::kLast:
      return static_cast<double>(seats);
    case chat::MemoryKind::kWindow:
      return 2.0 * memory.count;
    default:
      return kMaxTurns;
  }
}

// The sum of min(first + i * step, most) for i from 0 to count - 1.
double capped_sum(double first, double step, double most, double count) {
  const double below = std::clamp(
      static_cast<double>(static_cast<std::uint64_t>(std::max(0.0, most - first) / step)) + 1, 0.0, count);
  const double growing = first > most ? 0 : below;
  return growing * first + step * growing * (growing - 1) / 2 + (count - growing) * most;
}

// Of the seat's own, in turn order.
std::uint64_t turns_of(const ExperimentSpec& spec, std::size_t seats, std::size_t seat) {
  return (spec.turns + seats - 1 - seat) / seats;
}

// What it costs a million tokens at most, over all models that the seat ever has.
struct Dearest {
  double input = 0;
  double output = 0;
};

std::optional<Dearest> dearest(const ConversationForm& form, const ParticipantSpec& seat,
                               const std::map<std::string, model::Price>& prices) {
  std::optional<Dearest> most;
  const auto add = [&](const std::string& name) {
    const auto price = prices.find(name);
    if (price == prices.end()) return;
    const Dearest before = most.value_or(Dearest{});
    most = {std::max(before.input, price->second.input), std::max(before.output, price->second.output)};
  };
  add(seat.model);
  for (const engine::Instruction& one : form.moderators) {
    if (one.deed == engine::Deed::kModel && one.who == seat.name) add(one.text);
  }
  return most;
}

// One conversation's.
std::optional<double> most_one_costs(const ExperimentSpec& spec, const ConversationForm& form, double opening,
                                     const std::map<std::string, model::Price>& prices) {
  const std::size_t seats = form.participants.size();
  double answer = 0;  // a turn's, in the middle of all seats
  for (const ParticipantSpec& seat : form.participants) answer += seat.sampling.max_tokens;
  answer /= static_cast<double>(seats);
  std::optional<double> usd;
  for (std::size_t i = 0; i < seats; ++i) {
    const ParticipantSpec& seat = form.participants[i];
    const auto price = dearest(form, seat, prices);
    if (!price) continue;
    const auto turns = static_cast<double>(turns_of(spec, seats, i));
    const double own =
        static_cast<double>(seat.system_prompt.size()) / kBytesPerToken + kTokensPerMessage + opening;
    const double seen =
        capped_sum(static_cast<double>(i), static_cast<double>(seats), turns_seen(seat.memory, seats), turns);
    const double prompts = turns * own + seen * (answer + kTokensPerMessage);
    usd = usd.value_or(0) +
          (prompts * price->input + turns * seat.sampling.max_tokens * price->output) / kMillion;
  }
  return usd;
}

}  // namespace

std::uint64_t most_answer_tokens(const ExperimentSpec& spec) {
  const auto forms = forms_of(spec);
  std::uint64_t tokens = 0;  // of one trial of each arm
  for (const ConversationForm* form : forms) {
    const std::size_t seats = form->participants.size();
    for (std::size_t i = 0; i < seats; ++i)
      tokens += turns_of(spec, seats, i) * form->participants[i].sampling.max_tokens;
  }
  return tokens * (trial_count(spec) / forms.size());
}

std::optional<double> most_it_costs(const ExperimentSpec& spec,
                                    const std::map<std::string, model::Price>& prices) {
  if (spec.turns == 0) return std::nullopt;
  double opening_bytes = 0;
  for (const std::string& opening : spec.openings) opening_bytes += static_cast<double>(opening.size());
  const double opening =
      opening_bytes / static_cast<double>(spec.openings.size()) / kBytesPerToken + kTokensPerMessage;
  const auto forms = forms_of(spec);
  const double trials_of_each = static_cast<double>(trial_count(spec)) / static_cast<double>(forms.size());
  std::optional<double> usd;
  for (const ConversationForm* form : forms) {
    const auto one = most_one_costs(spec, *form, opening, prices);
    if (one) usd = usd.value_or(0) + *one * trials_of_each;
  }
  return usd;
}

}  // namespace duologue::experiment
