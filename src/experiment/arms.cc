#include "experiment/arms.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"

namespace duologue::experiment {

namespace {

using base::Result;
using base::Yaml;
using base::YamlKind;
using base::YamlMember;

constexpr std::size_t kMaxArmNameBytes = 256;

struct Setting {
  std::string path;
  Yaml key;
  Yaml value;
};
struct Level {
  std::string name;
  std::vector<Setting> settings;
};
using Axis = std::vector<Level>;

base::Status check_path(const std::string& path, const Yaml& key) {
  const std::vector<std::string> vary{"participants", "sampling", "tools", "moderators", "stop", "order"};
  const std::string first = path.substr(0, path.find('.'));
  if (std::ranges::find(vary, first) != vary.end()) return {};
  return key.fail(fmt::format("arms can't differ in {}; they can in {}{}", base::in_quotes(first),
                              fmt::join(vary, ", "), base::did_you_mean(first, vary)));
}

Result<Axis> levels_of(const Yaml& node, const std::string& prefix, std::string_view what) {
  TRY_ASSIGN(const auto levels, node.members(what));
  Axis axis;
  for (const YamlMember& level : levels) {
    Level made{prefix + level.key, {}};
    if (level.value.kind() != YamlKind::kNull) {
      TRY_ASSIGN(const auto settings,
                 level.value.members(fmt::format("level {}", base::in_quotes(level.key))));
      for (const YamlMember& setting : settings) {
        TRY(check_path(setting.key, setting.at));
        made.settings.push_back({setting.key, setting.at, setting.value});
      }
    }
    axis.push_back(std::move(made));
  }
  if (axis.empty()) return node.fail(fmt::format("{} has no levels", what));
  return axis;
}

Result<Axis> values_of(const YamlMember& member) {
  TRY(check_path(member.key, member.at));
  TRY_ASSIGN(const auto values, member.value.list(member.key));
  if (values.empty()) return member.value.fail(fmt::format("{} has no values", member.key));
  const std::string last = member.key.substr(member.key.rfind('.') + 1);
  Axis axis;
  for (const Yaml& value : values) {
    const auto word = value.kind() == YamlKind::kScalar ? value.text("") : Result<std::string>(std::string());
    std::string shown =
        word && !word->empty() && word->size() <= 40 ? *word : fmt::format("#{}", axis.size() + 1);
    axis.push_back({fmt::format("{}={}", last, shown), {{member.key, member.at, value}}});
  }
  return axis;
}

Result<std::vector<Axis>> axes_of(const Yaml& root) {
  std::vector<Axis> axes;
  if (const Yaml* grid = root.find("grid")) {
    TRY_ASSIGN(const auto members, grid->members("grid"));
    for (const YamlMember& member : members) {
      const bool named = member.value.kind() == YamlKind::kMap;
      TRY_ASSIGN(Axis axis,
                 named ? levels_of(member.value, member.key + "=", member.key) : values_of(member));
      axes.push_back(std::move(axis));
    }
  }
  if (const Yaml* arms = root.find("arms")) {
    TRY_ASSIGN(Axis axis, levels_of(*arms, "", "arms"));
    axes.push_back(std::move(axis));
  }
  return axes;
}

}  // namespace

Result<std::vector<ArmTree>> arms_of(const Yaml& root) {
  TRY_ASSIGN(const std::vector<Axis> axes, axes_of(root));
  std::vector<ArmTree> arms{{"", root}};
  for (const Axis& axis : axes) {
    std::vector<ArmTree> longer;
    if (arms.size() * axis.size() > kMaxArms) {
      return root.fail(fmt::format("grid and arms make more than {} arms", kMaxArms));
    }
    for (const ArmTree& arm : arms) {
      for (const Level& level : axis) {
        ArmTree made{arm.name + (arm.name.empty() ? "" : ", ") + level.name, arm.root};
        if (made.name.size() > kMaxArmNameBytes) return root.fail("the arms' names get too long");
        for (const Setting& setting : level.settings) {
          TRY_ASSIGN(made.root, made.root.with(setting.path, setting.key, setting.value));
        }
        longer.push_back(std::move(made));
      }
    }
    arms = std::move(longer);
  }
  return arms;
}

}  // namespace duologue::experiment
