#include "cli/terminal/status_line.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/unicode.h"

namespace duologue::cli {
namespace {

using Values = std::vector<std::optional<double>>;

TalkStatus full_status() {
  TalkStatus status;
  status.turn = 12;
  status.turn_limit = 40;
  status.tokens_per_s = 148.4;
  for (int i = 0; i < 30; ++i) {
    status.lag1.emplace_back(1.0 - i / 40.0);
    status.lag2.emplace_back(1.0 - i / 30.0);
  }
  status.detected = "converged since turn 9, period 2";
  status.detected_short = "converged";
  status.hint = "Space: pause";
  return status;
}

TEST(Sparkline, MapsDistancesToBlocks) {
  EXPECT_EQ(sparkline(Values{0.0, 0.13, 0.5, 0.99, 1.0}, 20), "▁▂▄██");
}

TEST(Sparkline, ShowsMissingValuesAndClampsStrayOnes) {
  EXPECT_EQ(sparkline(Values{std::nullopt, -3.0, 7.0, std::nan("")}, 20), "·▁█·");
}

TEST(Sparkline, KeepsTheLastOnes) { EXPECT_EQ(sparkline(Values{0.0, 0.0, 1.0, 1.0}, 2), "██"); }

TEST(StatusLine, FitsEveryWidth) {
  for (std::size_t width = 1; width <= 240; ++width) {
    const std::string row = status_line(full_status(), width);
    EXPECT_LE(static_cast<std::size_t>(base::display_width(row)), width) << row;
    EXPECT_EQ(row.find('\n'), std::string::npos);
  }
}

TEST(StatusLine, AlwaysSaysTheTurn) {
  for (std::size_t width = 10; width <= 200; ++width) {
    EXPECT_NE(status_line(full_status(), width).find("turn 12/40"), std::string::npos) << width;
  }
}

TEST(StatusLine, WiderNeverSaysLess) {
  std::size_t before = 0;
  for (std::size_t width = 10; width <= 200; ++width) {
    const bool speed = status_line(full_status(), width).find("148 tok/s") != std::string::npos;
    const bool lag2 = status_line(full_status(), width).find("lag 2") != std::string::npos;
    const bool found = status_line(full_status(), width).find("converged") != std::string::npos;
    const std::size_t says = std::size_t{speed} + std::size_t{lag2} + std::size_t{found};
    EXPECT_GE(says, before) << width;
    before = says;
  }
  EXPECT_EQ(before, 3u);
}

TEST(StatusLine, EightyColumnsHaveBothSparklinesSpeedAndDetection) {
  const std::string row = status_line(full_status(), 79);
  for (const char* part : {"turn 12/40", "148 tok/s", "lag 1 ", "lag 2 ", "converged"}) {
    EXPECT_NE(row.find(part), std::string::npos) << row;
  }
}

TEST(StatusLine, EverythingWhereThereIsRoom) {
  EXPECT_EQ(status_line(full_status(), 200), "turn 12/40 │ 148 tok/s │ lag 1 " +
                                                 sparkline(full_status().lag1, 20) + " 0.28 │ lag 2 " +
                                                 sparkline(full_status().lag2, 20) +
                                                 " 0.03 │ converged since turn 9, period 2 │ Space: pause");
}

TEST(StatusLine, ANoteComesFirst) {
  TalkStatus status = full_status();
  status.note = "pausing when this turn ends";
  for (const std::size_t width : {40u, 79u, 200u}) {
    EXPECT_TRUE(status_line(status, width).starts_with("pausing when this turn ends")) << width;
  }
}

TEST(StatusLine, WithoutALimitOrMeasurements) {
  TalkStatus status;
  status.turn = 3;
  EXPECT_EQ(status_line(status, 80), "turn 3");
}

}  // namespace
}  // namespace duologue::cli
