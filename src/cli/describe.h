// How findings and ends are put into words, the same wherever they are shown. Safe for a terminal. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/transcript.h"
#include "engine/end_reason.h"
#include "measure/findings.h"

namespace duologue::cli {

// "converged since turn 9, period 2, verbatim"
std::string describe(const measure::Detection& detection);

// The quote that it rests on, in its marks, cut to `max_columns`; empty where there is none.
std::string evidence(const measure::Detection& detection, std::size_t max_columns);

// "40 turns"; "you ended it"; an error's message. Where there is no end: "cut off".
std::string describe(const std::optional<engine::EndReason>& end);

// "$0.0123", "$0.0123 and 3 calls of unknown price"; empty where nothing is known of any cost.
std::string describe_cost(std::optional<double> usd, std::uint64_t unpriced_calls);

// "1 turn", "40 turns".
std::string count(std::uint64_t n, std::string_view one);

// Who wrote a turn that its speaker's model didn't: "a human", "the moderator NAME".
std::string describe(const chat::Author& author);

// "→ called look {"reason":"…"}, answered: …"
std::string describe(const chat::ToolCall& call);

// "now has the model smollm2 (hand-over)": what of whose settings; the participant's name isn't in it.
std::string describe(const chat::ConfigChange& change);

}  // namespace duologue::cli
