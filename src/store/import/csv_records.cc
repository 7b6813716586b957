#include "store/import/csv_records.h"

#include <algorithm>
#include <utility>

namespace duologue::store {

CsvRecords::Next CsvRecords::broken(const char* why) {
  problem_ = why;
  return Next::kBroken;
}

// One cell, up to what ends it. False: its quotes are wrong.
bool CsvRecords::take_cell(std::string& cell) {
  if (at_ >= text_.size() || text_[at_] != '"') {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    cell = text_.substr(at_, end - at_);
    at_ = end;
    return cell.find('"') == std::string::npos;
  }
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
        ++at_;
        return true;
      }
      ++at_;
    }
    if (c == '\n') ++line_;
    cell.push_back(c);
  }
  return false;
}

CsvRecords::Next CsvRecords::next(std::vector<std::string>& cells) {
  cells.clear();
  start_ = at_;
  start_line_ = line_;
  if (at_ >= text_.size()) return Next::kEnd;
  while (true) {
    if (cells.size() >= limits_.max_cells) return broken("a record of too many cells");
    std::string cell;
    if (!take_cell(cell)) {
      return broken(at_ >= text_.size() ? "a cell whose closing quote is missing; is the file cut off?"
                                        : "a quote within a cell that has none around it; double it, and put "
                                          "the cell in quotes");
    }
    cells.push_back(std::move(cell));
    if (at_ >= text_.size()) return Next::kRecord;
    if (text_[at_] == ',') {
      ++at_;
      continue;
    }
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    if (text_[at_] != '\n') return broken("something after a cell's closing quote; put a comma there");
    ++at_;
    ++line_;
    return Next::kRecord;
  }
}

}  // namespace duologue::store
