// One participant's tools while a conversation runs: what its model is told, and what its calls are answered.
// Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chat/tool.h"
#include "chat/turn.h"
#include "engine/tool.h"

namespace duologue::engine {

class ToolBox {
 public:
  explicit ToolBox(std::vector<Tool> tools);

  // Null where there are none.
  std::shared_ptr<const chat::Tools> declarations() const { return declarations_; }

  struct Answer {
    std::string text;        // empty: nothing is answered
    bool ends_talk = false;  // the conversation ends
    bool speaker_goes_on = true;
  };
  Answer answer(const chat::ToolCall& call) const;

 private:
  std::vector<Tool> tools_;
  std::shared_ptr<const chat::Tools> declarations_;
};

}  // namespace duologue::engine
