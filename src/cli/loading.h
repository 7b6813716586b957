// What is said and asked while models are found, fetched and loaded. Main thread, before the conversation.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/converse.h"
#include "cli/terminal/signals.h"
#include "experiment/model_pool.h"
#include "experiment/open_embedder.h"

namespace duologue::cli {

// Lines go where words_to() says, questions and progress to standard error, if that is a terminal. `yes`:
// nothing is asked. The options refer to `context` and `signals`. kUsage: the user's list of prices is wrong.
base::Result<experiment::PoolOptions> pool_options(CommandContext& context, const ShowOptions& show, bool yes,
                                                   Signals& signals);
// What `--record-wire DIR` and `--replay-wire DIR` ask for. kUsage for both at once; otherwise as
// model/http/wire_log.h.
struct WireFlags {
  std::string record;
  std::string replay;
};
void add_wire_flags(Command command, WireFlags& flags);
base::Status set_wire(const WireFlags& flags, experiment::PoolOptions& options);

// The same for an embedder: all of it on standard error.
experiment::EmbedderNeed embedder_need(CommandContext& context, Signals& signals);

}  // namespace duologue::cli
