// Conversations as the labelled data has them: {id, models: {A, B}, seed, interjected_turns, turns: [{turn,
// speaker, text}]}. `turn` counts all utterances from 1; speaker is a key of `models`, or "harness" for a
// line of the harness itself; an interjected turn was written by a person in its speaker's place.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kTranscriptJson;

}  // namespace duologue::store
