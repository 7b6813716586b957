#include "engine/summary.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace duologue::engine {

namespace {

constexpr const char* kInstruction =
    "Below is the beginning of a conversation that you are in; your own words are marked \"You\". Summarise "
    "it "
    "for yourself, so that you can go on without it: who said what, what was decided, what is open. At most "
    "150 "
    "words, plain text, nothing else.\n";

bool goes(const chat::Message& message, std::uint32_t through_turn) {
  if (!message.source) return false;  // the system prompt, which stays
  if (message.source->as_turn() != nullptr) return message.source->turn <= through_turn;
  if (message.source->as_change() != nullptr) return true;  // the summary before this one
  return message.source->turn < through_turn;
}

}  // namespace

std::optional<std::uint32_t> turn_to_summarize_through(const chat::MemoryPolicy& memory, std::uint32_t turns,
                                                       std::uint32_t forgotten) {
  const std::uint64_t keep = memory.count;
  if (memory.kind != chat::MemoryKind::kSummary || keep == 0 || turns < forgotten + 2 * keep) return {};
  return static_cast<std::uint32_t>(turns - keep);
}

chat::OwnedView view_to_summarize(const chat::View& view, std::uint32_t through_turn) {
  std::string text = kInstruction;
  for (const chat::Message& message : view.messages) {
    if (!goes(message, through_turn)) continue;
    const bool is_summary = message.source->as_change() != nullptr;
    text += is_summary ? "\n" : message.own ? "\nYou: " : "\nTo you: ";
    text += *message.content;
    text += '\n';
  }
  chat::Message request;
  request.content = std::make_shared<const std::string>(std::move(text));
  chat::OwnedView asked;
  asked.participant = view.participant;
  asked.hash = base::Hasher().field(*request.content).finish();
  asked.messages.push_back(std::move(request));
  return asked;
}

chat::Sampling summary_sampling(const chat::Sampling& own) {
  chat::Sampling sampling = own;
  sampling.max_tokens = std::max(own.max_tokens, kMinSummaryTokens);
  sampling.stop.clear();
  sampling.ignore_end = false;
  return sampling;
}

}  // namespace duologue::engine
