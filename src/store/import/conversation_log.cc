#include "store/import/conversation_log.h"

namespace duologue::store {

std::string_view to_string(LogFormat format) {
  switch (format) {
    case LogFormat::kDuo:
      return "duo";
    case LogFormat::kDuologueJsonl:
      return "duologue-jsonl";
    case LogFormat::kTranscript:
      return "transcript";
    case LogFormat::kAttractorStates:
      return "attractor-states";
    case LogFormat::kStudy:
      return "study";
    case LogFormat::kPidgin:
      return "pidgin";
    case LogFormat::kBackrooms:
      return "backrooms";
    case LogFormat::kTwoAgents:
      return "two-agents";
    case LogFormat::kMessages:
      return "messages";
    case LogFormat::kShareGpt:
      return "sharegpt";
    case LogFormat::kInspect:
      return "inspect";
    case LogFormat::kPlainText:
      return "text";
  }
  return "unknown";
}

std::string_view speaker_name(const LoggedConversation& conversation, const chat::Turn& turn) {
  if (turn.speaker < conversation.participants.size()) return conversation.participants[turn.speaker].name;
  return "harness";
}

std::string_view opening(const LoggedConversation& conversation) {
  for (const LoggedEntry& entry : conversation.between) {
    if (entry.after_turn > 0) break;
    if (const auto* injection = std::get_if<chat::Injection>(&entry.what)) return injection->text;
  }
  return {};
}

}  // namespace duologue::store
