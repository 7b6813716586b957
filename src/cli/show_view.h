// What a participant sees, and what a turn was made from, checked against the record. Main thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/target.h"
#include "store/reader.h"

namespace duologue::cli {

// `show --as NAME`: the messages of the next turn that NAME would speak. kUsage with the nearest name.
base::Result<ExitCode> show_as(store::Reader& reader, const store::TrialSummary& trial,
                               const std::string& name, const TurnRange& range, bool json,
                               CommandContext& context);

// `show --prompt TURN`: builds the view that the turn was made from again, and the prompt by its model, and
// compares both with the hashes that were stored with the call. kCheckFailed where one differs. Without the
// model: the view only, and says so.
base::Result<ExitCode> show_prompt(store::Reader& reader, const store::TrialSummary& trial,
                                   std::uint32_t turn, bool json, CommandContext& context);

}  // namespace duologue::cli
