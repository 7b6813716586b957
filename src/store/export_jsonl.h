// A conversation as JSON Lines, one line a turn (docs/store.md names the fields). Nothing recorded is left
// out but token ids: what happened between turns stands in the `events` of the turn it came before, each with
// "when":"before", and what came after the last turn in that turn's, with "when":"after".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/reader.h"

namespace duologue::store {

// Called with each line, its newline included. An error stops the export and is returned.
using WriteLine = std::function<base::Status(std::string_view line)>;

base::Status export_jsonl(Reader& reader, std::uint32_t trial, std::optional<BranchId> branch,
                          const WriteLine& write);

}  // namespace duologue::store
