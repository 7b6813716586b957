#include "measure/roles.h"

#include <algorithm>
#include <array>

namespace duologue::measure {
namespace {

constexpr std::array<std::string_view, kRoles> kNames{"writes_code", "never_writes_code", "asks",
                                                      "never_asks", "in_character"};

bool is_above_zero(const Findings& turn, std::string_view series) {
  return value_of(turn, series).value_or(0) > 0;
}

// Counts a participant's turns against one role.
class Count {
 public:
  Count(const DeclaredRole& declared, std::vector<Role> of_others)
      : declared_(declared), of_others_(std::move(of_others)) {}

  void add(std::uint32_t number, const Findings& turn) {
    const std::optional<bool> kept = keeps(declared_.role, turn);
    if (!kept) return;
    ++turns_;
    if (*kept) {
      ++kept_;
      return;
    }
    if (!first_broken_) first_broken_ = number;
    if (!std::ranges::any_of(of_others_, [&](Role role) { return keeps(role, turn).value_or(false); }))
      return;
    ++inverted_;
    if (!first_inverted_) first_inverted_ = number;
  }

  RoleCompliance result() const {
    // Neither can be more than the turns.
    return {declared_, Proportion::of(kept_, turns_).value(),
            Proportion::of(inverted_, of_others_.empty() ? 0 : turns_).value(), first_broken_,
            first_inverted_};
  }

 private:
  DeclaredRole declared_;
  std::vector<Role> of_others_;
  std::uint64_t turns_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t inverted_ = 0;
  std::optional<std::uint32_t> first_broken_;
  std::optional<std::uint32_t> first_inverted_;
};

std::vector<Role> roles_of_others(std::span<const DeclaredRole> declared, chat::ParticipantId participant) {
  std::vector<Role> roles;
  for (const DeclaredRole& one : declared) {
    const bool own = std::ranges::any_of(declared, [&](const DeclaredRole& other) {
      return other.participant == participant && other.role == one.role;
    });
    if (one.participant != participant && !own) roles.push_back(one.role);
  }
  return roles;
}

}  // namespace

std::string_view name_of(Role role) { return kNames[static_cast<std::size_t>(role)]; }

std::optional<Role> role_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Role>(found - kNames.begin());
}

std::optional<bool> keeps(Role role, const Findings& turn) {
  if (!is_above_zero(turn, "tokens")) return std::nullopt;
  switch (role) {
    case Role::kWritesCode:
      return is_above_zero(turn, "code");
    case Role::kNeverWritesCode:
      return !is_above_zero(turn, "code");
    case Role::kAsks:
      return is_above_zero(turn, "questions");
    case Role::kNeverAsks:
      return !is_above_zero(turn, "questions");
    case Role::kInCharacter:
      return !is_above_zero(turn, "m_as_an_ai");
  }
  return std::nullopt;
}

std::vector<RoleCompliance> role_compliance(std::span<const DeclaredRole> declared,
                                            std::span<const chat::Turn> turns,
                                            std::span<const Findings> findings) {
  std::vector<RoleCompliance> results;
  for (const DeclaredRole& one : declared) {
    Count count(one, roles_of_others(declared, one.participant));
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (turns[i].speaker == one.participant && turns[i].author.kind == chat::AuthorKind::kModel)
        count.add(static_cast<std::uint32_t>(i + 1), findings[i]);
    }
    results.push_back(count.result());
  }
  return results;
}

}  // namespace duologue::measure
