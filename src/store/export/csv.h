// A recording as CSV (RFC 4180: CRLF, quotes doubled): one row an entry of the chain, with a header row.
// docs/formats.md names the columns.
//
// Spreadsheets take a cell that begins with = + - @ (and their full-width forms), a tab or a line's end for a
// formula. Such a cell gets one apostrophe in front, and so does one that begins with apostrophes before such
// a character; taking one apostrophe away from each cell of that kind gives the exact text back, which is
// what import does.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/export/exporter.h"

namespace duologue::store {

std::unique_ptr<Exporter> make_csv_exporter(const FileInfo& file, WriteText write);

// A text as no spreadsheet computes it, and back.
std::string without_formula(std::string_view text);
std::string with_formula(std::string_view cell);

}  // namespace duologue::store
