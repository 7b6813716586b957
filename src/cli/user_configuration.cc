#include "cli/user_configuration.h"

#include <string>
#include <vector>

namespace duologue::cli {
namespace {

// Before what was typed: later values of a flag go before earlier ones, and one participant's before all.
void put_first(const std::string& value, std::vector<std::string>& values) {
  values.insert(values.begin(), value);
}

}  // namespace

const base::Result<experiment::Configuration>& user_configuration() {
  static const auto configuration = experiment::read_configuration(experiment::configuration_file());
  return configuration;
}

base::Environment user_environment() {
  const auto& configuration = user_configuration();
  return configuration ? experiment::environment_over(*configuration) : base::environment;
}

std::map<std::string, model::RateLimits> user_key_rates() {
  std::map<std::string, model::RateLimits> rates;
  if (const auto& configuration = user_configuration()) {
    for (const experiment::ProviderSettings& provider : configuration->providers) {
      rates[experiment::key_variable(provider.name)] = {provider.requests_per_minute,
                                                        provider.tokens_per_minute};
    }
  }
  return rates;
}

void apply_defaults(const experiment::TalkDefaults& defaults, TalkFlags& flags) {
  if (flags.models.empty() && flags.model_a.empty() && flags.model_b.empty()) flags.models = defaults.models;
  const bool has_length = !flags.turns.empty() || !flags.rounds.empty();
  const bool has_prompt = !flags.system.empty() || !flags.persona.empty();
  for (const auto& [key, value] : defaults.flags) {
    if (key == "turns" && !has_length) flags.turns = value;
    if (key == "rounds" && !has_length) flags.rounds = value;
    if (key == "system" && !has_prompt) put_first(value, flags.system);
    if (key == "determinism" && flags.determinism.empty()) flags.determinism = value;
    if (key == "temperature") put_first(value, flags.temperature);
    if (key == "top_p") put_first(value, flags.top_p);
    if (key == "top_k") put_first(value, flags.top_k);
    if (key == "min_p") put_first(value, flags.min_p);
    if (key == "max_tokens") put_first(value, flags.max_tokens);
    if (key == "memory") put_first(value, flags.memory);
    if (key == "think") put_first(value, flags.think);
  }
}

}  // namespace duologue::cli
