// How a spec's models are called where that can fail or costs: `retry`, `rate_limits` and `timeouts` of a
// spec file, and as the .duo file keeps them. Pure.
#pragma once

#include <optional>

#include "base/json.h"
#include "base/result.h"
#include "base/yaml.h"
#include "experiment/spec_keys.h"
#include "model/http/transport.h"
#include "model/rate_limiter.h"
#include "model/retrying_model.h"

namespace duologue::experiment {

const KeySet& retry_keys();
const KeySet& rate_limit_keys();
const KeySet& timeout_keys();

// kUsage with the place.
base::Result<model::RetryPolicy> read_retry(const base::Yaml& node);
base::Result<model::RateLimits> read_rate_limits(const base::Yaml& node);
base::Result<model::http::HttpTimeouts> read_timeouts(const base::Yaml& node);

base::Json retry_schema();
base::Json rate_limits_schema();
base::Json timeouts_schema();

base::Json to_json(const model::RetryPolicy& policy);
base::Json to_json(const model::RateLimits& limits);
base::Json to_json(const model::http::HttpTimeouts& timeouts);
// Empty where it isn't what to_json writes.
std::optional<model::RetryPolicy> retry_from_json(const base::Json& json);
std::optional<model::RateLimits> rate_limits_from_json(const base::Json& json);
std::optional<model::http::HttpTimeouts> timeouts_from_json(const base::Json& json);

}  // namespace duologue::experiment
