#include "model/llama/llama_model.h"

#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>
#include <llama.h>

#include "base/utf8.h"
#include "model/llama/chat_template.h"
#include "model/llama/decoder.h"
#include "model/llama/gpu.h"
#include "model/llama/loading.h"
#include "model/llama/prompt.h"
#include "model/llama/request.h"
#include "model/llama/vocab.h"

namespace duologue::model {

using base::ErrorKind;
using llama::Prompt;
using llama::Request;
using llama::RequestPtr;
using Clock = std::chrono::steady_clock;

namespace {

constexpr double kBitsPerNat = std::numbers::log2e;

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

// Of a request that is done.
TurnText take_text(Request& request) {
  const base::MutexLock lock(request.mutex);
  return std::move(request.text);
}

struct KeyOrder {
  bool operator()(const ContextKey& a, const ContextKey& b) const {
    return std::pair(a.conversation, a.participant) < std::pair(b.conversation, b.participant);
  }
};

}  // namespace

struct LlamaModel::State {
  State(ModelInfo the_info, LlamaOptions the_options, llama::ModelHandle the_weights,
        std::unique_ptr<llama::ChatTemplate> the_chat)
      : info(std::move(the_info)),
        options(std::move(the_options)),
        weights(std::move(the_weights)),
        vocab(weights.get()),
        chat(std::move(the_chat)),
        prompts(vocab, chat.get()) {}

  base::Result<Prompt> prompt_of(const chat::View& view, const GenerateConfig& config, bool want_text,
                                 bool want_scores) EXCLUDES(cache_mutex);
  base::Status check_room(const chat::View& view, const Prompt& prompt, std::uint32_t max_tokens) const;
  base::Status wait(Request& request, std::stop_token stop, const OnDelta& on_delta);
  ModelOutput output_of(Request& request, Clock::time_point start) const;
  std::vector<chat::ListenerStats> listener_of(const Request& request, chat::ParticipantId listener) const;

  ModelInfo info;
  LlamaOptions options;
  llama::ModelHandle weights;
  llama::Vocab vocab;
  std::unique_ptr<llama::ChatTemplate> chat;
  llama::PromptBuilder prompts;
  llama::ContextPlan plan;

  base::Mutex cache_mutex;
  std::map<ContextKey, std::unique_ptr<llama::PromptCache>, KeyOrder> caches GUARDED_BY(cache_mutex);

  std::unique_ptr<llama::Decoder> decoder;  // last: it uses the weights
};

// A side's cache is taken out while it is in use: two calls of one side would only miss it.
base::Result<Prompt> LlamaModel::State::prompt_of(const chat::View& view, const GenerateConfig& config,
                                                  bool want_text, bool want_scores) {
  std::unique_ptr<llama::PromptCache> cache;
  {
    const base::MutexLock lock(cache_mutex);
    cache = std::move(caches[config.context]);
  }
  if (!cache) cache = std::make_unique<llama::PromptCache>();
  const bool scores = want_scores && options.listener_stats;
  auto prompt = prompts.build(
      view,
      {config.raw_prompt, scores ? config.score_from_turn : 0, want_text, config.prefill, config.plays_user},
      *cache);
  const base::MutexLock lock(cache_mutex);
  caches[config.context] = std::move(cache);
  return prompt;
}

base::Status LlamaModel::State::check_room(const chat::View& view, const Prompt& prompt,
                                           std::uint32_t max_tokens) const {
  const std::uint64_t needed = std::uint64_t{prompt.tokens.size()} + max_tokens;
  if (needed <= info.context_tokens) return {};
  std::uint64_t least = max_tokens;  // what forgetting everything else would leave
  if (!view.messages.empty()) least += prompt.message_tokens.back();
  if (view.messages.size() > 1 && view.messages.front().role == chat::Role::kSystem) {
    least += prompt.message_tokens.front();
  }
  std::string message =
      fmt::format("{} tokens of prompt and {} for the answer don't fit into {}'s context of {} tokens",
                  prompt.tokens.size(), max_tokens, info.name, info.context_tokens);
  if (least > info.context_tokens) {
    message += fmt::format(
        "; the system prompt, the last message and the answer alone take {}: shorten them, or ask "
        "for a larger context",
        least);
  }
  return base::fail(ErrorKind::kContextOverflow, std::move(message));
}

// Delivers deltas until the request is done.
base::Status LlamaModel::State::wait(Request& request, std::stop_token stop, const OnDelta& on_delta) {
  const std::stop_callback on_stop(stop, [this, &request] {
    request.cancelled = true;
    {
      const base::MutexLock lock(request.mutex);
      request.changed.notify_all();
    }
    decoder->poke();
  });
  base::Utf8Assembler assembler;
  std::size_t given = 0;
  for (bool done = false; !done;) {
    std::string fresh;
    {
      const base::MutexLock lock(request.mutex);
      while (!request.done && !request.cancelled && (!on_delta || request.text.shown().size() <= given)) {
        request.changed.wait(request.mutex);
      }
      if (request.cancelled) return base::fail(ErrorKind::kCancelled, "the turn was stopped");
      if (request.error) return std::unexpected(*request.error);
      done = request.done;
      if (on_delta) fresh = request.text.shown().substr(std::min(given, request.text.shown().size()));
    }
    if (!on_delta) continue;
    given += fresh.size();
    std::string whole = assembler.push(fresh);
    if (done) whole += assembler.flush();
    if (!whole.empty()) on_delta(whole);
  }
  return {};
}

ModelOutput LlamaModel::State::output_of(Request& request, Clock::time_point start) const {
  ModelOutput output;
  const TurnText text = take_text(request);
  chat::Turn& turn = output.turn;
  turn.text = text.text();
  turn.reasoning = text.reasoning();
  turn.stop_reason = request.stop_reason;
  const std::size_t first = text.first_text_token();
  const std::size_t last = text.last_text_token();
  auto tokens = std::make_shared<chat::TokenIds>();
  tokens->tokenizer = vocab.hash();
  tokens->ids = request.prompt.prefill;
  const auto& sampled = request.sampled.ids;
  const std::size_t kept = request.stop_reason == chat::StopReason::kStopSequence ? last : sampled.size();
  tokens->ids.insert(tokens->ids.end(), sampled.begin(), sampled.begin() + static_cast<std::ptrdiff_t>(kept));
  // A stop string that begins inside a token leaves no ids that are the text: it will be tokenised.
  if (text.ends_at_token() || request.stop_reason != chat::StopReason::kStopSequence)
    turn.tokens = std::move(tokens);

  output.usage.prompt_tokens = static_cast<std::uint32_t>(request.prompt.tokens.size());
  output.usage.new_prompt_tokens = output.usage.prompt_tokens - request.reused;
  output.usage.completion_tokens = static_cast<std::uint32_t>(request.sampled.ids.size());
  output.timing.first_token_ms = ms_between(start, request.first_token_at);
  output.timing.total_ms = ms_between(start, Clock::now());
  output.prompt_hash = request.prompt.hash;
  if (options.token_stats && first < last) {
    double entropy = 0;
    double surprisal = 0;
    for (std::size_t i = first; i < last; ++i) {
      entropy += static_cast<double>(request.sampled.entropy_nats[i]);
      surprisal += static_cast<double>(request.sampled.surprisal_nats[i]);
    }
    output.stats.entropy_bits = entropy * kBitsPerNat / static_cast<double>(last - first);
    if (!turn.text.empty()) {
      output.stats.surprisal_bpb = surprisal * kBitsPerNat / static_cast<double>(turn.text.size());
    }
  }
  return output;
}

std::vector<chat::ListenerStats> LlamaModel::State::listener_of(const Request& request,
                                                                chat::ParticipantId listener) const {
  std::vector<chat::ListenerStats> stats;
  for (std::size_t i = 0; i < request.prompt.scored.size() && i < request.scored_nats.size(); ++i) {
    const llama::ScoredText& scored = request.prompt.scored[i];
    const double bits = request.scored_nats[i] * kBitsPerNat;
    stats.push_back({scored.turn, listener, bits / static_cast<double>(scored.bytes)});
  }
  return stats;
}

LlamaModel::LlamaModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LlamaModel::~LlamaModel() = default;

const ModelInfo& LlamaModel::info() const { return state_->info; }
LlamaStats LlamaModel::stats() const { return state_->decoder->stats(); }
std::uint32_t LlamaModel::sequences() const { return state_->plan.sequences; }
std::uint32_t LlamaModel::threads() const { return state_->plan.threads; }
bool LlamaModel::joins_conversations() const { return state_->plan.joins_sequences; }

base::Result<ModelOutput> LlamaModel::generate(const chat::View& view, const GenerateConfig& config,
                                               std::stop_token stop, const OnDelta& on_delta) {
  const Clock::time_point start = Clock::now();
  if (std::string wrong = chat::check(config.sampling); !wrong.empty()) {
    return base::fail(ErrorKind::kUsage, std::move(wrong));
  }
  TRY_ASSIGN(Prompt prompt, state_->prompt_of(view, config, false, true));
  TRY(state_->check_room(view, prompt, config.sampling.max_tokens));
  const bool splits_reasoning = !config.raw_prompt && config.prefill.empty();
  const TurnText::Options text_options{config.sampling.stop, splits_reasoning, prompt.opens_reasoning};
  const auto request = std::make_shared<Request>(std::move(prompt), text_options);
  request->key = config.context;
  request->max_tokens = config.sampling.max_tokens;
  request->turn_opener = config.raw_prompt ? -1 : state_->prompts.turn_opener();
  request->sampler = std::make_unique<llama::Sampler>(state_->vocab, config.sampling, config.key,
                                                      request->prompt.tokens, request->turn_opener);
  request->wants_deltas = static_cast<bool>(on_delta);
  state_->decoder->submit(request);
  if (config.on_waiting) config.on_waiting();
  if (on_delta && !config.prefill.empty()) on_delta(config.prefill);
  TRY(state_->wait(*request, std::move(stop), on_delta));
  ModelOutput output = state_->output_of(*request, start);
  output.listener = state_->listener_of(*request, view.participant);
  output.turn.text.insert(0, config.prefill);
  return output;
}

base::Result<std::vector<chat::ListenerStats>> LlamaModel::score(const chat::View& view,
                                                                 const GenerateConfig& config,
                                                                 std::stop_token stop) {
  TRY_ASSIGN(Prompt prompt, state_->prompt_of(view, config, false, true));
  if (prompt.scored.empty()) return std::vector<chat::ListenerStats>{};
  TRY(state_->check_room(view, prompt, 0));
  const auto request = std::make_shared<Request>(std::move(prompt), TurnText::Options{});
  request->key = config.context;
  state_->decoder->submit(request);
  TRY(state_->wait(*request, std::move(stop), {}));
  return state_->listener_of(*request, view.participant);
}

base::Result<std::vector<std::uint32_t>> LlamaModel::token_counts(const chat::View& view,
                                                                  const GenerateConfig& config) {
  TRY_ASSIGN(Prompt prompt, state_->prompt_of(view, config, false, false));
  return std::move(prompt.message_tokens);
}

base::Result<std::optional<RenderedPrompt>> LlamaModel::render(const chat::View& view,
                                                               const GenerateConfig& config) {
  TRY_ASSIGN(Prompt prompt, state_->prompt_of(view, config, true, false));
  return RenderedPrompt{std::move(prompt.text), std::move(prompt.tokens), prompt.hash};
}

void LlamaModel::release(const ContextKey& key) {
  {
    const base::MutexLock lock(state_->cache_mutex);
    state_->caches.erase(key);
  }
  state_->decoder->release(key);
}

base::Result<std::shared_ptr<LlamaModel>> open_llama(const LlamaOptions& options,
                                                     const std::function<void(double done)>& on_progress,
                                                     std::stop_token stop) {
  LlamaOptions given = options;
  if (given.name.empty()) given.name = given.path;
  if (given.determinism == Determinism::kNone) {
    return base::fail(ErrorKind::kUsage, "a model in process is exact or seeded, never 'none'");
  }
  if (llama::runs_on_gpu(given.gpu_layers)) {
    given.determinism = Determinism::kSeeded;
    given.flash_attention = true;  // many sequences at once are eight times as fast there (H200)
  }
  TRY_ASSIGN(llama::ModelHandle weights, llama::load_model(given, on_progress, std::move(stop)));
  TRY_ASSIGN(const llama::ContextPlan plan, llama::plan_context(weights.get(), given));
  if (given.identity.empty()) {
    TRY_ASSIGN(const base::Hash hash, base::hash_file(given.path));
    given.identity = hash.hex();
  }
  const llama::Vocab vocab(weights.get());
  TRY_ASSIGN(std::unique_ptr<llama::ChatTemplate> chat,
             llama::ChatTemplate::of(weights.get(), vocab, given.template_unix_time));
  ModelInfo info;
  info.name = given.name;
  info.resolved = "gguf:" + given.path;
  info.identity = given.identity;
  info.context_tokens = plan.context_tokens;
  info.determinism = given.determinism;
  info.token_stats = given.token_stats;
  info.listener_stats = given.listener_stats;
  info.prefill = true;
  info.user_role = chat != nullptr;
  auto state =
      std::make_unique<LlamaModel::State>(std::move(info), given, std::move(weights), std::move(chat));
  state->info.tokenizer = state->vocab.hash();
  state->plan = plan;
  TRY_ASSIGN(llama::ThreadpoolHandle pool, llama::make_threadpool(plan.threads));
  TRY_ASSIGN(llama::ContextHandle context,
             llama::make_context(state->weights.get(), given, plan, pool.get()));
  state->decoder = std::make_unique<llama::Decoder>(std::move(context), std::move(pool), state->vocab, plan,
                                                    given.determinism == Determinism::kExact);
  return std::shared_ptr<LlamaModel>(new LlamaModel(std::move(state)));
}

}  // namespace duologue::model
