// What the formats of JSON share: participants, and texts that were JSON. For .cc files only: it brings the
// JSON library.
#pragma once

#include <string>

#include "base/json.h"
#include "chat/transcript.h"
#include "store/values.h"

namespace duologue::store {

// [{name, model, system_prompt}]
base::Json seats_json(const TrialRow& trial);

// What was injected there, where the participant hears it; null otherwise: a whisper to others is not of its
// side.
const chat::Injection* heard_by(chat::ParticipantId participant, const chat::Entry& entry);

// The value that the text holds, or the text itself where it is no JSON.
base::Json parsed_or_text(const std::string& text);

}  // namespace duologue::store
