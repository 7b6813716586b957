// All series, in the order of their columns. Docs, help and column names are generated from this table.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "measure/series.h"

namespace duologue::measure {

// Each is defined in its file of measure/series/.
template <std::size_t lag>
std::unique_ptr<Series> make_jaccard_lag();  // lag 1..kLags
std::unique_ptr<Series> make_period();
std::unique_ptr<Series> make_rel_length();
std::unique_ptr<Series> make_tokens();

inline constexpr std::string_view kJaccardWhat =
    "Jaccard distance to the turn that many turns before: 1 - tokens in both / tokens in either, as sets";
inline constexpr std::string_view kJaccardNeeds = "a measured turn there";
inline constexpr std::string_view kJaccardSource = "Jaccard 1912";

inline constexpr std::array kSeries{
    SeriesInfo{"tokens", "tokens", "0 and up", "canonical tokens of the turn (not the model's)", "", "",
               make_tokens},
    SeriesInfo{"d_jac1", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<1>},
    SeriesInfo{"d_jac2", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<2>},
    SeriesInfo{"d_jac3", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<3>},
    SeriesInfo{"d_jac4", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<4>},
    SeriesInfo{"d_jac5", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<5>},
    SeriesInfo{"d_jac6", "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource, make_jaccard_lag<6>},
    SeriesInfo{"period", "turns", "1 to 6",
               "the smallest lag whose similarity (1 - d_jac), averaged over its last 6 pairs of turns, is "
               "within 0.02 "
               "of the greatest such average",
               "an average of at least 0.45, over at least 3 pairs", "", make_period},
    SeriesInfo{
        "rel_length", "1", "0 and up",
        "mean tokens of the last 3 turns / median tokens of the turns before them; keeps 4 bytes a turn",
        "3 turns before the last 3, and a median above 0", "", make_rel_length},
};

// The position of a series in kSeries. A name that isn't there doesn't compile.
consteval std::size_t series_index(std::string_view name) {
  for (std::size_t i = 0; i < kSeries.size(); ++i) {
    if (kSeries[i].name == name) return i;
  }
  throw "no series has this name";
}

// The table of docs/metrics.md.
std::string series_table_markdown();

}  // namespace duologue::measure
