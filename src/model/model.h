// The Model door: whatever can take a seat in a conversation. Implementations are safe to call from many
// threads at once, one call a conversation at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/rng.h"
#include "chat/sampling.h"
#include "chat/tool.h"
#include "chat/turn.h"
#include "chat/view.h"
#include "model/price.h"

namespace duologue::model {

// What holds of a run's texts (ARCHITECTURE.md, determinism).
//   exact   they depend on spec, seed, build, machine and thread count only
//   seeded  the same seeds are drawn, but neighbours in the batch or the way the KV cache came about may
//   matter none    the provider promises nothing
enum class Determinism { kExact, kSeeded, kNone };
std::string_view to_string(Determinism level);
std::optional<Determinism> determinism_from(std::string_view word);

struct ModelInfo {
  std::string name;                  // as the user gave it
  std::string resolved;              // what it became, e.g. gguf:/path/to/file.gguf
  std::string identity;              // what exactly ran: weights' hash, or the provider's version
  base::Hash tokenizer;              // zero where unknown
  std::uint32_t context_tokens = 0;  // of one conversation side; 0: unknown
  Determinism determinism = Determinism::kNone;
  bool token_stats = false;     // entropy and surprisal of own turns
  bool listener_stats = false;  // surprisal of others' turns
  bool tools = false;           // can be told of tools, and calls them in a form of their own
  bool prefill = false;         // goes on from GenerateConfig::prefill
  bool hosted = false;          // answers on somebody else's machine, and may cost money
  std::optional<Price> price;   // what is charged for it; empty: unknown, or nobody charges
  bool user_role = false;       // can answer as the user: GenerateConfig::plays_user
};

// One side of one conversation. Calls with the same key continue the same KV cache where there is one; a hint
// only.
struct ContextKey {
  std::uint64_t conversation = 0;  // unique within the process
  chat::ParticipantId participant = 0;

  bool operator==(const ContextKey&) const = default;
};

// An attempt at a turn that failed, and is made again: what on_delta was given of it is void.
struct FailedAttempt {
  std::uint32_t number = 1;  // of this turn, from 1
  base::Error error;
  std::chrono::milliseconds wait{0};  // until the next attempt
};
// Called on the thread that called generate, before it waits. Best effort.
using OnFailedAttempt = std::function<void(const FailedAttempt& attempt)>;

// Called on the thread that called generate where it first waits, for an answer or for its turn to ask: what
// takes a moment costs no time there. May be called again, or not at all by a model that waits for nothing.
using OnWaiting = std::function<void()>;

struct GenerateConfig {
  chat::Sampling sampling;
  // Of this turn, and of its part (base::stream_of_part); the counter is the token's position in the part.
  base::RngKey key;
  ContextKey context;
  std::uint32_t score_from_turn = 0;  // others' turns from this number on are scored in the prefill; 0: none
  bool raw_prompt = false;            // base models: the view's texts joined by newlines, no template
  // What the model may call; null: nothing. A model that can't be told of tools (ModelInfo::tools) gets none.
  std::shared_ptr<const chat::Tools> tools;
  OnFailedAttempt on_failed_attempt;  // may be empty, as on_waiting
  OnWaiting on_waiting;
  // The turn's first words, already decided: the model goes on from there, and they are part of its text.
  std::string prefill;
  // The answer is a `user` message: the view's own turns are, and what is to come.
  bool plays_user = false;
};

// Something about a call that is worth keeping and no part of what was said, e.g. "context_cut".
struct ModelEvent {
  std::string kind;
  std::string detail;
};

struct ModelOutput {
  chat::Turn turn;  // speaker and author are the caller's to set
  chat::Usage usage;
  chat::Timing timing;
  chat::TokenStats stats;
  std::vector<chat::ListenerStats> listener;  // listener is the view's participant
  base::Hash prompt_hash;                     // of the token ids sent; zero where the provider hides them
  std::string model_version;                  // where a provider names one
  std::optional<double> cost_usd;             // where a provider names it: before what the price says
  std::vector<ModelEvent> events;             // recorded with the turn
};

// The exact prompt, for `show --prompt`.
struct RenderedPrompt {
  std::string text;
  std::vector<std::int32_t> tokens;
  base::Hash hash;  // as ModelOutput::prompt_hash
};

// Called on the thread that called generate, with whole UTF-8 sequences. Best effort.
using OnDelta = std::function<void(std::string_view text)>;

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;

  // One turn. kContextOverflow: the view plus max_tokens doesn't fit; token_counts() then tells what would.
  // kCancelled within one decode step (local) or a millisecond (remote) of a stop request.
  virtual base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                             std::stop_token stop, const OnDelta& on_delta) = 0;

  // The surprisal of others' turns from config.score_from_turn on, without generating: for a conversation's
  // last turn.
  virtual base::Result<std::vector<chat::ListenerStats>> score(const chat::View& view,
                                                               const GenerateConfig& config,
                                                               std::stop_token stop);

  // Tokens that each of the view's messages takes in the prompt, template text included. Empty: unknown.
  virtual base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                                const GenerateConfig& config);

  // The prompt that generate would send. Empty: this model hides it.
  virtual base::Result<std::optional<RenderedPrompt>> render(const chat::View& view,
                                                             const GenerateConfig& config);

  // The conversation is over: its KV cache can go.
  virtual void release(const ContextKey& key);
};

}  // namespace duologue::model
