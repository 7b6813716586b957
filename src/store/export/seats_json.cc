#include "store/export/seats_json.h"

#include <utility>

#include "store/json_text.h"

namespace duologue::store {

base::Json seats_json(const TrialRow& trial) {
  base::Json seats = base::Json::array();
  for (const TrialParticipant& one : trial.participants) {
    base::Json seat = base::Json::object();
    put_text(seat, "name", one.name);
    put_text(seat, "model", one.model_resolved.empty() ? one.model : one.model_resolved);
    put_text(seat, "system_prompt", one.system_prompt);
    seats.push_back(std::move(seat));
  }
  return seats;
}

const chat::Injection* heard_by(chat::ParticipantId participant, const chat::Entry& entry) {
  const chat::Injection* injection = entry.as_injection();
  return injection == nullptr || (injection->to && *injection->to != participant) ? nullptr : injection;
}

base::Json parsed_or_text(const std::string& text) {
  auto json = base::parse_json(text, {.max_bytes = text.size()});
  return json ? std::move(*json) : base::Json(text);
}

}  // namespace duologue::store
