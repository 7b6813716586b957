#include "store/import/own_formats.h"

#include <fmt/format.h>

#include "engine/end_reason.h"
#include "store/json_text.h"

namespace duologue::store {

base::Status read_seats(const JsonNode& node, const LogOptions& options, LoggedConversation& conversation) {
  TRY_ASSIGN(const JsonNode seats, node.list("participants"));
  if (seats.size() > options.max_participants) {
    return seats.fail(fmt::format("more than {} participants", options.max_participants));
  }
  for (std::size_t i = 0; i < seats.size(); ++i) {
    const JsonNode seat = seats[i];
    TRY(seat.text("name"));
    LoggedParticipant one;
    one.name = take_text(seat.value(), "name").value_or("");
    one.model = take_text(seat.value(), "model").value_or("");
    one.system_prompt = take_text(seat.value(), "system_prompt").value_or("");
    conversation.participants.push_back(std::move(one));
  }
  return {};
}

std::string end_words(std::string_view cause, std::string_view detail) {
  std::string words(cause == engine::to_string(engine::EndCause::kImported) ? "" : cause);
  if (!detail.empty()) {
    if (!words.empty()) words += ": ";
    words += detail;
  }
  return words;
}

}  // namespace duologue::store
