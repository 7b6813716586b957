// What must hold of everything that is read, whatever the bytes were. For the fuzz targets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/result.h"
#include "base/utf8.h"
#include "store/import/conversation_log.h"
#include "store/import/log_sink.h"

namespace duologue::fuzz {

inline void must(bool holds) {
  if (!holds) std::abort();
}

inline void check_error(const base::Error& error) {
  must(error.kind == base::ErrorKind::kBadInput || error.kind == base::ErrorKind::kNotFound);
  must(!error.message.empty() && base::is_valid_utf8(error.message));
  must(std::ranges::none_of(error.message, [](char c) { return static_cast<unsigned char>(c) < ' '; }));
}

inline void check_conversation(const store::LoggedConversation& log, const store::LogOptions& options) {
  must(!log.id.empty() && log.number > 0);
  must(log.participants.size() <= options.max_participants && log.turns.size() <= options.max_turns);
  for (const chat::Turn& turn : log.turns) {
    must(turn.speaker == store::kNobody || turn.speaker < log.participants.size());
    must(turn.speaker != store::kNobody || turn.author.kind != chat::AuthorKind::kModel);
  }
  std::uint32_t last = 0;
  for (const store::LoggedEntry& entry : log.between) {
    must(entry.after_turn >= last && entry.after_turn <= log.turns.size());
    last = entry.after_turn;
  }
  for (const store::LoggedNote& note : log.notes) must(note.turn <= log.turns.size());
}

}  // namespace duologue::fuzz
