#include "model/http/retry_after.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include <curl/curl.h>

namespace duologue::model::http {

namespace {

constexpr double kMostMs = 86'400'000;

std::optional<double> number(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

std::chrono::milliseconds milliseconds_of(double value) {
  return std::chrono::milliseconds(std::llround(std::ceil(std::clamp(value, 0.0, kMostMs))));
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const HttpAnswer& answer, std::int64_t now_ms) {
  if (const auto ms = number(answer.header("retry-after-ms"))) return milliseconds_of(*ms);
  const std::string_view value = answer.header("retry-after");
  if (const auto seconds = number(value)) return milliseconds_of(*seconds * 1000);
  if (value.empty()) return std::nullopt;
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return milliseconds_of(static_cast<double>(date) * 1000 - static_cast<double>(now_ms));
}

}  // namespace duologue::model::http
