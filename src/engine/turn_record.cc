#include "engine/turn_record.h"

namespace duologue::engine {

chat::Turn written_turn(chat::ParticipantId speaker, const chat::Author& author, const std::string& text) {
  chat::Turn turn;
  turn.speaker = speaker;
  turn.author = author;
  turn.text = text;
  turn.stop_reason = chat::StopReason::kWritten;
  return turn;
}

Call call_of(const model::ModelInfo& info, chat::ParticipantId id, const std::string& params,
             std::uint64_t seed, const base::Hash& view_hash, const model::ModelOutput& output) {
  Call call;
  call.participant = id;
  call.model = info.resolved;
  call.identity = output.model_version.empty() ? info.identity : output.model_version;
  call.params = params;
  call.seed = seed;
  call.view_hash = view_hash;
  call.prompt_hash = output.prompt_hash;
  call.usage = output.usage;
  call.timing = output.timing;
  call.stats = output.stats;
  call.cost_usd = output.cost_usd;
  if (!call.cost_usd && info.price) call.cost_usd = model::cost_of(output.usage, *info.price);
  return call;
}

std::uint32_t turn_to_forget_through(const chat::View& view, std::span<const std::uint32_t> token_counts,
                                     std::uint32_t context_tokens, std::uint32_t max_tokens) {
  const auto& messages = view.messages;
  if (token_counts.size() != messages.size() || context_tokens <= max_tokens) return 0;
  std::uint64_t room = context_tokens - max_tokens;
  std::size_t first = 0;
  if (!messages.empty() && messages.front().role == chat::Role::kSystem) {
    if (token_counts[0] >= room) return 0;
    room -= token_counts[0];
    first = 1;
  }
  if (messages.size() <= first + 1 || token_counts.back() > room) return 0;
  std::size_t kept_from = messages.size() - 1;
  std::uint64_t kept = token_counts.back();
  while (kept_from > first && kept + token_counts[kept_from - 1] <= room / 2)
    kept += token_counts[--kept_from];
  if (kept_from == first)
    ++kept_from;  // the counts promised that it fits, the model said that it doesn't: drop one
  // Cuts fall on turns: everything before message kept_from, injections between turns included.
  const chat::EntryPtr& entry = messages[kept_from].source;
  return entry->as_turn() != nullptr ? entry->turn - 1 : entry->turn;
}

}  // namespace duologue::engine
