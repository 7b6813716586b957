// Backrooms logs: text in blocks, each under a header `### NAME 1 ###` or `### NAME 2 ###` on a line of its
// own. Nothing is escaped, so that a text may hold a line that looks like a header: only the two that stand
// most often, one for each number, are taken as headers (the file's first line is one of them).
//
// Reasoning stands in some of these logs, in <think> tags before the text or in a section "--- Reasoning
// Summary (logs only) ---" after it: it is kept apart. How the harness says at the end that it is over is no
// part of the last text.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const TextFormat kBackrooms;

}  // namespace duologue::store
