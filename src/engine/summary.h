// summary:N memory. Once a participant's view holds 2N turns, all but the last N are summarised by its own
// model, in a call of its own, and leave the view; the summary stands in front of what is left. The chain
// keeps it (ConfigChange::summary), so that every later view, resume and `show` have the same one. Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>

#include "chat/transcript.h"
#include "chat/view.h"
#include "engine/participant.h"
#include "model/model.h"

namespace duologue::engine {

// The last turn to be summarised now, after `turns` turns of which `forgotten` are summarised already.
// Empty: nothing is due.
std::optional<std::uint32_t> turn_to_summarize_through(const chat::MemoryPolicy& memory, std::uint32_t turns,
                                                       std::uint32_t forgotten);

// What the model is asked: one user's message with the instruction and the part of the participant's own view
// that is to go. Nothing that the participant didn't see is in it.
chat::OwnedView view_to_summarize(const chat::View& view, std::uint32_t through_turn);

// The participant's own sampling, with room for a summary and none of its stop strings.
chat::Sampling summary_sampling(const chat::Sampling& own);

inline constexpr std::uint32_t kMinSummaryTokens = 256;

}  // namespace duologue::engine
