// Tool calls from the fragments that providers stream: each has an index, and its id, name and arguments may
// come in any number of pieces, the calls' pieces mixed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/turn.h"

namespace duologue::model::http {

inline constexpr std::size_t kMaxToolCalls = 128;
inline constexpr std::size_t kMaxToolBytes = std::size_t{1} << 20;  // of one call's arguments

class ToolAssembler {
 public:
  // A piece of call `index`. A first id or name stands (servers repeat them whole); arguments are joined.
  // kBadInput past the limits.
  base::Status add(std::int64_t index, std::string_view id, std::string_view name,
                   std::string_view arguments);
  // A piece without an index: a new call after all that came so far, or more of the last one where it has
  // neither id nor name.
  base::Status add_whole(std::string_view id, std::string_view name, std::string_view arguments);

  bool empty() const { return calls_.empty(); }
  // In order of their indices. Those that never got a name are left out: nothing was called. A call without
  // an id gets "call_N", N its place from 1, since every API that is told of it later wants one; one without
  // arguments got "{}".
  std::vector<chat::ToolCall> take();

 private:
  std::map<std::int64_t, chat::ToolCall> calls_;
};

}  // namespace duologue::model::http
