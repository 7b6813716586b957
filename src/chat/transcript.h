// The chain: an append-only list of entries in which every entry's hash covers its parent's. A fork shares
// the entries before it. Values; entries are immutable and may be read from any thread, a Transcript belongs
// to one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "chat/sampling.h"
#include "chat/turn.h"

namespace duologue::chat {

// What an injected text does to what its receiver sees: a message of its own, or in place of the message
// before it.
enum class Placement { kAppended, kReplacing };

// A text that is nobody's turn: the opening, a person's remark, a whisper, a moderator's words.
struct Injection {
  std::optional<ParticipantId> to;  // empty: everybody
  Placement as = Placement::kAppended;
  std::string text;
  Author author{AuthorKind::kHarness, ""};
};

// How much of the conversation a participant sees. `count` is N of window:N and summary:N. Numbers that
// never change: hashes cover them.
enum class MemoryKind { kFull = 0, kLast = 1, kWindow = 2, kSummary = 3 };
struct MemoryPolicy {
  MemoryKind kind = MemoryKind::kFull;
  std::uint32_t count = 0;

  bool operator==(const MemoryPolicy&) const = default;
};

// Who gets a turn's reasoning back: nobody, its author, everybody.
enum class ReasoningPolicy { kStrip, kOwn, kShare };

// One participant's settings change from here on. What isn't set stays.
struct ConfigChange {
  ParticipantId participant = 0;
  std::optional<std::string> model;  // a hand-over: the new model's name
  std::optional<std::string> system_prompt;
  std::optional<Sampling> sampling;
  std::optional<MemoryPolicy> memory;
  // The view starts after this turn from now on: the context was full. Kept in the chain so that every later
  // view, resume and `show` cut at the same place.
  std::optional<std::uint32_t> forget_through_turn;
  // Set with forget_through_turn: what the view has in place of those turns, in the participant's model's
  // words.
  std::optional<std::string> summary;
  std::string cause;  // who or what asked for it, in words
  Author author{AuthorKind::kHarness, ""};
};

struct Entry {
  base::Hash parent;  // zero for the first
  base::Hash hash;
  std::uint32_t turn = 0;  // of a Turn: its number, from 1; of others: the number of turns before it
  std::variant<Turn, Injection, ConfigChange> what;

  const Turn* as_turn() const { return std::get_if<Turn>(&what); }
  const Injection* as_injection() const { return std::get_if<Injection>(&what); }
  const ConfigChange* as_change() const { return std::get_if<ConfigChange>(&what); }
};
using EntryPtr = std::shared_ptr<const Entry>;

class Transcript {
 public:
  const EntryPtr& append(Turn turn);
  const EntryPtr& append(Injection injection);
  const EntryPtr& append(ConfigChange change);
  // For loaders: the entry's hashes are computed again, and kBadInput if they differ from those given.
  base::Status append_stored(std::variant<Turn, Injection, ConfigChange> what, const base::Hash& stored_hash);

  std::span<const EntryPtr> entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  std::uint32_t turn_count() const { return static_cast<std::uint32_t>(turn_positions_.size()); }
  const EntryPtr& turn(std::uint32_t number) const;  // from 1; must exist
  base::Hash head() const;                           // zero when empty

  // The transcript before entry `size`: shares the entries, copies only pointers.
  Transcript fork(std::size_t size) const;
  // Position in entries() of turn `number`.
  std::size_t position_of_turn(std::uint32_t number) const;

 private:
  const EntryPtr& push(std::variant<Turn, Injection, ConfigChange> what);

  std::vector<EntryPtr> entries_;
  std::vector<std::uint32_t> turn_positions_;
};

// The hash of an entry: parent, kind, and the fields named at each type above.
base::Hash entry_hash(const base::Hash& parent, const std::variant<Turn, Injection, ConfigChange>& what);

}  // namespace duologue::chat
