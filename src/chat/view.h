// What one participant sees of a conversation: the only way from a transcript to a model.
//
// Its own turns are `assistant`, everything else it may see is `user`, by speaker identity; every message
// exactly once; an injection only for those it is addressed to; the system prompt always first. The memory
// policy takes whole turns:
//   full      everything
//   last      what came since the participant's own last turn: the others' last turns, and injections
//   window:N  the last N to 2N-1 turns, cut at multiples of N, so that the view only appends for N turns at a
//   time
//   summary:N everything since the newest summary in the chain, and that summary in front of it
// One who plays the user sees the roles the other way round: its own turns are `user`, all else `assistant`.
// A view's hash is a rolling hash over its messages: a new turn costs what is new.
//
// view_for is pure. ViewBuilder gives the same views while a transcript grows, without starting over. One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "chat/transcript.h"

namespace duologue::chat {

enum class Role { kSystem, kUser, kAssistant };
std::string_view to_string(Role role);

using Text = std::shared_ptr<const std::string>;

// What a model is sent. `source` is the entry that it came from: null for the system prompt. A model that can
// takes an own turn's token ids from there.
struct Message {
  Role role = Role::kUser;
  Text content;
  Text reasoning;  // null unless the policy shows it
  EntryPtr source;
  bool placeholder = false;  // content stands for an empty turn
  bool own = false;          // the view's participant said it
};

// One participant's place at the table, as far as its view goes.
struct Seat {
  ParticipantId participant = 0;
  std::string system_prompt;  // empty: no system message
  MemoryPolicy memory;
  ReasoningPolicy reasoning = ReasoningPolicy::kStrip;
  // Set where more than two talk: others' turns then start with "NAME: ", since roles alone can't tell them
  // apart.
  std::vector<std::string> speaker_names;
  bool plays_user = false;
};

// What the others see where a turn has no words, since providers refuse empty content.
inline constexpr std::string_view kEmptyTurnPlaceholder = "(says nothing)";

// How a view begins what stands for forgotten turns; the summary follows.
inline constexpr std::string_view kSummaryHead = "(Summary of the conversation so far)\n";

// The tool calls of a participant's own turn, with their answers: what a model with tools is sent besides the
// message's content. Nobody sees another's.
std::span<const ToolCall> calls_of(const Message& message);

// No words at all: empty, or white space only.
bool is_blank(std::string_view text);

// Spans point into the builder that made the view: valid until its next update.
struct View {
  std::span<const Message> messages;
  base::Hash hash;
  ParticipantId participant = 0;
};

class ViewBuilder {
 public:
  explicit ViewBuilder(Seat seat);

  // The view of the whole transcript. It must be the one of the last call with entries appended; give another
  // one (after a fork) after reset(). ConfigChanges to the seat's memory and system prompt are followed.
  View update(const Transcript& transcript);
  void reset();
  const Seat& seat() const { return seat_; }

 private:
  // Where a message stands in the conversation, beside messages_.
  struct Place {
    std::uint32_t turn = 0;  // a turn's number; of an injection, the number of turns before it
    bool is_turn = false;
    bool own = false;
  };
  void start_over();
  void take(const EntryPtr& entry);
  bool take_change(const EntryPtr& entry);  // true: the messages must be gathered again
  void drop_last_heard();
  std::size_t fixed_messages() const;
  void push(Message message, Place place);
  void apply_memory(std::uint32_t turn_count);
  void rehash();

  Seat initial_;
  Seat seat_;  // with the transcript's changes
  std::size_t taken_ = 0;
  std::uint32_t forgotten_ = 0;  // turns up to this one are cut
  EntryPtr summary_;             // the change that holds what stands for them; null: nothing does
  std::vector<Message> messages_;
  std::vector<Place> places_;
  base::Hash hash_;
};

// A view that owns its messages.
struct OwnedView {
  std::vector<Message> messages;
  base::Hash hash;
  ParticipantId participant = 0;
  View view() const { return {messages, hash, participant}; }
};
OwnedView view_for(const Transcript& transcript, const Seat& seat);

// The view with a turn at its end that its participant hasn't finished: it called tools, and goes on now that
// they have answered.
OwnedView view_within_turn(const View& view, const Seat& seat, const EntryPtr& unfinished);

// The view that turn `number` was made from: of the transcript before it.
OwnedView view_before_turn(const Transcript& transcript, const Seat& seat, std::uint32_t number);

}  // namespace duologue::chat
