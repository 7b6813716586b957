// Declared roles on the command line, and how well they were kept: the part of `detect` that judges them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "experiment/measure_logs.h"
#include "measure/roles.h"

namespace duologue::cli {

struct NamedRole {
  std::string participant;  // as the logs name them
  measure::Role role = measure::Role::kAsks;
  bool seen = false;  // in a conversation so far
};

// Of words NAME=ROLE. kUsage: another shape, no such role, with the nearest one.
base::Result<std::vector<NamedRole>> roles_from(std::span<const std::string> words);

// Of those that take part in this conversation; notes that they were seen.
std::vector<measure::RoleCompliance> judge(std::vector<NamedRole>& roles,
                                           const experiment::MeasuredLog& measured);

base::Json roles_json(const std::vector<measure::RoleCompliance>& results,
                      const experiment::MeasuredLog& measured);

// Rows for a table, without its head.
std::vector<std::vector<std::string>> role_rows(const std::vector<measure::RoleCompliance>& results,
                                                const experiment::MeasuredLog& measured);
std::vector<std::string> role_head();

// kUsage where somebody was in none of the conversations.
base::Status check_seen(const std::vector<NamedRole>& roles);

}  // namespace duologue::cli
