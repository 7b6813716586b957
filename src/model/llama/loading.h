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

// kNotFound, kUsage, kModel (not a GGUF, truncated, an architecture that llama.cpp doesn't know or that
// writes no text), kCancelled. One line each, with the path.
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
