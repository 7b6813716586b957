#include "store/import/log_time.h"

#include <gtest/gtest.h>

namespace duologue::store {
namespace {

// Against `date -u -d TEXT +%s`.
TEST(LogTime, ReadsWhatLogsWrite) {
  EXPECT_EQ(time_ms_from("2026-01-02T03:04:05Z"), 1'767'323'045'000);
  EXPECT_EQ(time_ms_from("2026-01-02T03:04:05"), 1'767'323'045'000);
  EXPECT_EQ(time_ms_from("2026-01-02 03:04:05.678901"), 1'767'323'045'678);
  EXPECT_EQ(time_ms_from("2026-01-02T03:04:05.6+01:30"), 1'767'317'645'600);
  EXPECT_EQ(time_ms_from("2026-01-02T03:04-0130"), 1'767'328'440'000);
  EXPECT_EQ(time_ms_from("1970-01-01T00:00:00.001Z"), 1);
}

TEST(LogTime, IsNothingWhereItIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-02",
                           "2026-01-02T25:00:00Z", "2026-01-02T03:04:05 UTC", "1969-12-31T23:59:59Z",
                           "2026-1-2T03:04:05", "-026-01-02T03:04:05", "2026-01-02T03:04:05+99:00"}) {
    EXPECT_EQ(time_ms_from(text), 0) << text;
  }
}

TEST(LogTime, NumbersAreSecondsOrMilliseconds) {
  const auto json = *base::parse_json(
      R"({"s": 1767323045, "f": 1767323045.25, "ms": 1767323045678, "huge": 1e300, "minus": -5, "t": true})");
  EXPECT_EQ(time_ms_at(json, "s"), 1'767'323'045'000);
  EXPECT_EQ(time_ms_at(json, "f"), 1'767'323'045'250);
  EXPECT_EQ(time_ms_at(json, "ms"), 1'767'323'045'678);
  for (const char* key : {"huge", "minus", "t", "none"}) EXPECT_EQ(time_ms_at(json, key), 0) << key;
}

}  // namespace
}  // namespace duologue::store
