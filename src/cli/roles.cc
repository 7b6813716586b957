#include "cli/roles.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/proportion.h"
#include "cli/terminal/safe_text.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using measure::RoleCompliance;

Json turn_json(const std::optional<std::uint32_t>& turn) { return turn ? Json(*turn) : Json(nullptr); }

std::string turn_text(const std::optional<std::uint32_t>& turn) {
  return turn ? fmt::format("{}", *turn) : "-";
}

const std::string& name_in(const experiment::MeasuredLog& measured, const RoleCompliance& result) {
  return measured.log.participants[result.declared.participant].name;
}

}  // namespace

base::Result<std::vector<NamedRole>> roles_from(std::span<const std::string> words) {
  std::vector<NamedRole> roles;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < measure::kRoles; ++i)
    known.emplace_back(measure::name_of(static_cast<measure::Role>(i)));
  for (const std::string& word : words) {
    const std::size_t equals = word.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::kUsage, fmt::format("--role '{}': give NAME=ROLE, with a ROLE of {}", word,
                                                 fmt::join(known, ", ")));
    }
    const std::string name = word.substr(equals + 1);
    const auto role = measure::role_from(name);
    if (!role) {
      return fail(ErrorKind::kUsage, fmt::format("--role '{}': no role is called '{}' ({}){}", word, name,
                                                 fmt::join(known, ", "), base::did_you_mean(name, known)));
    }
    roles.push_back({word.substr(0, equals), *role, false});
  }
  return roles;
}

std::vector<RoleCompliance> judge(std::vector<NamedRole>& roles, const experiment::MeasuredLog& measured) {
  const auto& participants = measured.log.participants;
  std::vector<measure::DeclaredRole> declared;
  for (NamedRole& one : roles) {
    const auto found = std::ranges::find(participants, one.participant, &store::LoggedParticipant::name);
    if (found == participants.end()) continue;
    one.seen = true;
    declared.push_back({static_cast<chat::ParticipantId>(found - participants.begin()), one.role});
  }
  return measure::role_compliance(declared, measured.log.turns, measured.turns);
}

Json roles_json(const std::vector<RoleCompliance>& results, const experiment::MeasuredLog& measured) {
  Json json = Json::array();
  for (const RoleCompliance& result : results) {
    Json one = Json::object();
    store::put_text(one, "participant", name_in(measured, result));
    one["role"] = measure::name_of(result.declared.role);
    one["kept"] = proportion_json(result.kept);
    one["inverted"] = proportion_json(result.inverted);
    one["first_broken"] = turn_json(result.first_broken);
    one["first_inverted"] = turn_json(result.first_inverted);
    json.push_back(std::move(one));
  }
  return json;
}

std::vector<std::string> role_head() {
  return {"conversation", "participant", "role", "kept", "first broken", "does the other's", "first"};
}

std::vector<std::vector<std::string>> role_rows(const std::vector<RoleCompliance>& results,
                                                const experiment::MeasuredLog& measured) {
  std::vector<std::vector<std::string>> rows;
  for (const RoleCompliance& result : results) {
    rows.push_back({safe_line(measured.log.id, 40), safe_line(name_in(measured, result), 20),
                    std::string(measure::name_of(result.declared.role)), proportion_text(result.kept),
                    turn_text(result.first_broken), proportion_text(result.inverted),
                    turn_text(result.first_inverted)});
  }
  return rows;
}

base::Status check_seen(const std::vector<NamedRole>& roles) {
  for (const NamedRole& one : roles) {
    if (!one.seen) {
      return fail(ErrorKind::kUsage,
                  fmt::format("--role: nobody in these conversations is called '{}'", one.participant));
    }
  }
  return {};
}

}  // namespace duologue::cli
