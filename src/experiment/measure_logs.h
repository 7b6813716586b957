// Measures conversations that files hold, whatever tool wrote them: many at once, given back in the order in
// which they are read. For `measure`, `detect` and `sweep`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/findings.h"
#include "store/import/conversation_log.h"

namespace duologue::experiment {

struct MeasuredLog {
  store::LoggedConversation log;
  std::vector<measure::Findings> turns;  // of turn i + 1
};

struct MeasureOptions {
  bool all_series = false;  // also those that no verdict rests on
  std::uint32_t jobs = 1;   // conversations measured at once, 1 and up; one more thread reads
  std::stop_token stop;     // kCancelled
  // On the calling thread, after each file was read: how many of how many.
  std::function<void(std::size_t done, std::size_t all)> on_progress;
};

struct LogFile {
  std::string path;
  std::optional<std::uint32_t> only;  // of a file that holds several: its conversation of this number
};

// `take` is called with each conversation on the calling thread; an error of it ends the whole. An error of a
// file ends it too, after the conversations before it were passed on.
base::Status measure_logs(const std::vector<LogFile>& files, const MeasureOptions& options,
                          const std::function<base::Status(MeasuredLog&&)>& take);

// One conversation's turns through a new instrument.
MeasuredLog measure_log(store::LoggedConversation log, bool all_series);

}  // namespace duologue::experiment
