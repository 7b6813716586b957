// What duologue's exit status says (docs and scripts rely on it), and the one place that maps errors to it.
// Pure.
#pragma once

#include "base/result.h"

namespace duologue::cli {

enum class ExitCode : int {
  kDone = 0,
  kCheckFailed = 1,   // a check said no: a hash differs, doctor found something broken
  kUsage = 2,         // wrong usage or spec
  kModelFailed = 3,   // a provider or model failed
  kStoreFailed = 4,   // the store, or any other file, failed
  kBug = 70,          // a bug in duologue
  kInterrupted = 130  // by the user; resumable
};

ExitCode exit_code(base::ErrorKind kind);

}  // namespace duologue::cli
