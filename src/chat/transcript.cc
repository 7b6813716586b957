#include "chat/transcript.h"

#include <algorithm>
#include <utility>

namespace duologue::chat {

namespace {

using base::Hasher;

// Kinds are part of the hash: their numbers never change.
enum class EntryKind : std::uint64_t { kTurn = 1, kInjection = 2, kConfigChange = 3 };

void add_author(Hasher& hasher, const Author& author) {
  hasher.field(to_string(author.kind)).field(author.name);
}

void add(Hasher& hasher, const Turn& turn) {
  hasher.number(static_cast<std::uint64_t>(EntryKind::kTurn)).number(turn.speaker);
  add_author(hasher, turn.author);
  hasher.field(turn.text).field(turn.reasoning).number(turn.tool_calls.size());
  for (const ToolCall& call : turn.tool_calls) {
    hasher.field(call.id).field(call.name).field(call.arguments).field(call.result);
  }
  hasher.field(to_string(turn.stop_reason));
  // Only where it isn't 0, so that what was recorded before there was such a thing keeps its hash. Nothing
  // else follows a stop reason.
  if (std::ranges::none_of(turn.tool_calls, [](const ToolCall& call) { return call.at > 0; })) return;
  for (const ToolCall& call : turn.tool_calls) hasher.number(call.at);
}

void add(Hasher& hasher, const Injection& injection) {
  hasher.number(static_cast<std::uint64_t>(EntryKind::kInjection));
  hasher.number(injection.to ? 1 + std::uint64_t{*injection.to} : 0);
  hasher.number(static_cast<std::uint64_t>(injection.as)).field(injection.text);
  add_author(hasher, injection.author);
}

void add(Hasher& hasher, const ConfigChange& change) {
  hasher.number(static_cast<std::uint64_t>(EntryKind::kConfigChange)).number(change.participant);
  const auto optional_field = [&hasher](const std::optional<std::string>& text) {
    hasher.number(text.has_value()).field(text.value_or(""));
  };
  optional_field(change.model);
  optional_field(change.system_prompt);
  optional_field(change.sampling ? std::optional(to_json(*change.sampling)) : std::nullopt);
  hasher.number(change.memory.has_value());
  if (change.memory)
    hasher.number(static_cast<std::uint64_t>(change.memory->kind)).number(change.memory->count);
  hasher.number(change.forget_through_turn ? 1 + std::uint64_t{*change.forget_through_turn} : 0);
  hasher.field(change.cause);
  add_author(hasher, change.author);
  if (change.summary) hasher.field(*change.summary);  // the last of all, as `at` is of a turn
}

}  // namespace

base::Hash entry_hash(const base::Hash& parent, const std::variant<Turn, Injection, ConfigChange>& what) {
  Hasher hasher;
  hasher.field(parent);
  std::visit([&hasher](const auto& value) { add(hasher, value); }, what);
  return hasher.finish();
}

const EntryPtr& Transcript::push(std::variant<Turn, Injection, ConfigChange> what) {
  auto entry = std::make_shared<Entry>();
  entry->parent = head();
  entry->hash = entry_hash(entry->parent, what);
  const bool is_turn = std::holds_alternative<Turn>(what);
  entry->what = std::move(what);
  if (is_turn) turn_positions_.push_back(static_cast<std::uint32_t>(entries_.size()));
  entry->turn = turn_count();
  entries_.push_back(std::move(entry));
  return entries_.back();
}

const EntryPtr& Transcript::append(Turn turn) { return push(std::move(turn)); }
const EntryPtr& Transcript::append(Injection injection) { return push(std::move(injection)); }
const EntryPtr& Transcript::append(ConfigChange change) { return push(std::move(change)); }

base::Status Transcript::append_stored(std::variant<Turn, Injection, ConfigChange> what,
                                       const base::Hash& stored_hash) {
  const base::Hash hash = entry_hash(head(), what);
  if (hash != stored_hash) {
    return base::fail(base::ErrorKind::kBadInput, "entry " + std::to_string(entries_.size()) + " has hash " +
                                                      stored_hash.short_hex() + " but its content gives " +
                                                      hash.short_hex() +
                                                      ": it was changed after it was recorded");
  }
  push(std::move(what));
  return {};
}

const EntryPtr& Transcript::turn(std::uint32_t number) const {
  return entries_[turn_positions_.at(number - 1)];
}

base::Hash Transcript::head() const { return entries_.empty() ? base::Hash{} : entries_.back()->hash; }

Transcript Transcript::fork(std::size_t size) const {
  Transcript copy;
  copy.entries_.assign(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(size));
  for (std::uint32_t position : turn_positions_) {
    if (position >= size) break;
    copy.turn_positions_.push_back(position);
  }
  return copy;
}

std::size_t Transcript::position_of_turn(std::uint32_t number) const {
  return turn_positions_.at(number - 1);
}

}  // namespace duologue::chat
