#include "cli/doctor_checks.h"

namespace duologue::cli {

std::vector<Check> check_determinism() {
  return {
      {"determinism", std::nullopt, "this build runs no models in process, so there is nothing to test", ""}};
}

}  // namespace duologue::cli
