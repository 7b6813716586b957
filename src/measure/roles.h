// Whether participants keep the roles that were declared for them, and whether one does another's. Judged
// turn by turn from the series, so that a reader can check every turn. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/turn.h"
#include "measure/findings.h"
#include "measure/statistics/rates.h"

namespace duologue::measure {

enum class Role : std::uint8_t {
  kWritesCode,       // a fenced block of code in every turn
  kNeverWritesCode,  // in none
  kAsks,             // a question mark in every turn
  kNeverAsks,        // in none
  kInCharacter,      // never speaks "as an AI" (marker group as_an_ai)
};
inline constexpr std::size_t kRoles = 5;
std::string_view name_of(Role role);  // writes_code, never_writes_code, asks, never_asks, in_character
std::optional<Role> role_from(std::string_view name);

// Whether the turn keeps the role. Null for a turn without tokens: it neither keeps nor breaks one.
std::optional<bool> keeps(Role role, const Findings& turn);

struct DeclaredRole {
  chat::ParticipantId participant = 0;
  Role role = Role::kAsks;
};

struct RoleCompliance {
  DeclaredRole declared;
  Proportion kept;  // of the participant's measured turns that have tokens
  // Of the same turns: those that break this role and keep one that was declared for somebody else, and not
  // for this participant. Empty where no role of another kind was.
  Proportion inverted;
  std::optional<std::uint32_t> first_broken;  // turn, from 1
  std::optional<std::uint32_t> first_inverted;
};

// One result a declaration, in their order. `findings` beside `turns`.
std::vector<RoleCompliance> role_compliance(std::span<const DeclaredRole> declared,
                                            std::span<const chat::Turn> turns,
                                            std::span<const Findings> findings);

}  // namespace duologue::measure
