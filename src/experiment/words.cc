#include "experiment/words.h"

#include <array>
#include <charconv>
#include <utility>

namespace duologue::experiment {

namespace {

constexpr std::string_view kWindow = "window:";

constexpr std::array<std::pair<chat::ReasoningPolicy, std::string_view>, 3> kReasoning{{
    {chat::ReasoningPolicy::kStrip, "strip"},
    {chat::ReasoningPolicy::kOwn, "own"},
    {chat::ReasoningPolicy::kShare, "share"},
}};

}  // namespace

std::string memory_word(const chat::MemoryPolicy& memory) {
  switch (memory.kind) {
    case chat::MemoryKind::kFull:
      return "full";
    case chat::MemoryKind::kLast:
      return "last";
    case chat::MemoryKind::kWindow:
      break;
  }
  return std::string(kWindow) + std::to_string(memory.count);
}

std::optional<chat::MemoryPolicy> memory_from(std::string_view word) {
  if (word == "full") return chat::MemoryPolicy{chat::MemoryKind::kFull, 0};
  if (word == "last") return chat::MemoryPolicy{chat::MemoryKind::kLast, 0};
  if (!word.starts_with(kWindow)) return std::nullopt;
  word.remove_prefix(kWindow.size());
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size() || count == 0) return std::nullopt;
  return chat::MemoryPolicy{chat::MemoryKind::kWindow, count};
}

std::string_view reasoning_word(chat::ReasoningPolicy reasoning) {
  for (const auto& [value, word] : kReasoning) {
    if (value == reasoning) return word;
  }
  return "strip";
}

std::optional<chat::ReasoningPolicy> reasoning_from(std::string_view word) {
  for (const auto& [value, candidate] : kReasoning) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

}  // namespace duologue::experiment
