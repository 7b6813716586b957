#include "experiment/words.h"

#include <array>
#include <charconv>
#include <utility>

namespace duologue::experiment {

namespace {

constexpr std::array<std::pair<chat::MemoryKind, std::string_view>, 4> kMemory{{
    {chat::MemoryKind::kFull, "full"},
    {chat::MemoryKind::kLast, "last"},
    {chat::MemoryKind::kWindow, "window:"},
    {chat::MemoryKind::kSummary, "summary:"},
}};

constexpr std::array<std::pair<chat::ReasoningPolicy, std::string_view>, 3> kReasoning{{
    {chat::ReasoningPolicy::kStrip, "strip"},
    {chat::ReasoningPolicy::kOwn, "own"},
    {chat::ReasoningPolicy::kShare, "share"},
}};

}  // namespace

std::string memory_word(const chat::MemoryPolicy& memory) {
  for (const auto& [kind, word] : kMemory) {
    if (kind != memory.kind) continue;
    return word.ends_with(':') ? std::string(word) + std::to_string(memory.count) : std::string(word);
  }
  return "full";
}

std::optional<chat::MemoryPolicy> memory_from(std::string_view word) {
  for (const auto& [kind, start] : kMemory) {
    if (word == start && !start.ends_with(':')) return chat::MemoryPolicy{kind, 0};
    if (!start.ends_with(':') || !word.starts_with(start)) continue;
    const std::string_view digits = word.substr(start.size());
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc() || end != digits.data() + digits.size() || count == 0) return std::nullopt;
    return chat::MemoryPolicy{kind, count};
  }
  return std::nullopt;
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
