// Runs what is pending of a session, many trials at once: what `run` does once its file is made, and `resume`
// for a file of many conversations. Main thread.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "cli/command.h"
#include "cli/converse.h"
#include "cli/terminal/signals.h"
#include "experiment/session.h"

namespace duologue::cli {

inline constexpr std::uint32_t kDefaultJobs = 4;

// Shows progress, then says what the whole file came to, or with --json prints it as one JSON object. Trials
// that paused or failed are the error; an interrupted run is kInterrupted.
base::Result<ExitCode> run_trials(experiment::Session& session, std::uint32_t jobs, const ShowOptions& show,
                                  Signals& signals, CommandContext& context);

}  // namespace duologue::cli
