// The words that specs and flags use for the settings of a participant: `memory`, `think`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/transcript.h"

namespace duologue::experiment {

// full | last | window:N | summary:N; N >= 1
std::string memory_word(const chat::MemoryPolicy& memory);
std::optional<chat::MemoryPolicy> memory_from(std::string_view word);

// strip | own | share
std::string_view reasoning_word(chat::ReasoningPolicy reasoning);
std::optional<chat::ReasoningPolicy> reasoning_from(std::string_view word);

}  // namespace duologue::experiment
