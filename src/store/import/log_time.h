// Points in time and costs of a turn as logs write them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "chat/turn.h"

namespace duologue::store {

// "2026-01-02T03:04:05.678+01:00", with a space for the T, with or without fraction and zone (none: UTC), as
// milliseconds since 1970, UTC. 0: it is none of these, or not of the years 1970 to 9999.
std::int64_t time_ms_from(std::string_view text);

// The member as such a text, or as seconds or milliseconds since 1970 (from 10^11 on). 0: neither.
std::int64_t time_ms_at(const base::Json& object, std::string_view key);

// Tokens under these keys; empty where neither is a number of 32 bits.
std::optional<chat::Usage> usage_at(const base::Json& object, std::string_view prompt_key,
                                    std::string_view completion_key);
// How long the whole turn took, in milliseconds; empty where the key holds no number that can be that.
std::optional<chat::Timing> timing_at(const base::Json& object, std::string_view total_ms_key);

}  // namespace duologue::store
