// One call's work for the thread that decodes. The caller fills the first part in, submits, and waits; the
// decoder fills the rest in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "chat/turn.h"
#include "model/llama/prompt.h"
#include "model/llama/sampler.h"
#include "model/llama/sequences.h"
#include "model/model.h"
#include "model/turn_text.h"

namespace duologue::model::llama {

// Sampled tokens with what the raw distribution said of each.
struct Sampled {
  std::vector<Token> ids;
  std::vector<float> entropy_nats;    // beside ids
  std::vector<float> surprisal_nats;  // beside ids
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): grouped by who may touch what
struct Request {
  Request(Prompt the_prompt, TurnText::Options text_options)
      : prompt(std::move(the_prompt)), text(std::move(text_options)) {}

  // The caller's, until it is submitted; constant from then on.
  Prompt prompt;
  ContextKey key;
  std::uint32_t max_tokens = 0;      // 0: nothing is sampled, the prompt is only scored
  std::unique_ptr<Sampler> sampler;  // null where max_tokens is 0
  Token turn_opener = -1;
  bool wants_deltas = false;

  // The decoder's, until done; the caller's after that.
  Sequence* sequence = nullptr;
  bool started = false;        // `sequence` holds what it can keep of the prompt
  std::size_t read = 0;        // prompt tokens in the KV cache
  std::size_t read_until = 0;  // how much of the prompt is to be read
  std::uint32_t reused = 0;    // of these, found there
  Token pending = -1;          // sampled, not yet decoded
  Sampled sampled;
  chat::StopReason stop_reason = chat::StopReason::kLength;
  std::vector<double> scored_nats;  // beside prompt.scored: surprisal so far
  std::chrono::steady_clock::time_point first_token_at;
  std::chrono::steady_clock::time_point told_at;  // of the last delta

  // Both sides'.
  std::atomic<bool> cancelled{false};
  base::Mutex mutex;
  base::CondVar changed;
  TurnText text GUARDED_BY(mutex);
  bool done GUARDED_BY(mutex) = false;
  std::optional<base::Error> error GUARDED_BY(mutex);
};

using RequestPtr = std::shared_ptr<Request>;

}  // namespace duologue::model::llama
