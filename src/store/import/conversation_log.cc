#include "store/import/conversation_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "chat/nobody.h"

namespace duologue::store {

namespace {

constexpr std::array<std::pair<LogFormat, std::string_view>, kLogFormats> kWords{{
    {LogFormat::kDuo, "duo"},
    {LogFormat::kDuologueJsonl, "duologue-jsonl"},
    {LogFormat::kTranscript, "transcript"},
    {LogFormat::kAttractorStates, "attractor-states"},
    {LogFormat::kStudy, "study"},
    {LogFormat::kPidgin, "pidgin"},
    {LogFormat::kBackrooms, "backrooms"},
    {LogFormat::kTwoAgents, "two-agents"},
    {LogFormat::kMessages, "messages"},
    {LogFormat::kShareGpt, "sharegpt"},
    {LogFormat::kInspect, "inspect"},
    {LogFormat::kCsv, "csv"},
    {LogFormat::kMarkdown, "markdown"},
    {LogFormat::kPlainText, "text"},
}};

}  // namespace

std::string_view to_string(LogFormat format) {
  const auto* const at = std::ranges::find(kWords, format, &std::pair<LogFormat, std::string_view>::first);
  return at == kWords.end() ? "unknown" : at->second;
}

std::optional<LogFormat> log_format_from(std::string_view word) {
  const auto* const at = std::ranges::find(kWords, word, &std::pair<LogFormat, std::string_view>::second);
  if (at == kWords.end()) return std::nullopt;
  return at->first;
}

std::vector<std::string> log_format_words() {
  std::vector<std::string> words;
  for (const auto& [format, word] : kWords) words.emplace_back(word);
  return words;
}

std::string_view speaker_name(const LoggedConversation& conversation, const chat::Turn& turn) {
  if (turn.speaker < conversation.participants.size()) return conversation.participants[turn.speaker].name;
  return chat::kNobodysName;
}

std::string_view opening(const LoggedConversation& conversation) {
  for (const LoggedEntry& entry : conversation.between) {
    if (entry.after_turn > 0) break;
    if (const auto* injection = std::get_if<chat::Injection>(&entry.what)) return injection->text;
  }
  return {};
}

}  // namespace duologue::store
