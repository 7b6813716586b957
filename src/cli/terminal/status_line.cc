#include "cli/terminal/status_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/unicode.h"
#include "cli/terminal/safe_text.h"

namespace duologue::cli {
namespace {

constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

enum class Detail { kNone, kShort, kLong };

// One way to lay the row out. 0 for a lag's cells: without that lag.
struct Layout {
  std::size_t cells1;
  std::size_t cells2;
  Detail detected;
  bool values;
  bool speed;
  bool hint;
};

// From everything to nothing.
constexpr Layout kLayouts[] = {
    {20, 20, Detail::kLong, true, true, true},    {20, 20, Detail::kLong, true, true, false},
    {16, 16, Detail::kLong, true, true, false},   {12, 12, Detail::kLong, true, true, false},
    {20, 20, Detail::kShort, false, true, false}, {16, 16, Detail::kShort, false, true, false},
    {12, 12, Detail::kShort, false, true, false}, {8, 8, Detail::kShort, false, true, false},
    {0, 20, Detail::kShort, false, true, false},  {0, 12, Detail::kShort, false, true, false},
    {0, 8, Detail::kShort, false, true, false},   {0, 8, Detail::kShort, false, false, false},
    {0, 0, Detail::kShort, false, false, false},  {0, 0, Detail::kNone, false, false, false},
};

std::string lag_segment(const char* name, const std::vector<std::optional<double>>& values, std::size_t cells,
                        bool with_value) {
  if (cells == 0 || values.empty()) return "";
  std::string segment = fmt::format("{} {}", name, sparkline(values, cells));
  if (with_value && values.back()) segment += fmt::format(" {:.2f}", *values.back());
  return segment;
}

std::string compose(const TalkStatus& status, const Layout& layout) {
  std::vector<std::string> segments;
  segments.push_back(safe_line(status.note));
  segments.push_back(status.turn_limit == 0 ? fmt::format("turn {}", status.turn)
                                            : fmt::format("turn {}/{}", status.turn, status.turn_limit));
  if (layout.speed && status.tokens_per_s) {
    segments.push_back(fmt::format("{:.{}f} tok/s", *status.tokens_per_s, *status.tokens_per_s < 10 ? 1 : 0));
  }
  segments.push_back(lag_segment("lag 1", status.lag1, layout.cells1, layout.values));
  segments.push_back(lag_segment("lag 2", status.lag2, layout.cells2, layout.values));
  if (layout.detected == Detail::kLong) segments.push_back(safe_line(status.detected));
  if (layout.detected == Detail::kShort) segments.push_back(safe_line(status.detected_short));
  if (layout.hint) segments.push_back(status.hint);
  std::string row;
  for (const std::string& segment : segments) {
    if (segment.empty()) continue;
    if (!row.empty()) row += " │ ";
    row += segment;
  }
  return row;
}

}  // namespace

std::string sparkline(std::span<const std::optional<double>> values, std::size_t count) {
  std::string cells;
  for (const std::optional<double>& value : values.last(std::min(count, values.size()))) {
    if (!value || std::isnan(*value)) {
      cells += "·";
    } else {
      cells += kBlocks[static_cast<std::size_t>(std::clamp(*value, 0.0, 1.0) * 7.999)];
    }
  }
  return cells;
}

std::string status_line(const TalkStatus& status, std::size_t width) {
  std::string row;
  for (const Layout& layout : kLayouts) {
    row = compose(status, layout);
    if (static_cast<std::size_t>(base::display_width(row)) <= width) return row;
  }
  return safe_line(row, width);
}

}  // namespace duologue::cli
