// This user's configuration file, read once and shared by the commands. Main thread.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "cli/talk_flags.h"
#include "experiment/configuration.h"
#include "model/rate_limiter.h"

namespace duologue::cli {

// kUsage, kIo: what is wrong with the file.
const base::Result<experiment::Configuration>& user_configuration();

// The environment, and under it what the file says of providers. Of the process alone where the file is bad.
base::Environment user_environment();

// What the file allows each key a minute, by the variable that holds it. Empty where the file is bad.
std::map<std::string, model::RateLimits> user_key_rates();

// Fills in what no flag says.
void apply_defaults(const experiment::TalkDefaults& defaults, TalkFlags& flags);

}  // namespace duologue::cli
