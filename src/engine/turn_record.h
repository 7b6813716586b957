// The plain parts of recording a turn: what a call was, a turn that a person wrote, where a full context is
// cut. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "chat/turn.h"
#include "chat/view.h"
#include "engine/recorder.h"
#include "model/model.h"

namespace duologue::engine {

chat::Turn written_turn(chat::ParticipantId speaker, const chat::Author& author, const std::string& text);

Call call_of(const model::ModelInfo& info, chat::ParticipantId id, const std::string& params,
             std::uint64_t seed, const base::Hash& view_hash, const model::ModelOutput& output);

// The turn up to which the view forgets, so that what is kept takes at most half of the room beside the
// answer. `token_counts` are those of the view's messages. 0: even the system prompt and the last message
// don't fit.
std::uint32_t turn_to_forget_through(const chat::View& view, std::span<const std::uint32_t> token_counts,
                                     std::uint32_t context_tokens, std::uint32_t max_tokens);

}  // namespace duologue::engine
