// The LessWrong study's JSON: {model | model_a, model_b, conversations: [{seed_prompt, full_conversation:
// [{speaker: "A" | "B", model?, content}]}], generated_at}. A file of all transcripts joins several of these,
// in a list or as the members of an object. Reasoning was stripped before it was written.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kLesswrongStudy;

}  // namespace duologue::store
