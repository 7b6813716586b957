// How a participant samples. Every value is sent explicitly to every provider, since their own defaults
// differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::chat {

// llama.cpp's samplers, in its order: penalties, DRY, top-n-sigma, top-k, typical, top-p, min-p, XTC,
// temperature. The comments give each value's range and the value that turns it off.
struct Sampling {
  double temperature = 0.7;        // >= 0; 0 takes the most likely token
  double top_p = 0.95;             // (0, 1]; 1 off
  std::uint32_t top_k = 0;         // 0 off
  double min_p = 0.0;              // [0, 1); 0 off
  double typical_p = 1.0;          // (0, 1]; 1 off
  double top_n_sigma = -1.0;       // <= 0 off
  double repeat_penalty = 1.0;     // 1 off
  double frequency_penalty = 0.0;  // 0 off
  double presence_penalty = 0.0;   // 0 off
  std::uint32_t penalty_last_n = 64;
  double dry_multiplier = 0.0;  // 0 off
  double dry_base = 1.75;
  std::uint32_t dry_allowed_length = 2;
  double xtc_probability = 0.0;  // 0 off
  double xtc_threshold = 0.1;
  std::uint32_t mirostat = 0;  // 0 off, 1, 2
  double mirostat_tau = 5.0;
  double mirostat_eta = 0.1;
  std::uint32_t max_tokens = 256;  // of one turn, >= 1
  bool ignore_end = false;         // never sample an end-of-turn token: for benches
  std::vector<std::string> stop;   // strings that end a turn; not part of its text

  bool operator==(const Sampling&) const = default;
};

// One JSON object with every value, keys in a fixed order: what is stored with a call.
std::string to_json(const Sampling& sampling);

// kBadInput for wrong types or values out of range; absent keys keep their defaults.
base::Result<Sampling> sampling_from_json(std::string_view text);

// `from` with those values in place of its own that the JSON object has. kBadInput, as above.
base::Result<Sampling> sampling_with(const Sampling& from, std::string_view overrides);

// "" or what is wrong with the first value out of its range.
std::string check(const Sampling& sampling);

}  // namespace duologue::chat
