#include <fmt/format.h>

#include "cli/doctor_checks.h"
#include "cli/user_configuration.h"

namespace duologue::cli {

std::vector<Check> check_configuration() {
  const auto& configuration = user_configuration();
  if (!configuration) {
    return {{"configuration", false, configuration.error().message, "mend that place, or remove the file"}};
  }
  if (configuration->file.empty()) {
    return {{"configuration", std::nullopt,
             fmt::format("no {}; none is needed", experiment::configuration_file()), ""}};
  }
  return {{"configuration", true,
           fmt::format("{}: {} aliases, {} providers", configuration->file, configuration->aliases.size(),
                       configuration->providers.size()),
           ""}};
}

}  // namespace duologue::cli
