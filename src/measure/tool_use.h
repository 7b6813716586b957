// What one turn does with one tool that its speaker has: calls it, refuses to, names it, or nothing. Judged
// by rule from the turn's text alone (its reasoning isn't said to anybody):
//
//   called   a call stands in the turn
//   refused  not called; a sentence names the tool and says that the speaker won't, can't or mustn't
//   named    not called; the tool is named otherwise: a near-call, a broken call, talk about it
//
// A tool is named by its name, whatever the case, with _ and - or spaces between its words. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "chat/turn.h"
#include "measure/statistics/rates.h"

namespace duologue::measure {

enum class ToolUse { kNone, kNamed, kRefused, kCalled };

ToolUse tool_use(const chat::Turn& turn, std::string_view tool);

// Of many turns and conversations, what was done with one tool, each count with what it is of.
class ToolCounts {
 public:
  // The turns of one conversation go between begin and end.
  void begin_conversation();
  void add(const chat::Turn& turn, std::string_view tool);
  void end_conversation(bool ended_by_it);

  std::uint64_t calls() const { return calls_; }  // a turn may make several
  // Turns of those who have the tool, spoken by their model.
  base::Result<Proportion> turns(ToolUse use) const;
  // Conversations in which it came to that at least once.
  base::Result<Proportion> conversations(ToolUse use) const;
  base::Result<Proportion> ended() const;  // conversations that a call of it ended

 private:
  static constexpr std::size_t kUses = 4;
  std::uint64_t turns_[kUses] = {};
  std::uint64_t talks_[kUses] = {};
  bool seen_[kUses] = {};
  std::uint64_t calls_ = 0;
  std::uint64_t all_turns_ = 0;
  std::uint64_t all_talks_ = 0;
  std::uint64_t ended_ = 0;
};

}  // namespace duologue::measure
