// The live view's last row: where the conversation stands, on one row of any width. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duologue::cli {

struct TalkStatus {
  std::uint32_t turn = 0;
  std::uint32_t turn_limit = 0;  // 0: none
  std::optional<double> tokens_per_s;
  // Distances in [0, 1], oldest first; empty ones weren't measured.
  std::vector<std::optional<double>> lag1;
  std::vector<std::optional<double>> lag2;
  std::string detected;        // "converged since turn 9, period 2"
  std::string detected_short;  // "converged"
  std::string note;            // stands first: "pausing when this turn ends"
  std::string hint;            // stands last, where there is room: "Space: pause"
};

// At most `width` columns: what matters least goes first. No colours, no trailing spaces.
std::string status_line(const TalkStatus& status, std::size_t width);

// One block a value, ▁ for 0 to █ for 1, `·` for none: of the last `count` values.
std::string sparkline(std::span<const std::optional<double>> values, std::size_t count);

}  // namespace duologue::cli
