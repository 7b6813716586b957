// Columns of text. Pure.
#pragma once

#include <string>
#include <vector>

namespace duologue::cli {

// Rows of cells, safe for a terminal: each column as wide as its widest cell, two spaces apart, the last one
// as it is.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace duologue::cli
