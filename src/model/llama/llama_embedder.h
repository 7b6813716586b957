// Any embedding model in a GGUF, in process: BERT and its kin, decoder models with a pooling, T5 encoders.
// How tokens become one vector (mean, first, last) stands in the file. It has a llama context of its own, on
// threads of its own, on the processor even where a GPU could be used; any thread may call embed(), one batch
// at a time is computed.
//
// Several texts go through the model in one call, up to 512 tokens together. Neighbours may change the last
// bits of a vector (measured: cosine above 0.999999), not its meaning; equal batches give equal vectors.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "model/embedder.h"

namespace duologue::model {

struct LlamaEmbedderOptions {
  std::string path;           // the GGUF
  std::string name;           // as the user gave it; empty: the path
  std::string sha256;         // of the file in hex; empty: computed, which reads the whole file
  std::uint32_t threads = 0;  // 0: all usable cores
};

// kNotFound, kUsage, kModel (no GGUF, damaged, no embedding model, too large for memory), kCancelled.
// on_progress: 0 to 1, on this thread.
base::Result<std::unique_ptr<Embedder>> open_llama_embedder(
    const LlamaEmbedderOptions& options, const std::function<void(double done)>& on_progress,
    std::stop_token stop);

}  // namespace duologue::model
