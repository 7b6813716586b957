// What an experiment would be: its size, its models, what it costs at most. Runs nothing. Main thread.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "experiment/spec.h"

namespace duologue::cli {

// "convergence: 20 trials (10 openings × 2 repeats), 50 turns each", safe for a terminal.
std::string size_line(const experiment::ExperimentSpec& spec);

// Of all arms together. Names that are no models are the error, as they would be of a run.
base::Result<ExitCode> dry_run(const experiment::ExperimentSpec& spec, bool as_json, CommandContext& context);

}  // namespace duologue::cli
