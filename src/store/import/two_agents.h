// Two-agent runs: {metadata: {…, stats}, messages: [{turn, agent, timestamp, output, …}]}. An agent's error
// is a message with an error field: it is read as a turn that the harness wrote in the agent's place.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kTwoAgents;

}  // namespace duologue::store
