// The last lines of `talk` and `resume`: what happened, how to go on, one thing to try next. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/end_reason.h"
#include "experiment/spec.h"
#include "measure/findings.h"

namespace duologue::cli {

struct TalkSummary {
  std::string path;
  const experiment::ExperimentSpec* spec = nullptr;
  std::uint32_t turns = 0;
  std::optional<engine::EndReason> end;        // empty: it failed before its end could be recorded
  bool interrupted = false;                    // by a signal, or because nobody reads any more
  std::vector<measure::Detection> detections;  // in order
  std::optional<double> cost_usd;              // of its calls of known cost
  std::uint64_t unpriced_calls = 0;
  std::vector<std::string> other_models;  // names of models found here that don't talk in this one
};

std::vector<std::string> summary_lines(const TalkSummary& summary);

// The command that goes on with it: with `--turns +100` where it had come to an end of its own.
std::string resume_command(const std::string& path, bool came_to_its_end);

// A word as a shell takes it: quoted where it has to be.
std::string shell_word(const std::string& word);

}  // namespace duologue::cli
