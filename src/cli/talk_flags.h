// The flags of `duologue talk`, and the experiment that they ask for. Pure but for reading the files they
// name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/loading.h"
#include "experiment/spec.h"

namespace duologue::cli {

inline constexpr std::string_view kDefaultModel = "smollm2";

// As typed. What may be given for one participant alone is a list of VALUE or NAME=VALUE.
struct TalkFlags {
  std::vector<std::string> models;  // MODEL or NAME=MODEL
  std::string model_a;              // names of older scripts
  std::string model_b;
  std::string opening = "Hello there";
  std::string turns;  // N or "forever"; empty: 40
  std::string rounds;
  std::vector<std::string> system;
  std::vector<std::string> persona;
  std::vector<std::string> temperature;
  std::vector<std::string> top_p;
  std::vector<std::string> top_k;
  std::vector<std::string> min_p;
  std::vector<std::string> max_tokens;
  std::vector<std::string> memory;
  std::vector<std::string> think;
  std::vector<std::string> seed;
  bool raw = false;
  std::vector<std::string> stop_on;
  std::string budget_usd;  // empty: none
  std::vector<std::string> tools;
  std::vector<std::string> prefill;
  std::string order;        // empty: round_robin
  std::string schedule;     // a file; empty: none
  std::string determinism;  // empty: exact

  std::string output;
  bool plain = false;
  bool json = false;
  bool yes = false;
  WireFlags wire;

  // Known to duologue, but not to this version.
  std::string mode;
  std::string topic;
  std::string supervisor;
  std::string code_dir;
  bool claude_moderator = false;
};

void add_talk_flags(Command command, TalkFlags& flags);

// kUsage, in the flags' words. `random_seed` is the seed where none is given.
base::Result<experiment::ExperimentSpec> spec_from(const TalkFlags& flags, std::uint64_t random_seed);

// A: the first participant without a name of its own; then B, C, … Z, AA, AB, …
std::string default_name(std::size_t index);

}  // namespace duologue::cli
