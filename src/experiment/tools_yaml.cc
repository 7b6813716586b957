#include "experiment/tools_yaml.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml_json.h"

namespace duologue::experiment {

namespace {

using base::Json;
using base::Result;
using base::Status;
using base::Yaml;
using base::YamlKind;
using engine::Tool;
using engine::ToolEffect;

constexpr std::size_t kMaxWords = 16'384;  // bytes of a description, an answer, a schema

Result<std::string> words(const Yaml& node, std::string_view what) {
  TRY_ASSIGN(std::string text, node.text(what));
  if (text.size() > kMaxWords) return node.fail(fmt::format("{} has more than {} bytes", what, kMaxWords));
  while (text.ends_with('\n')) text.pop_back();  // of a YAML block
  return text;
}

// `parameters:` says for each its description, or `{description, type, optional}`.
Result<std::string> read_parameters(const Yaml& node) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
  TRY_ASSIGN(const auto members, node.members("parameters"));
  for (const base::YamlMember& member : members) {
    Json one = {{"type", "string"}};
    bool optional = false;
    if (member.value.kind() == YamlKind::kScalar) {
      TRY_ASSIGN(one["description"], words(member.value, "a parameter's description"));
    } else {
      TRY_ASSIGN(const auto keys, member.value.map("a parameter", {"description", "type", "optional"}));
      for (const base::YamlMember& key : keys) {
        if (key.key == "optional") {
          TRY_ASSIGN(optional, key.value.boolean("optional"));
        } else if (key.key == "type") {
          const std::vector<std::string> types{"string", "integer", "number", "boolean", "array", "object"};
          TRY_ASSIGN(const std::size_t word, key.value.word("type", types));
          one["type"] = types[word];
        } else {
          TRY_ASSIGN(one["description"], words(key.value, "a parameter's description"));
        }
      }
    }
    schema["properties"][member.key] = std::move(one);
    if (!optional) schema["required"].push_back(member.key);
  }
  std::string text = base::dump_json(schema);
  if (text.size() > kMaxWords) return node.fail(fmt::format("parameters take more than {} bytes", kMaxWords));
  return text;
}

// `calling: denied | ends | silence`, or `{denied: WORDS}`, `{result: WORDS}`.
Status read_calling(const Yaml& node, Tool& tool) {
  if (node.kind() == YamlKind::kMap) {
    TRY_ASSIGN(const auto members, node.map("calling", {"denied", "result"}));
    if (members.size() != 1) return node.fail("calling says one thing, e.g. {result: \"It is raining.\"}");
    tool.effect = members.front().key == "denied" ? ToolEffect::kDenied : ToolEffect::kResult;
    TRY_ASSIGN(tool.answer, words(members.front().value, members.front().key));
    if (tool.answer.empty())
      return members.front().value.fail("an empty answer is none: say `calling: silence`");
    return {};
  }
  TRY_ASSIGN(const std::size_t word, node.word("calling", {"denied", "ends", "silence", "{result: TEXT}"}));
  if (word > 2) return node.fail("calling must be denied, ends, silence or {result: TEXT}");
  tool.effect = word == 0 ? ToolEffect::kDenied : word == 1 ? ToolEffect::kEnds : ToolEffect::kSilence;
  if (word == 0) tool.answer = engine::kDeniedAnswer;
  return {};
}

Result<Tool> read_tool(const Yaml& node) {
  TRY(node.map("a tool", {"name", "description", "parameters", "cost", "calling"}));
  Tool tool;
  const Yaml* name = node.find("name");
  if (name == nullptr) return node.fail("a tool needs a name");
  TRY_ASSIGN(tool.declaration.name, name->text("name"));
  if (!is_tool_name(tool.declaration.name)) {
    return name->fail(fmt::format("the tool's name {} must be 1 to 64 letters, digits, _ and -",
                                  base::in_quotes(tool.declaration.name)));
  }
  const Yaml* description = node.find("description");
  if (description == nullptr) return node.fail("a tool needs a description: what the model is told of it");
  TRY_ASSIGN(tool.declaration.description, words(*description, "description"));
  tool.declaration.parameters = R"({"type":"object","properties":{},"required":[]})";
  if (const Yaml* parameters = node.find("parameters")) {
    TRY_ASSIGN(tool.declaration.parameters, read_parameters(*parameters));
  }
  if (const Yaml* cost = node.find("cost")) {
    TRY_ASSIGN(tool.cost, words(*cost, "cost"));
  }
  const Yaml* calling = node.find("calling");
  if (calling == nullptr) return node.fail("a tool needs calling: denied, ends, silence or {result: TEXT}");
  TRY(read_calling(*calling, tool));
  return tool;
}

}  // namespace

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Result<std::vector<Tool>> read_tools_file(const std::string& path) {
  TRY_ASSIGN(const Yaml root, Yaml::parse_file(path));
  if (root.kind() == YamlKind::kScalar) return root.fail("this file holds no tools");
  return read_tools(root, "");
}

Result<std::vector<Tool>> read_tools(const Yaml& node, const std::string& folder) {
  if (node.kind() == YamlKind::kScalar) {
    TRY_ASSIGN(const std::string file, node.text("tools"));
    auto read = read_tools_file((std::filesystem::path(folder) / file).lexically_normal().string());
    if (!read && read.error().kind != base::ErrorKind::kUsage) return node.fail(read.error().message);
    return read;
  }
  if (node.kind() == YamlKind::kMap) {
    TRY(node.map("the file of tools", {"tools"}));
    const Yaml* inner = node.find("tools");
    if (inner == nullptr || inner->kind() != YamlKind::kList) return node.fail("tools must be a list");
    return read_tools(*inner, folder);
  }
  TRY_ASSIGN(const auto items, node.list("tools"));
  if (items.size() > kMaxTools) return node.fail(fmt::format("more than {} tools", kMaxTools));
  std::vector<Tool> tools;
  std::set<std::string> names;
  for (const Yaml& item : items) {
    TRY_ASSIGN(Tool tool, read_tool(item));
    if (!names.insert(tool.declaration.name).second) {
      return item.find("name")->fail(fmt::format("two tools are called {}", tool.declaration.name));
    }
    tools.push_back(std::move(tool));
  }
  return tools;
}

}  // namespace duologue::experiment
