#include "engine/turn_order.h"

#include "base/rng.h"

namespace duologue::engine {

chat::ParticipantId first_speaker(const TurnOrder& order) {
  return order.kind == OrderKind::kCycle ? order.cycle.front() : 0;
}

chat::ParticipantId next_speaker(const TurnOrder& order, const chat::Transcript& transcript,
                                 std::size_t seats, std::uint64_t seed, std::uint32_t trial) {
  const std::uint32_t turns = transcript.turn_count();
  if (turns == 0) return first_speaker(order);
  const auto count = static_cast<chat::ParticipantId>(seats);
  const chat::ParticipantId last = transcript.turn(turns)->as_turn()->speaker;
  switch (order.kind) {
    case OrderKind::kRoundRobin:
      break;
    case OrderKind::kCycle:
      return order.cycle[turns % order.cycle.size()];
    case OrderKind::kRandom: {
      if (count == 1) return 0;
      const std::uint64_t bits = base::random_bits({seed, trial, turns + 1, base::RngStream::kTurnOrder}, 0);
      return (last + 1 + static_cast<chat::ParticipantId>(bits % (count - 1))) % count;
    }
  }
  return (last + 1) % count;
}

}  // namespace duologue::engine
