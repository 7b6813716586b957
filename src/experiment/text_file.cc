#include "experiment/text_file.h"

#include <fstream>

#include <fmt/format.h>

#include "base/utf8.h"
#include "experiment/spec.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::kNotFound, fmt::format("{}: can't be opened; is the name right?", path));
  std::string text;
  std::string chunk(65'536, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    text.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_bytes) {
      return fail(ErrorKind::kUsage, fmt::format("{}: larger than {} bytes", path, max_bytes));
    }
  }
  if (file.bad()) return fail(ErrorKind::kIo, fmt::format("{}: can't be read; is it a file?", path));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  TRY_ASSIGN(std::string text, read_file(path, kMaxTextBytes));
  if (!base::is_valid_utf8(text)) return fail(ErrorKind::kUsage, fmt::format("{}: is not UTF-8 text", path));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::vector<std::string>> read_openings(const std::string& path) {
  TRY_ASSIGN(const std::string text, read_file(path, kMaxOpeningsBytes));
  std::vector<std::string> openings;
  std::size_t line_number = 0;
  for (std::size_t from = 0; from < text.size();) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::string line = text.substr(from, end - from);
    from = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (!base::is_valid_utf8(line)) {
      return fail(ErrorKind::kUsage, fmt::format("{}:{}:1: is not UTF-8 text", path, line_number));
    }
    openings.push_back(std::move(line));
  }
  if (openings.empty()) {
    return fail(ErrorKind::kUsage, fmt::format("{}: holds no opening; write one a line", path));
  }
  return openings;
}

}  // namespace duologue::experiment
