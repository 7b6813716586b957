// What the readers of our own exports share: the participants that stand beside a conversation, and how its
// end is said. For .cc files only: it brings the JSON library.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/import/json_node.h"
#include "store/import/log_sink.h"

namespace duologue::store {

// Seats the members of the list `participants`: [{name, model, system_prompt}]. kBadInput.
base::Status read_seats(const JsonNode& node, const LogOptions& options, LoggedConversation& conversation);

// "CAUSE: DETAIL"; of what was imported already, its log's own words.
std::string end_words(std::string_view cause, std::string_view detail);

}  // namespace duologue::store
