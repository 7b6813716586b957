// Reasoning as a part of a text: how it reaches a reader for whom there is no field of its own. Pure.
#pragma once

#include <string>
#include <string_view>

namespace duologue::chat {

// "<think>\n…\n</think>"
std::string reasoning_in_tags(std::string_view reasoning);

// The same before what was said.
std::string with_reasoning(std::string_view reasoning, std::string_view text);

}  // namespace duologue::chat
