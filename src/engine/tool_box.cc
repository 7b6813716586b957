#include "engine/tool_box.h"

#include <algorithm>
#include <utility>

namespace duologue::engine {

namespace {

chat::ToolDeclaration told(const Tool& tool) {
  chat::ToolDeclaration declaration = tool.declaration;
  if (tool.cost.empty()) return declaration;
  if (!declaration.description.empty()) declaration.description += ' ';
  declaration.description += "Cost: " + tool.cost;
  if (!declaration.description.ends_with('.')) declaration.description += '.';
  return declaration;
}

}  // namespace

ToolBox::ToolBox(std::vector<Tool> tools) : tools_(std::move(tools)) {
  if (tools_.empty()) return;
  chat::Tools declarations;
  for (const Tool& tool : tools_) declarations.push_back(told(tool));
  declarations_ = std::make_shared<const chat::Tools>(std::move(declarations));
}

ToolBox::Answer ToolBox::answer(const chat::ToolCall& call) const {
  const auto tool =
      std::ranges::find_if(tools_, [&call](const Tool& one) { return one.declaration.name == call.name; });
  if (tool == tools_.end()) return {"There is no tool called " + call.name + ".", false, true};
  switch (tool->effect) {
    case ToolEffect::kDenied:
    case ToolEffect::kResult:
      return {tool->answer, false, true};
    case ToolEffect::kEnds:
      return {"", true, false};
    case ToolEffect::kSilence:
      break;
  }
  return {"", false, false};
}

}  // namespace duologue::engine
