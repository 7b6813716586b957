#include "chat/view.h"

#include <algorithm>
#include <utility>

#include "chat/reasoning_text.h"

namespace duologue::chat {

namespace {

const Text& placeholder_text() {
  static const Text text = std::make_shared<const std::string>(kEmptyTurnPlaceholder);
  return text;
}

// A pointer to a part of the entry that keeps the entry alive: no copy of the text.
Text part_of(const EntryPtr& entry, const std::string& part) { return {entry, &part}; }

std::string label_of(const Seat& seat, ParticipantId speaker) {
  return speaker < seat.speaker_names.size() ? seat.speaker_names[speaker] + ": " : std::string();
}

Message message_of_turn(const Seat& seat, const EntryPtr& entry, const Turn& turn) {
  Message message;
  message.source = entry;
  message.own = turn.speaker == seat.participant;
  message.role = message.own != seat.plays_user ? Role::kAssistant : Role::kUser;
  if (message.own) {
    message.content = part_of(entry, turn.text);
    if (seat.reasoning != ReasoningPolicy::kStrip && !turn.reasoning.empty()) {
      message.reasoning = part_of(entry, turn.reasoning);
    }
    return message;
  }
  message.placeholder = is_blank(turn.text);
  const std::string label = label_of(seat, turn.speaker);
  const bool shares = seat.reasoning == ReasoningPolicy::kShare && !turn.reasoning.empty();
  if (label.empty() && !shares) {
    message.content = message.placeholder ? placeholder_text() : part_of(entry, turn.text);
    return message;
  }
  std::string text = label;
  if (shares) text += with_reasoning(turn.reasoning, "");
  text += message.placeholder ? std::string(kEmptyTurnPlaceholder) : turn.text;
  message.content = std::make_shared<const std::string>(std::move(text));
  return message;
}

base::Hash hash_after(const base::Hash& before, const Message& message) {
  base::Hasher hasher;
  hasher.field(before).number(static_cast<std::uint64_t>(message.role)).field(*message.content);
  hasher.number(message.reasoning != nullptr);
  if (message.reasoning) hasher.field(*message.reasoning);
  const std::span<const ToolCall> calls = calls_of(message);
  if (!calls.empty()) hasher.number(calls.size());
  for (const ToolCall& call : calls) {
    hasher.field(call.id).field(call.name).field(call.arguments).field(call.result).number(call.at);
  }
  return hasher.finish();
}

}  // namespace

std::span<const ToolCall> calls_of(const Message& message) {
  const Turn* turn = message.own && message.source ? message.source->as_turn() : nullptr;
  return turn == nullptr ? std::span<const ToolCall>() : std::span<const ToolCall>(turn->tool_calls);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
  }
  return "unknown";
}

ViewBuilder::ViewBuilder(Seat seat) : initial_(std::move(seat)) { reset(); }

void ViewBuilder::reset() {
  seat_ = initial_;
  taken_ = 0;
  forgotten_ = 0;
  summary_.reset();
  start_over();
}

void ViewBuilder::start_over() {
  messages_.clear();
  places_.clear();
  hash_ = {};
  if (!seat_.system_prompt.empty()) {
    Message system;
    system.role = Role::kSystem;
    system.content = std::make_shared<const std::string>(seat_.system_prompt);
    push(std::move(system), {});
  }
  if (summary_) {
    Message message;
    message.role = seat_.plays_user ? Role::kAssistant : Role::kUser;
    message.content =
        std::make_shared<const std::string>(std::string(kSummaryHead) + *summary_->as_change()->summary);
    message.source = summary_;
    push(std::move(message), {});
  }
}

// Those at the front that no memory policy takes away.
std::size_t ViewBuilder::fixed_messages() const {
  return (seat_.system_prompt.empty() ? 0U : 1U) + (summary_ ? 1U : 0U);
}

View ViewBuilder::update(const Transcript& transcript) {
  const auto entries = transcript.entries();
  bool changed = false;
  for (std::size_t i = taken_; i < entries.size(); ++i) {
    const ConfigChange* change = entries[i]->as_change();
    if (change != nullptr && change->participant == seat_.participant)
      changed = take_change(entries[i]) || changed;
  }
  if (changed) {  // another memory or system prompt: what was dropped may be wanted again
    start_over();
    taken_ = 0;
  }
  for (; taken_ < entries.size(); ++taken_) take(entries[taken_]);
  apply_memory(transcript.turn_count());
  return {messages_, hash_, seat_.participant};
}

bool ViewBuilder::take_change(const EntryPtr& entry) {
  const ConfigChange& change = *entry->as_change();
  if (change.forget_through_turn) forgotten_ = std::max(forgotten_, *change.forget_through_turn);
  if (change.memory) seat_.memory = *change.memory;
  if (change.system_prompt) seat_.system_prompt = *change.system_prompt;
  if (change.summary) summary_ = entry;
  return change.memory.has_value() || change.system_prompt.has_value() || change.summary.has_value();
}

void ViewBuilder::take(const EntryPtr& entry) {
  if (const Turn* turn = entry->as_turn()) {
    push(message_of_turn(seat_, entry, *turn), {entry->turn, true, turn->speaker == seat_.participant});
  } else if (const Injection* injection = entry->as_injection()) {
    if (injection->to && *injection->to != seat_.participant) return;
    Message message;
    message.role = seat_.plays_user ? Role::kAssistant : Role::kUser;
    message.content = part_of(entry, injection->text);
    message.source = entry;
    if (injection->as == Placement::kReplacing) drop_last_heard();
    push(std::move(message), {entry->turn, false, false});
  }
}

// What a replacing injection takes the place of: the last message, if somebody else said it.
void ViewBuilder::drop_last_heard() {
  if (messages_.size() <= fixed_messages() || messages_.back().own) return;
  messages_.pop_back();
  places_.pop_back();
  rehash();
}

void ViewBuilder::push(Message message, Place place) {
  hash_ = hash_after(hash_, message);
  messages_.push_back(std::move(message));
  places_.push_back(place);
}

void ViewBuilder::rehash() {
  hash_ = {};
  for (const Message& message : messages_) hash_ = hash_after(hash_, message);
}

void ViewBuilder::apply_memory(std::uint32_t turn_count) {
  std::uint32_t cut = forgotten_;
  const std::uint32_t n = seat_.memory.count;
  if (seat_.memory.kind == MemoryKind::kWindow && n > 0 && turn_count >= 2 * n) {
    cut = std::max(cut, (turn_count / n - 1) * n);
  }
  const std::size_t first = fixed_messages();
  std::size_t kept_from = first;
  while (kept_from < places_.size()) {
    const Place& place = places_[kept_from];
    if (place.is_turn ? place.turn > cut : place.turn >= cut) break;
    ++kept_from;
  }
  if (seat_.memory.kind == MemoryKind::kLast) {
    // Everything up to the participant's own last turn goes, unless nothing would be left.
    for (std::size_t i = places_.size(); i > kept_from; --i) {
      if (places_[i - 1].own) {
        kept_from = std::min(i, places_.size() - 1);
        break;
      }
    }
  }
  if (kept_from == first) return;
  messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(first),
                  messages_.begin() + static_cast<std::ptrdiff_t>(kept_from));
  places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(first),
                places_.begin() + static_cast<std::ptrdiff_t>(kept_from));
  rehash();
}

OwnedView view_for(const Transcript& transcript, const Seat& seat) {
  ViewBuilder builder(seat);
  const View view = builder.update(transcript);
  return {{view.messages.begin(), view.messages.end()}, view.hash, view.participant};
}

OwnedView view_within_turn(const View& view, const Seat& seat, const EntryPtr& unfinished) {
  OwnedView longer{{view.messages.begin(), view.messages.end()}, view.hash, view.participant};
  longer.messages.push_back(message_of_turn(seat, unfinished, *unfinished->as_turn()));
  longer.hash = hash_after(view.hash, longer.messages.back());
  return longer;
}

OwnedView view_before_turn(const Transcript& transcript, const Seat& seat, std::uint32_t number) {
  return view_for(transcript.fork(transcript.position_of_turn(number)), seat);
}

}  // namespace duologue::chat
