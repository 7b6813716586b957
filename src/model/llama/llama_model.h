// Models that run in process, on llama.cpp: weights in a GGUF, a KV cache for each conversation side, all
// conversations decoded together by one thread. Safe to call from any thread; calls of one side wait for each
// other.
//
// Turn statistics are those of the turn's text: entropy is the mean over its tokens, surprisal their sum over
// its bytes. The end-of-turn token and reasoning, which is not part of the text, count for neither.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/mutex.h"
#include "model/llama/llama_options.h"
#include "model/llama/llama_stats.h"
#include "model/model.h"

namespace duologue::model {

class LlamaModel : public Model {
 public:
  ~LlamaModel() override;
  const ModelInfo& info() const override;
  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                     std::stop_token stop, const OnDelta& on_delta) override;
  base::Result<std::vector<chat::ListenerStats>> score(const chat::View& view, const GenerateConfig& config,
                                                       std::stop_token stop) override;
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig& config) override;
  base::Result<std::optional<RenderedPrompt>> render(const chat::View& view,
                                                     const GenerateConfig& config) override;
  void release(const ContextKey& key) override;

  LlamaStats stats() const;
  std::uint32_t sequences() const;  // sides whose KV is kept at once
  std::uint32_t threads() const;
  // Whether conversations are decoded together. Not at level exact with weights (F16, F32, BF16) where that
  // would change results: then they take turns, and many of them are no faster than one after the other.
  bool joins_conversations() const;

 private:
  friend base::Result<std::shared_ptr<LlamaModel>> open_llama(
      const LlamaOptions& options, const std::function<void(double done)>& on_progress, std::stop_token stop);
  struct State;
  explicit LlamaModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Loads and gets ready; seconds for large weights. `on_progress` is called on this thread with 0 to 1, and
// may be empty. kNotFound, kUsage, kModel (no GGUF, truncated, an unknown architecture, too large for
// memory), kCancelled.
base::Result<std::shared_ptr<LlamaModel>> open_llama(const LlamaOptions& options,
                                                     const std::function<void(double done)>& on_progress = {},
                                                     std::stop_token stop = {});

}  // namespace duologue::model
