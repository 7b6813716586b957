#include "cli/exit_code.h"

namespace duologue::cli {

ExitCode exit_code(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kUsage:
    case base::ErrorKind::kNotFound:
    case base::ErrorKind::kBadInput:
      return ExitCode::kUsage;
    case base::ErrorKind::kContextOverflow:
    case base::ErrorKind::kModel:
    case base::ErrorKind::kUnavailable:
    case base::ErrorKind::kRateLimited:
    case base::ErrorKind::kTimeout:
      return ExitCode::kModelFailed;
    case base::ErrorKind::kCancelled:
      return ExitCode::kInterrupted;
    case base::ErrorKind::kStore:
    case base::ErrorKind::kIo:
      return ExitCode::kStoreFailed;
    case base::ErrorKind::kInternal:
      return ExitCode::kBug;
  }
  return ExitCode::kBug;
}

}  // namespace duologue::cli
