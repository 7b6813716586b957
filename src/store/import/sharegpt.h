// ShareGPT: {conversations: [{from: "human" | "gpt" | "system", value}]}, also a list of such objects.
// `human` and `gpt` name seats, not authors: two models that talked are written this way too, so that both
// are taken as participants. A function_call is its caller's turn, what answers it (observation, tool) its
// result.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kShareGpt;

}  // namespace duologue::store
