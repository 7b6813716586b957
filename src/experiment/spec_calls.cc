#include "experiment/spec_calls.h"

#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace duologue::experiment {

namespace {

using base::Json;
using base::Result;
using base::Yaml;
using std::chrono::milliseconds;

constexpr std::uint64_t kMaxAttempts = 1'000;
constexpr double kMaxSeconds = 30.0 * 24 * 3'600;
constexpr auto kMaxMs = static_cast<std::uint64_t>(kMaxSeconds * 1'000);
constexpr std::uint64_t kMaxRequests = 1'000'000;

Result<milliseconds> seconds(const Yaml& node, std::string_view what) {
  TRY_ASSIGN(const double value, node.number(what));
  if (value < 0 || value > kMaxSeconds) {
    return node.fail(fmt::format("{} must be from 0 to {:.0f}", what, kMaxSeconds));
  }
  return milliseconds(std::llround(value * 1'000));
}

Json seconds_schema(const char* description, milliseconds otherwise) {
  return {{"type", "number"},
          {"minimum", 0},
          {"maximum", kMaxSeconds},
          {"default", static_cast<double>(otherwise.count()) / 1'000},
          {"description", description}};
}

Json closed(Json properties) {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

std::uint64_t ms(milliseconds time) { return static_cast<std::uint64_t>(time.count()); }

// A whole number from `min` to `max` under this key of a map that is all there.
template <typename T>
bool take(const Json& json, const char* key, std::uint64_t min, std::uint64_t max, T& value) {
  const Json* found = base::member_at(json, key);
  if (found == nullptr || !found->is_number_unsigned()) return false;
  const auto read = found->get<std::uint64_t>();
  if (read < min || read > max) return false;
  value = T(read);
  return true;
}

}  // namespace

const KeySet& retry_keys() {
  static const KeySet keys{{"attempts", "first_wait_s", "longest_wait_s", "deadline_s"}, {}};
  return keys;
}

const KeySet& rate_limit_keys() {
  static const KeySet keys{{"requests_per_minute", "tokens_per_minute"}, {}};
  return keys;
}

const KeySet& timeout_keys() {
  static const KeySet keys{{"connect_s", "stall_s", "total_s"}, {}};
  return keys;
}

Result<model::RetryPolicy> read_retry(const Yaml& node) {
  model::RetryPolicy policy;
  TRY(node.map("retry", retry_keys().known));
  if (const Yaml* attempts = node.find("attempts")) {
    TRY_ASSIGN(const std::uint64_t count, attempts->integer("attempts", 1, kMaxAttempts));
    policy.attempts = static_cast<std::uint32_t>(count);
  }
  if (const Yaml* wait = node.find("first_wait_s")) {
    TRY_ASSIGN(policy.first_wait, seconds(*wait, "first_wait_s"));
  }
  if (const Yaml* wait = node.find("longest_wait_s")) {
    TRY_ASSIGN(policy.longest_wait, seconds(*wait, "longest_wait_s"));
  }
  if (const Yaml* deadline = node.find("deadline_s")) {
    TRY_ASSIGN(policy.deadline, seconds(*deadline, "deadline_s"));
  }
  return policy;
}

Result<model::RateLimits> read_rate_limits(const Yaml& node) {
  model::RateLimits limits;
  TRY(node.map("rate_limits", rate_limit_keys().known));
  if (const Yaml* requests = node.find("requests_per_minute")) {
    TRY_ASSIGN(const std::uint64_t count, requests->integer("requests_per_minute", 1, kMaxRequests));
    limits.requests_per_minute = static_cast<std::uint32_t>(count);
  }
  if (const Yaml* tokens = node.find("tokens_per_minute")) {
    TRY_ASSIGN(limits.tokens_per_minute, tokens->integer("tokens_per_minute", 1, UINT64_MAX));
  }
  return limits;
}

Result<model::http::HttpTimeouts> read_timeouts(const Yaml& node) {
  model::http::HttpTimeouts timeouts;
  TRY(node.map("timeouts", timeout_keys().known));
  const std::array<std::pair<const char*, milliseconds*>, 3> times{
      {{"connect_s", &timeouts.connect}, {"stall_s", &timeouts.stall}, {"total_s", &timeouts.total}}};
  for (const auto& [key, time] : times) {
    const Yaml* found = node.find(key);
    if (found == nullptr) continue;
    TRY_ASSIGN(*time, seconds(*found, key));
    if (time->count() == 0) return found->fail(fmt::format("{} must be more than 0", key));
  }
  return timeouts;
}

Json retry_schema() {
  const model::RetryPolicy usual;
  const Json attempts = {{"type", "integer"},
                         {"minimum", 1},
                         {"maximum", kMaxAttempts},
                         {"default", usual.attempts},
                         {"description", "at a turn, the first among them"}};
  return closed({{"attempts", attempts},
                 {"first_wait_s", seconds_schema("the most that the first wait takes", usual.first_wait)},
                 {"longest_wait_s", seconds_schema("of a single wait", usual.longest_wait)},
                 {"deadline_s", seconds_schema("of a turn: no attempt begins after it", usual.deadline)}});
}

Json rate_limits_schema() {
  const Json requests = {{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxRequests}};
  const Json tokens = {{"type", "integer"}, {"minimum", 1}, {"maximum", UINT64_MAX}};
  Json json = closed({{"requests_per_minute", requests}, {"tokens_per_minute", tokens}});
  json["description"] = "of each key, for all conversations together";
  return json;
}

Json timeouts_schema() {
  const model::http::HttpTimeouts usual;
  return closed({{"connect_s", seconds_schema("until the connection stands", usual.connect)},
                 {"stall_s", seconds_schema("without a byte, the time to the first among them", usual.stall)},
                 {"total_s", seconds_schema("of a whole call", usual.total)}});
}

Json to_json(const model::RetryPolicy& policy) {
  return {{"attempts", policy.attempts},
          {"first_wait_ms", ms(policy.first_wait)},
          {"longest_wait_ms", ms(policy.longest_wait)},
          {"deadline_ms", ms(policy.deadline)}};
}

Json to_json(const model::RateLimits& limits) {
  return {{"requests_per_minute", limits.requests_per_minute},
          {"tokens_per_minute", limits.tokens_per_minute}};
}

Json to_json(const model::http::HttpTimeouts& timeouts) {
  return {{"connect_ms", ms(timeouts.connect)},
          {"stall_ms", ms(timeouts.stall)},
          {"total_ms", ms(timeouts.total)}};
}

std::optional<model::RetryPolicy> retry_from_json(const Json& json) {
  model::RetryPolicy policy;
  const bool good = json.size() == 4 && take(json, "attempts", 1, kMaxAttempts, policy.attempts) &&
                    take(json, "first_wait_ms", 0, kMaxMs, policy.first_wait) &&
                    take(json, "longest_wait_ms", 0, kMaxMs, policy.longest_wait) &&
                    take(json, "deadline_ms", 0, kMaxMs, policy.deadline);
  return good ? std::optional(policy) : std::nullopt;
}

std::optional<model::RateLimits> rate_limits_from_json(const Json& json) {
  model::RateLimits limits;
  const bool good = json.size() == 2 &&
                    take(json, "requests_per_minute", 0, kMaxRequests, limits.requests_per_minute) &&
                    take(json, "tokens_per_minute", 0, UINT64_MAX, limits.tokens_per_minute);
  return good ? std::optional(limits) : std::nullopt;
}

std::optional<model::http::HttpTimeouts> timeouts_from_json(const Json& json) {
  model::http::HttpTimeouts timeouts;
  const bool good = json.size() == 3 && take(json, "connect_ms", 1, kMaxMs, timeouts.connect) &&
                    take(json, "stall_ms", 1, kMaxMs, timeouts.stall) &&
                    take(json, "total_ms", 1, kMaxMs, timeouts.total);
  return good ? std::optional(timeouts) : std::nullopt;
}

}  // namespace duologue::experiment
