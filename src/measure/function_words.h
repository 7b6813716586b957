// Words that carry the frame of a sentence and not its matter: those of src/measure/data/function_words.yaml.
// Any thread.
#pragma once

#include "measure/tokens.h"

namespace duologue::measure {

bool is_function_word(TokenId token);

}  // namespace duologue::measure
