// Whether a provider answers: one tiny call, and in words what is wrong where it doesn't. Blocking, at most
// some 30 s a request; any thread.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/result.h"
#include "experiment/configuration.h"
#include "model/http/transport.h"

namespace duologue::experiment {

// Those of the file, and the known ones that the environment names: by a key or an address.
std::vector<ProviderSettings> providers_in_use(const Configuration& configuration,
                                               const base::Environment& env = base::environment);

// Asks the settings' model, or the first one that the provider offers, for one token. What answered, in
// words: "NAME at URL answers". kUsage (no key, no such model), kModel (the key is refused), kUnavailable,
// kTimeout, …
base::Result<std::string> try_provider(const ProviderSettings& provider, const base::Environment& env,
                                       const std::shared_ptr<model::http::Transport>& transport,
                                       std::stop_token stop);

}  // namespace duologue::experiment
