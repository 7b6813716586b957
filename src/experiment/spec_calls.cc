#include "experiment/spec_calls.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace duologue::experiment {

namespace {

using base::Json;
using base::Result;
using base::Yaml;
using std::chrono::milliseconds;

constexpr std::uint64_t kMaxAttempts = 1'000;
constexpr double kMaxSeconds = 30.0 * 24 * 3'600;
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

Json to_json(const model::RetryPolicy& policy) {
  const auto ms = [](milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
  return {{"attempts", policy.attempts},
          {"first_wait_ms", ms(policy.first_wait)},
          {"longest_wait_ms", ms(policy.longest_wait)},
          {"deadline_ms", ms(policy.deadline)}};
}

Json to_json(const model::RateLimits& limits) {
  return {{"requests_per_minute", limits.requests_per_minute},
          {"tokens_per_minute", limits.tokens_per_minute}};
}

std::optional<model::RetryPolicy> retry_from_json(const Json& json) {
  constexpr auto kMaxMs = static_cast<std::uint64_t>(kMaxSeconds * 1'000);
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

}  // namespace duologue::experiment
