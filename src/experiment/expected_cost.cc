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

}  // namespace

std::optional<double> most_it_costs(const ExperimentSpec& spec,
                                    std::span<const std::optional<model::Price>> prices) {
  if (spec.turns == 0) return std::nullopt;
  const auto seats = static_cast<std::uint32_t>(spec.participants.size());
  double opening_bytes = 0;
  for (const std::string& opening : spec.openings) opening_bytes += static_cast<double>(opening.size());
  const double opening =
      opening_bytes / static_cast<double>(spec.openings.size()) / kBytesPerToken + kTokensPerMessage;
  double answer = 0;  // a turn's, in the middle of all seats
  for (const ParticipantSpec& seat : spec.participants) answer += seat.sampling.max_tokens;
  answer /= seats;
  std::optional<double> usd;
  for (std::uint32_t i = 0; i < seats; ++i) {
    if (!prices[i]) continue;
    const ParticipantSpec& seat = spec.participants[i];
    const double turns = (spec.turns + seats - 1 - i) / seats;
    const double own =
        static_cast<double>(seat.system_prompt.size()) / kBytesPerToken + kTokensPerMessage + opening;
    const double seen = capped_sum(i, seats, turns_seen(seat.memory, seats), turns);
    const double prompts = turns * own + seen * (answer + kTokensPerMessage);
    usd = usd.value_or(0) +
          (prompts * prices[i]->input + turns * seat.sampling.max_tokens * prices[i]->output) / kMillion;
  }
  if (usd) *usd *= static_cast<double>(trial_count(spec));
  return usd;
}

}  // namespace duologue::experiment
