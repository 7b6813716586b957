#include "base/yaml_json.h"

#include <cmath>

namespace duologue::base {

namespace {

Json scalar(const Yaml& node) {
  if (const auto truth = node.boolean("")) return *truth;
  if (const auto whole = node.integer("", 0, UINT64_MAX)) return *whole;
  if (const auto number = node.number("")) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (*number == std::trunc(*number) && std::abs(*number) < kExact)
      return static_cast<std::int64_t>(*number);
    return *number;
  }
  const auto text = node.text("");
  return text ? Json(*text) : Json(nullptr);
}

}  // namespace

Json yaml_to_json(const Yaml& node) {
  switch (node.kind()) {
    case YamlKind::kNull:
      return nullptr;
    case YamlKind::kScalar:
      return scalar(node);
    case YamlKind::kList: {
      Json list = Json::array();
      if (const auto items = node.list("")) {
        for (const Yaml& item : *items) list.push_back(yaml_to_json(item));
      }
      return list;
    }
    case YamlKind::kMap:
      break;
  }
  Json map = Json::object();
  if (const auto members = node.members("")) {
    for (const YamlMember& member : *members) map[member.key] = yaml_to_json(member.value);
  }
  return map;
}

}  // namespace duologue::base
