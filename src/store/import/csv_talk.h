// Conversations as CSV with a header row: our own export, and any table with the columns `speaker` and
// `text`, one turn a row. Other columns are passed over; `conversation` tells several apart, `kind` (turn,
// injection, config) what a row is. An apostrophe before what looks like a formula goes (store/export/csv.h).
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const TextFormat kCsvTalk;

}  // namespace duologue::store
