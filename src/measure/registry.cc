#include "measure/registry.h"

#include <fmt/format.h>

namespace duologue::measure {

std::string series_table_markdown() {
  std::string table =
      "| series | unit | range | what it is | null without | source |\n|---|---|---|---|---|---|\n";
  for (const SeriesInfo& info : kSeries) {
    table += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", info.name, info.unit, info.range, info.what,
                         info.needs.empty() ? "–" : info.needs, info.source.empty() ? "–" : info.source);
  }
  return table;
}

}  // namespace duologue::measure
