#include "chat/sampling.h"

#include "base/json.h"

namespace duologue::chat {

namespace {

// The one list of the values with their names: writing and reading both go through it.
template <typename SamplingRef, typename Visit>
void for_each_value(SamplingRef& s, Visit&& visit) {
  visit("temperature", s.temperature);
  visit("top_p", s.top_p);
  visit("top_k", s.top_k);
  visit("min_p", s.min_p);
  visit("typical_p", s.typical_p);
  visit("top_n_sigma", s.top_n_sigma);
  visit("repeat_penalty", s.repeat_penalty);
  visit("frequency_penalty", s.frequency_penalty);
  visit("presence_penalty", s.presence_penalty);
  visit("penalty_last_n", s.penalty_last_n);
  visit("dry_multiplier", s.dry_multiplier);
  visit("dry_base", s.dry_base);
  visit("dry_allowed_length", s.dry_allowed_length);
  visit("xtc_probability", s.xtc_probability);
  visit("xtc_threshold", s.xtc_threshold);
  visit("mirostat", s.mirostat);
  visit("mirostat_tau", s.mirostat_tau);
  visit("mirostat_eta", s.mirostat_eta);
  visit("max_tokens", s.max_tokens);
  visit("ignore_end", s.ignore_end);
  visit("stop", s.stop);
}

template <typename T>
bool fits(const base::Json& value) {
  if constexpr (std::is_same_v<T, bool>) return value.is_boolean();
  if constexpr (std::is_same_v<T, double>) return value.is_number();
  if constexpr (std::is_same_v<T, std::uint32_t>) {
    return value.is_number_unsigned() && value.template get<std::uint64_t>() <= UINT32_MAX;
  }
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    if (!value.is_array()) return false;
    for (const auto& item : value) {
      if (!item.is_string()) return false;
    }
    return true;
  }
}

}  // namespace

std::string to_json(const Sampling& sampling) {
  base::Json json = base::Json::object();
  for_each_value(sampling, [&json](const char* name, const auto& value) { json[name] = value; });
  return base::dump_json(json);
}

base::Result<Sampling> sampling_from_json(std::string_view text) { return sampling_with({}, text); }

base::Result<Sampling> sampling_with(const Sampling& from, std::string_view overrides) {
  TRY_ASSIGN(const base::Json json, base::parse_json(overrides));
  if (!json.is_object()) return base::fail(base::ErrorKind::kBadInput, "sampling: not a JSON object");
  Sampling sampling = from;
  std::string wrong;
  for_each_value(sampling, [&](const char* name, auto& value) {
    const auto found = json.find(name);
    if (found == json.end()) return;
    using T = std::remove_reference_t<decltype(value)>;
    if (fits<T>(*found)) {
      value = found->template get<T>();
    } else {
      wrong = name;
    }
  });
  if (wrong.empty()) wrong = check(sampling);
  if (!wrong.empty()) return base::fail(base::ErrorKind::kBadInput, "sampling: bad value: " + wrong);
  return sampling;
}

std::string check(const Sampling& s) {
  const auto outside = [](double value, double low, double high) {
    const bool inside = value >= low && value <= high;  // not so of NaN
    return !inside;
  };
  if (outside(s.temperature, 0, 100)) return "temperature must lie in [0, 100]";
  if (outside(s.top_p, 1e-9, 1)) return "top_p must lie in (0, 1]";
  if (outside(s.min_p, 0, 1)) return "min_p must lie in [0, 1]";
  if (outside(s.typical_p, 1e-9, 1)) return "typical_p must lie in (0, 1]";
  if (outside(s.top_n_sigma, -1e6, 1e6)) return "top_n_sigma must be a number";
  if (outside(s.repeat_penalty, 1e-3, 100)) return "repeat_penalty must lie in [0.001, 100]";
  if (outside(s.frequency_penalty, -100, 100)) return "frequency_penalty must lie in [-100, 100]";
  if (outside(s.presence_penalty, -100, 100)) return "presence_penalty must lie in [-100, 100]";
  if (outside(s.dry_multiplier, 0, 100)) return "dry_multiplier must lie in [0, 100]";
  if (outside(s.dry_base, 1, 100)) return "dry_base must lie in [1, 100]";
  if (outside(s.xtc_probability, 0, 1)) return "xtc_probability must lie in [0, 1]";
  if (outside(s.xtc_threshold, 0, 1)) return "xtc_threshold must lie in [0, 1]";
  if (s.mirostat > 2) return "mirostat must be 0, 1 or 2";
  if (outside(s.mirostat_tau, 0, 1000)) return "mirostat_tau must lie in [0, 1000]";
  if (outside(s.mirostat_eta, 0, 1000)) return "mirostat_eta must lie in [0, 1000]";
  if (s.max_tokens < 1 || s.max_tokens > 1'000'000) return "max_tokens must lie in 1..1000000";
  if (s.stop.size() > 16) return "at most 16 stop strings";
  for (const std::string& stop : s.stop) {
    if (stop.empty() || stop.size() > 256) return "a stop string has 1 to 256 bytes";
  }
  return "";
}

}  // namespace duologue::chat
