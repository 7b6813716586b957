// Who speaks next. Pure: a function of the turns so far, the seed and the trial, so that a resumed talk goes
// on with whoever would have spoken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chat/transcript.h"

namespace duologue::engine {

enum class OrderKind {
  kRoundRobin,  // in the order of the seats: the one after the last speaker
  kRandom,      // anybody but the last speaker, drawn for each turn; turn 1 is the first seat's
  kCycle,       // turn t is cycle[(t - 1) mod n]'s
};

struct TurnOrder {
  OrderKind kind = OrderKind::kRoundRobin;
  std::vector<chat::ParticipantId> cycle;  // of kCycle, not empty

  bool operator==(const TurnOrder&) const = default;
};

chat::ParticipantId first_speaker(const TurnOrder& order);

// `seats` >= 1.
chat::ParticipantId next_speaker(const TurnOrder& order, const chat::Transcript& transcript,
                                 std::size_t seats, std::uint64_t seed, std::uint32_t trial);

}  // namespace duologue::engine
