// A GGUF into memory, and a context to decode in. Any thread; loading takes seconds and says how far it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "model/llama/llama_options.h"
#include "model/llama/vocab.h"

struct llama_context;
struct ggml_threadpool;

namespace duologue::model::llama {

struct FreeModel {
  void operator()(llama_model* model) const;
};
struct FreeContext {
  void operator()(llama_context* context) const;
};
struct FreeThreadpool {
  void operator()(ggml_threadpool* pool) const;
};
using ModelHandle = std::unique_ptr<llama_model, FreeModel>;
using ContextHandle = std::unique_ptr<llama_context, FreeContext>;
using ThreadpoolHandle = std::unique_ptr<ggml_threadpool, FreeThreadpool>;

using OnProgress = std::function<void(double done)>;  // 0 to 1, on the thread that loads

// How a file's weights are laid out in memory.
struct LoadOptions {
  std::string path;
  std::int32_t gpu_layers = 0;  // 0: no GPU takes part; -1: all
  bool repack = false;          // for other kernels, which multiply differently from a few sequences on
};

// Any model that llama.cpp knows. kNotFound, kUsage, kModel (not a GGUF, truncated, an architecture that
// llama.cpp doesn't know), kCancelled. One line each, with the path.
base::Result<ModelHandle> load_weights(const LoadOptions& options, const OnProgress& on_progress,
                                       std::stop_token stop);

// One that writes text token by token; kModel where it doesn't.
base::Result<ModelHandle> load_model(const LlamaOptions& options, const OnProgress& on_progress,
                                     std::stop_token stop);

// What the options become on this machine and for this model.
struct ContextPlan {
  std::uint32_t context_tokens = 0;  // of one sequence
  std::uint32_t sequences = 0;
  std::uint32_t threads = 0;
  std::uint32_t joint_tokens = 0;  // of one decode call
  bool can_roll_back = true;       // false: recurrent; a sequence can only be continued or read anew
  bool has_window = false;         // sliding windows: a saved state leaves out what has slid out of them
  bool joins_sequences = true;     // one decode call may hold tokens of several sequences
};

// kModel: not even one sequence fits into memory, or the context asked for is too small to talk in.
base::Result<ContextPlan> plan_context(const llama_model* model, const LlamaOptions& options);

// Decodes on the pool's threads from then on; the pool must outlive it.
base::Result<ContextHandle> make_context(llama_model* model, const LlamaOptions& options,
                                         const ContextPlan& plan, ggml_threadpool* pool);
base::Result<ThreadpoolHandle> make_threadpool(std::uint32_t threads);

}  // namespace duologue::model::llama
