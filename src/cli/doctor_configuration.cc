#include <fmt/format.h>

#include "cli/doctor_checks.h"
#include "cli/user_configuration.h"
#include "experiment/try_provider.h"
#include "model/http/curl_transport.h"

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

std::vector<Check> check_providers(std::stop_token stop) {
  std::vector<Check> checks;
  const auto& configuration = user_configuration();
  if (!configuration) return checks;
  const auto transport = model::http::make_curl_transport();
  for (const experiment::ProviderSettings& provider : experiment::providers_in_use(*configuration)) {
    const auto told = experiment::try_provider(provider, user_environment(), transport, stop);
    const std::string name = "provider " + provider.name;
    checks.push_back(told ? Check{name, true, *told, ""} : Check{name, false, told.error().message, ""});
  }
  return checks;
}

}  // namespace duologue::cli
