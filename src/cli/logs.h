// What `measure`, `detect` and `sweep` share: which conversations, how many at once, how far they are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "experiment/measure_logs.h"

namespace duologue::cli {

struct LogFlags {
  std::vector<std::string> files;
  std::uint32_t jobs = 0;  // 0: as many as there are processors
  std::string embedder;    // empty: none
};

void add_log_flags(Command command, LogFlags& flags);

// kUsage where one of the series that were asked for needs an embedder and none is given.
base::Status check_embedder(std::string_view command, std::span<const std::string_view> series,
                            const LogFlags& flags);

// The embedder that --embedder names; null without the flag. Weights that aren't here are an error that says
// how to get them.
base::Result<std::shared_ptr<model::Embedder>> embedder_of(const LogFlags& flags, CommandContext& context);

// Measures the conversations of the files, in order, with a progress row on standard error where that is a
// terminal and the results don't go there. Of the options `jobs`, `stop` and `on_progress` are set here.
// Ctrl-C ends it: kCancelled.
base::Status measure_files(const LogFlags& flags, experiment::MeasureOptions options, CommandContext& context,
                           const std::function<base::Status(experiment::MeasuredLog&&)>& take);

}  // namespace duologue::cli
