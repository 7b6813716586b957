// How long a provider asks to wait. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "model/http/transport.h"

namespace duologue::model::http {

// From `retry-after-ms`, or `retry-after` in seconds or as a date (against `now_ms`, Unix time; one that has
// passed is 0). At most a day. Empty: the answer doesn't say, or not in words that can be read.
std::optional<std::chrono::milliseconds> retry_after(const HttpAnswer& answer, std::int64_t now_ms);

}  // namespace duologue::model::http
