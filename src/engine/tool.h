// A tool at the table: what a model is told of it, and what calling it does. Values.
#pragma once

#include <string>
#include <vector>

#include "chat/tool.h"

namespace duologue::engine {

// What calling a tool does. Nothing here runs anything: the tools are part of the experiment.
enum class ToolEffect {
  kDenied,   // the model is answered that the call was denied, and goes on
  kResult,   // the model is answered a text, and goes on
  kEnds,     // the turn and the conversation end
  kSilence,  // no answer; the turn ends and the conversation goes on
};

struct Tool {
  chat::ToolDeclaration declaration;  // its description without the cost
  std::string cost;                   // in words, told behind the description; empty: none is declared
  ToolEffect effect = ToolEffect::kDenied;
  std::string answer;  // of kResult the result, of kDenied the words of the denial

  bool operator==(const Tool&) const = default;
};

inline constexpr const char* kDeniedAnswer = "The call was denied.";

}  // namespace duologue::engine
