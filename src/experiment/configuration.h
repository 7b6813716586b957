// The user's one configuration file, config.yaml: names for models, providers with their keys and rates, and
// what `talk` does unless it is told otherwise. Plain values; whoever needs one of them is given it.
//
// The environment goes before the file (environment_over), flags go before both. A file that holds a key must
// be its owner's alone. Errors are kUsage with FILE:LINE:COLUMN, of a file that can't be read kIo. Any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/result.h"

namespace duologue::experiment {

struct ProviderSettings {
  std::string name;      // openai, anthropic, ollama, or any other word: the host's, as in api.WORD.example
  std::string base_url;  // empty: the provider's own
  std::string api_key;   // empty: none
  std::string model;     // that `doctor` asks; empty: the first one that it offers
  std::uint32_t requests_per_minute = 0;  // 0: not limited
  std::uint64_t tokens_per_minute = 0;    // 0: not limited
};

// What `talk` takes where no flag says it, in the flags' words.
struct TalkDefaults {
  std::vector<std::string> models;
  std::map<std::string, std::string> flags;  // "max_tokens" -> "24": of --max-tokens
};

struct Configuration {
  std::string file;                            // where it was read from; empty: there is none
  std::map<std::string, std::string> aliases;  // name -> model
  std::vector<ProviderSettings> providers;     // in the file's order
  TalkDefaults talk;
};

// $XDG_CONFIG_HOME/duologue/config.yaml, ~/.config/duologue/config.yaml; empty without a HOME.
std::string configuration_file(const base::Environment& env = base::environment);

// No such file: nothing is configured.
base::Result<Configuration> read_configuration(const std::string& file);

// The environment, and under it the file's keys and URLs by the names of variables: NAME_API_KEY,
// NAME_BASE_URL (Ollama's OLLAMA_HOST).
base::Environment environment_over(const Configuration& configuration,
                                   const base::Environment& env = base::environment);

// The variable that stands for a provider's key: OPENAI_API_KEY.
std::string key_variable(const std::string& provider);

}  // namespace duologue::experiment
