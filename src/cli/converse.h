// Runs one conversation of a session where the user is: live on a terminal with its keys, as plain lines, or
// as JSON Lines; until it ends or a signal ends it. Then says what happened. Main thread.
#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/terminal/signals.h"
#include "experiment/session.h"

namespace duologue::cli {

struct ShowOptions {
  bool plain = false;
  bool json = false;
};

// The stream for everything that isn't a turn: standard output, which with --json holds nothing but turns.
Output& words_to(CommandContext& context, const ShowOptions& show);

base::Result<ExitCode> converse(experiment::Session& session, const experiment::Trial& trial,
                                const ShowOptions& show, Signals& signals, CommandContext& context);

}  // namespace duologue::cli
