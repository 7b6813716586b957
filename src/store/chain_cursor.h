// Walks what is stored of a branch, from its first entry to its last, whichever parts hold it. The order of
// the rows is checked as they come, so that a damaged index can't lead it in circles. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/chain.h"
#include "store/sqlite.h"

namespace duologue::store {

class ChainCursor {
 public:
  // `select` gives rows of one part, in the order of its first three columns (the first is the position in
  // the chain); its parameters are the branch, the part's first position and its end.
  static base::Result<ChainCursor> open(Connection& connection, std::vector<Part> parts,
                                        const std::string& select);

  base::Result<bool> next();  // true: row() stands ready
  const Statement& row() const { return statement_; }

 private:
  ChainCursor(Connection& connection, std::vector<Part> parts, Statement statement)
      : connection_(&connection), parts_(std::move(parts)), statement_(std::move(statement)) {}

  Connection* connection_;
  std::vector<Part> parts_;
  Statement statement_;
  std::size_t part_ = 0;
  bool bound_ = false;
  std::array<std::int64_t, 3> last_{-1, -1, -1};
};

}  // namespace duologue::store
