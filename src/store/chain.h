// A branch as it is stored: parts, each the entries of one branch row from one position to another, its
// ancestors' first. Every part but the first begins where it was forked; `parent` of a branch row owns the
// entry before that.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/result.h"
#include "store/sqlite.h"
#include "store/values.h"

namespace duologue::store {

inline constexpr std::uint64_t kOpenEnd = std::numeric_limits<std::int64_t>::max();

struct Part {
  BranchId branch = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t end_seq = kOpenEnd;
};

// From the root to `branch`, whose end is open. kStore where the rows make no sense.
base::Result<std::vector<Part>> load_parts(Connection& connection, BranchId branch);

// Entries and turns of the chain: what is stored of its last part, or what it took over.
struct Extent {
  std::uint64_t entries = 0;
  std::uint32_t turns = 0;
};
base::Result<Extent> load_extent(Connection& connection, const std::vector<Part>& parts);

// The part that holds entry `seq`; seq must be before the end.
const Part& part_of(const std::vector<Part>& parts, std::uint64_t seq);

// Forked so that `size` entries stay: the parts that stay, the last one's end set. The first always stays.
std::vector<Part> cut(const std::vector<Part>& parts, std::uint64_t size);

}  // namespace duologue::store
