// How a GGUF is run in process. A value.
#pragma once

#include <cstdint>
#include <string>

#include "model/model.h"

namespace duologue::model {

struct LlamaOptions {
  std::string path;      // the GGUF
  std::string name;      // as the user gave it; empty: the path
  std::string identity;  // SHA-256 of the file in hex; empty: computed, which reads the whole file
  std::uint32_t context_tokens = 0;  // of one conversation side; 0: the model's own, at most 8192
  // Sides whose KV is kept at once, 1 to 256; fewer where memory is short. Sides beyond them take turns: the
  // one that was silent longest gives its KV up and is read anew when it speaks again.
  std::uint32_t max_sequences = 2;
  Determinism determinism = Determinism::kExact;  // exact or seeded; on a GPU always seeded
  std::uint32_t threads = 0;                      // 0: all usable cores
  std::int32_t gpu_layers = -1;                   // on the GPU, where gpus() has any; -1: all
  // Faster at no depth that was measured on CPUs, and not independent of neighbours there. On a GPU always.
  bool flash_attention = false;
  bool token_stats = true;     // entropy and surprisal of own turns
  bool listener_stats = true;  // surprisal of others' turns, where a call asks for it
  // What a template takes for now: 2026-01-01 12:00 UTC, a constant, so that the same spec gives the same
  // prompts.
  std::int64_t template_unix_time = 1'767'268'800;
};

}  // namespace duologue::model
