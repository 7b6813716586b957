#include "chat/reasoning_text.h"

namespace duologue::chat {

std::string reasoning_in_tags(std::string_view reasoning) {
  return "<think>\n" + std::string(reasoning) + "\n</think>";
}

std::string with_reasoning(std::string_view reasoning, std::string_view text) {
  return reasoning_in_tags(reasoning) + "\n\n" + std::string(text);
}

}  // namespace duologue::chat
