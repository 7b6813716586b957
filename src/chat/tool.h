// A tool as a model is told of it. What calling it does is the engine's business, not the model's. A value.
#pragma once

#include <string>
#include <vector>

namespace duologue::chat {

struct ToolDeclaration {
  std::string name;  // [A-Za-z0-9_-]{1,64}: what every provider takes
  std::string description;
  std::string parameters;  // a JSON Schema of an object, as JSON text

  bool operator==(const ToolDeclaration&) const = default;
};

using Tools = std::vector<ToolDeclaration>;

}  // namespace duologue::chat
