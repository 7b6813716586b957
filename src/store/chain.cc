#include "store/chain.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace duologue::store {

base::Result<std::vector<Part>> load_parts(Connection& connection, BranchId branch) {
  TRY_ASSIGN(Statement statement, connection.prepare("SELECT parent, fork_seq FROM branch WHERE id = ?"));
  std::vector<Part> parts;
  std::uint64_t end_seq = kOpenEnd;
  std::int64_t id = branch;
  for (;;) {
    statement.bind(1, id);
    TRY_ASSIGN(const bool found, statement.step());
    if (!found)
      return std::unexpected(damaged_error(fmt::format("branch {} is missing", id), connection.path()));
    const bool root = statement.is_null(0);
    const std::int64_t parent = statement.integer(0);
    const auto fork_seq = static_cast<std::uint64_t>(statement.integer(1));
    statement.reset();
    // Parents are older, and forks go forward: otherwise this could go on for ever.
    if (fork_seq > end_seq || (root ? fork_seq != 0 : parent < 1 || parent >= id)) {
      return std::unexpected(damaged_error(fmt::format("branch {} can't be right", id), connection.path()));
    }
    parts.push_back({static_cast<BranchId>(id), fork_seq, end_seq});
    if (root) break;
    end_seq = fork_seq;
    id = parent;
  }
  std::ranges::reverse(parts);
  return parts;
}

base::Result<Extent> load_extent(Connection& connection, const std::vector<Part>& parts) {
  TRY_ASSIGN(Statement statement,
             connection.prepare("SELECT seq, turn FROM entry WHERE branch = ? AND seq >= ? AND seq < ? "
                                "ORDER BY seq DESC LIMIT 1"));
  for (const Part& part : std::views::reverse(parts)) {
    statement.bind(1, std::int64_t{part.branch}).bind(2, static_cast<std::int64_t>(part.first_seq));
    statement.bind(3, static_cast<std::int64_t>(part.end_seq));
    TRY_ASSIGN(const bool found, statement.step());
    if (!found) continue;
    const Extent extent{static_cast<std::uint64_t>(statement.integer(0)) + 1,
                        static_cast<std::uint32_t>(statement.integer(1))};
    statement.reset();
    return extent;
  }
  return Extent{};
}

const Part& part_of(const std::vector<Part>& parts, std::uint64_t seq) {
  const auto after = std::ranges::find_if(parts, [seq](const Part& part) { return seq < part.end_seq; });
  return after == parts.end() ? parts.back() : *after;
}

std::vector<Part> cut(const std::vector<Part>& parts, std::uint64_t size) {
  std::vector<Part> kept{parts.front()};
  for (std::size_t i = 1; i < parts.size() && parts[i].first_seq < size; ++i) kept.push_back(parts[i]);
  kept.back().end_seq = size;
  return kept;
}

}  // namespace duologue::store
