// Measures conversations that files hold, whatever tool wrote them: many at once, given back in the order in
// which they are read. For `measure`, `detect` and `sweep`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/findings.h"
#include "model/embedder.h"
#include "store/import/conversation_log.h"

namespace duologue::experiment {

struct MeasuredLog {
  store::LoggedConversation log;
  std::vector<measure::Findings> turns;  // of turn i + 1
  // Distinct texts without a vector because the embedder gave NaN or an infinity: a fault of its weights.
  std::size_t not_finite = 0;
};

struct MeasureOptions {
  bool all_series = false;  // also those that no verdict rests on
  // For the series and verdicts that rest on meaning; null: they aren't there. What it computes for a
  // recording is kept in the file, where that can be written.
  std::shared_ptr<model::Embedder> embedder;
  bool sentences = false;  // embeds sentences too, for coh and d_coh: costs as much again
  std::uint32_t jobs = 1;  // conversations measured at once, 1 and up; one more thread reads
  std::stop_token stop;    // kCancelled
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

// One conversation's turns through a new instrument. Errors are the embedder's.
base::Result<MeasuredLog> measure_log(store::LoggedConversation log, const MeasureOptions& options);

}  // namespace duologue::experiment
