// What `measure`, `detect` and `sweep` share: which conversations, how many at once, how far they are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "experiment/measure_logs.h"

namespace duologue::cli {

struct LogFlags {
  std::vector<std::string> files;
  std::uint32_t jobs = 0;  // 0: as many as there are processors
};

void add_log_flags(Command command, LogFlags& flags);

// Measures the conversations of the files, in order, with a progress row on standard error where that is a
// terminal and the results don't go there. Ctrl-C ends it: kCancelled.
base::Status measure_files(const LogFlags& flags, bool all_series, CommandContext& context,
                           const std::function<base::Status(experiment::MeasuredLog&&)>& take);

}  // namespace duologue::cli
