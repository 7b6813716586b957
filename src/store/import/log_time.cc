#include "store/import/log_time.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace duologue::store {

namespace {

constexpr double kFirstMilliseconds = 1e11;  // as seconds this is the year 5138
constexpr double kLastMilliseconds = 253'402'300'799'999;

// The next number of exactly `digits` digits, taken off the text.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  const std::string_view number = text.substr(0, digits);
  int value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (!whole || number.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int take_milliseconds(std::string_view& text) {
  if (!take(text, ".,")) return 0;
  int value = 0;
  int scale = 100;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return value;
}

// Minutes east of Greenwich.
std::optional<int> take_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  const bool west = text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  take(text, ":");
  const auto minutes = text.empty() ? std::optional(0) : take_number(text, 2);
  if (!hours || !minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const int all = *hours * 60 + *minutes;
  return west ? -all : all;
}

}  // namespace

std::int64_t time_ms_from(std::string_view text) {
  namespace chrono = std::chrono;
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return 0;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return 0;
  const auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return 0;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return 0;
  const auto minute = take_number(text, 2);
  if (!minute) return 0;
  const auto second = take(text, ":") ? take_number(text, 2) : std::optional(0);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return 0;
  const int milliseconds = take_milliseconds(text);
  const auto zone = take_zone(text);
  const chrono::year_month_day date{chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!zone || !date.ok() || *year < 1970) return 0;
  const std::int64_t days = chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = (days * 24 + *hour) * 60 + *minute - *zone;
  const std::int64_t all = (minutes * 60 + *second) * 1'000 + milliseconds;
  return all > 0 ? all : 0;
}

std::int64_t time_ms_at(const base::Json& object, std::string_view key) {
  if (const auto text = base::string_at(object, key)) return time_ms_from(*text);
  const double number = base::number_at(object, key).value_or(0);
  const double ms = number < kFirstMilliseconds ? number * 1'000 : number;
  return ms >= 1 && ms <= kLastMilliseconds ? static_cast<std::int64_t>(std::floor(ms)) : 0;
}

std::optional<chat::Usage> usage_at(const base::Json& object, std::string_view prompt_key,
                                    std::string_view completion_key) {
  const auto count = [&object](std::string_view key) -> std::optional<std::uint32_t> {
    const auto number = base::unsigned_at(object, key);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  };
  const auto prompt = count(prompt_key);
  const auto completion = count(completion_key);
  if (!prompt && !completion) return std::nullopt;
  return chat::Usage{prompt.value_or(0), 0, completion.value_or(0)};
}

std::optional<chat::Timing> timing_at(const base::Json& object, std::string_view total_ms_key) {
  const auto total = base::number_at(object, total_ms_key);
  const bool is_time = total && *total >= 0 && *total <= kLastMilliseconds;
  return is_time ? std::optional(chat::Timing{0, *total}) : std::nullopt;
}

}  // namespace duologue::store
