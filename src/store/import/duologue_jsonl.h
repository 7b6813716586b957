// What `duologue export --format jsonl` writes (docs/store.md, "JSON Lines"): one line a turn. Everything of
// the chain comes back as it was: texts by their exact bytes, what stood between turns, how it ended. The
// participants are those whom the lines name, in the order in which they first do.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const LineFormat kDuologueJsonl;

}  // namespace duologue::store
