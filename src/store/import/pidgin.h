// pidgin-ai's event log, events_<conversation>.jsonl: one event a line, `event_type` names its class. Turns
// are the MessageCompleteEvents, in order; the reasoning of one comes in a ThinkingCompleteEvent before it.
// MessageRequest-, MessageChunk- and TurnCompleteEvents say the same once more and are skipped.
//
// pidgin writes a failed call's error as if the agent had said it ("[API error: …]", no tokens): that is read
// as the harness's. A system prompt in mid-conversation is an injection to its agent; what people and
// mediators put in is an injection to everybody. Several conversations in one file must follow one another.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const LineFormat kPidgin;

}  // namespace duologue::store
