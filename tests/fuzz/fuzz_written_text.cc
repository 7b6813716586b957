// libFuzzer: any text in the formats that are for people and spreadsheets comes back exactly, and nothing in
// it comes to life on the way.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "log_checks.h"
#include "store/export/csv.h"
#include "store/import/csv_records.h"
#include "store/markdown_text.h"

namespace {

using namespace duologue;
using fuzz::must;

void check_markdown(const std::string& text) {
  const std::string block = store::quoted_block(text, "> ");
  must(block.find('<') == std::string::npos);
  must(std::ranges::all_of(block, [](char c) { return static_cast<unsigned char>(c) >= ' ' || c == '\n'; }));
  std::string back;
  for (std::size_t start = 0; start < block.size();) {
    const std::size_t end = block.find('\n', start);
    std::string_view line = std::string_view(block).substr(start, end - start);
    must(line.starts_with('>'));
    line.remove_prefix(line.starts_with("> ") ? 2 : 1);
    if (start > 0) back.push_back('\n');
    back += store::from_block_line(line);
    start = end + 1;
  }
  must(back == text);
}

void check_comment(const std::string& text) {
  base::Json json = base::Json::object();
  json["text"] = text;
  const std::string comment = store::comment_json(json);
  must(comment.find("--") == std::string::npos && comment.find('>') == std::string::npos);
  const auto back = base::parse_json(comment);
  must(back && *back == json);
}

void check_csv(std::string_view bytes) {
  store::CsvRecords records(bytes);
  std::vector<std::string> cells;
  std::size_t last = 0;
  while (records.next(cells) == store::CsvRecords::Next::kRecord) {
    must(!cells.empty() && records.offset() >= last && records.offset() <= bytes.size());
    last = records.offset();
  }
  must(store::with_formula(store::without_formula(bytes)) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = base::replace_invalid_utf8(bytes);
  check_markdown(text);
  check_comment(text);
  check_csv(bytes);
  (void)store::from_markdown(bytes);
  return 0;
}
