#include "store/chain_cursor.h"

namespace duologue::store {

base::Result<ChainCursor> ChainCursor::open(Connection& connection, std::vector<Part> parts,
                                            const std::string& select) {
  TRY_ASSIGN(Statement statement, connection.prepare(select));
  return ChainCursor(connection, std::move(parts), std::move(statement));
}

base::Result<bool> ChainCursor::next() {
  for (; part_ < parts_.size(); ++part_, bound_ = false) {
    if (!bound_) {
      const Part& part = parts_[part_];
      statement_.bind(1, std::int64_t{part.branch}).bind(2, static_cast<std::int64_t>(part.first_seq));
      statement_.bind(3, static_cast<std::int64_t>(part.end_seq));
      bound_ = true;
    }
    TRY_ASSIGN(const bool row, statement_.step());
    if (!row) continue;
    const std::array<std::int64_t, 3> key{statement_.integer(0), statement_.integer(1),
                                          statement_.integer(2)};
    if (key <= last_) {
      statement_.reset();
      return std::unexpected(damaged_error("rows out of order", connection_->path()));
    }
    last_ = key;
    return true;
  }
  return false;
}

}  // namespace duologue::store
