#include "model/llama/decoder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <llama.h>

#include "model/llama/backend.h"

namespace duologue::model::llama {

using base::ErrorKind;
using Clock = std::chrono::steady_clock;

namespace {

// Prompt tokens read before those who generate get their next step.
constexpr std::size_t kReadBudget = 1024;
// Deltas wake their caller this often at most: nobody reads faster.
constexpr std::chrono::milliseconds kTellInterval{25};
// Steps for which streams may stay apart: usually the gap is a side whose partner is about to speak.
constexpr std::uint32_t kScatteredSteps = 4;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

// The tokens of one llama_decode.
struct Decoder::Batch {
  struct Row {
    Request* request;
    bool is_prompt;
    std::uint32_t prompt_index;  // of a prompt's token
  };

  explicit Batch(std::uint32_t capacity)
      : batch(llama_batch_init(static_cast<std::int32_t>(capacity), 0, 1)) {}
  ~Batch() { llama_batch_free(batch); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void clear() {
    batch.n_tokens = 0;
    rows.clear();
    wanted = 0;
  }

  void add(Row row, Token token, std::size_t position, bool wants_logits) {
    const auto i = static_cast<std::size_t>(batch.n_tokens++);
    batch.token[i] = token;
    batch.pos[i] = static_cast<llama_pos>(position);
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = row.request->sequence->stream;
    batch.logits[i] = static_cast<std::int8_t>(wants_logits);
    wanted += wants_logits ? 1 : 0;
    rows.push_back(row);
  }

  llama_batch batch;
  std::vector<Row> rows;
  std::size_t wanted = 0;  // rows with logits
};

Decoder::Decoder(ContextHandle context, ThreadpoolHandle pool, const Vocab& vocab, const ContextPlan& plan,
                 bool exact)
    : context_(std::move(context)),
      pool_(std::move(pool)),
      vocab_(vocab),
      plan_(plan),
      exact_(exact),
      sequences_(context_.get(), plan, exact),
      crew_(pool_.get(), plan.threads),
      batch_(std::make_unique<Batch>(plan.joint_tokens)),
      spaces_(plan.threads),
      thread_([this] { run(); }) {}

Decoder::~Decoder() {
  {
    const base::MutexLock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
  }
  thread_.join();
  llama_detach_threadpool(context_.get());
  context_.reset();
}

void Decoder::submit(RequestPtr request) {
  const base::MutexLock lock(mutex_);
  incoming_.push_back(std::move(request));
  wake_.notify_all();
}

void Decoder::poke() {
  const base::MutexLock lock(mutex_);
  poked_ = true;
  wake_.notify_all();
}

void Decoder::release(const ContextKey& key) {
  const base::MutexLock lock(mutex_);
  released_.push_back(key);
  wake_.notify_all();
}

LlamaStats Decoder::stats() const {
  const base::MutexLock lock(mutex_);
  return stats_;
}

void Decoder::run() {
  const LogCapture quiet;
  while (take_new()) {
    const Clock::time_point start = Clock::now();
    drop_cancelled();
    admit();
    read_pieces();
    step();
    std::erase_if(active_, [](const RequestPtr& request) { return request->sequence == nullptr; });
    own_stats_.busy_seconds += seconds_since(start);
    publish_stats();
  }
  for (const RequestPtr& request : active_) request->cancelled = true;
  for (const RequestPtr& request : waiting_) request->cancelled = true;
  drop_cancelled();
}

// Waits until there is something to do. False: the decoder is closing.
bool Decoder::take_new() {
  const base::MutexLock lock(mutex_);
  while (!closing_ && incoming_.empty() && released_.empty() && !poked_ && active_.empty() &&
         waiting_.empty()) {
    wake_.wait(mutex_);
  }
  poked_ = false;
  for (RequestPtr& request : incoming_) waiting_.push_back(std::move(request));
  incoming_.clear();
  for (const ContextKey& key : released_) sequences_.release(key);
  released_.clear();
  return !closing_;
}

void Decoder::publish_stats() {
  own_stats_.evicted_sequences = sequences_.counts().evicted;
  own_stats_.copied_prefixes = sequences_.counts().copied;
  own_stats_.moved_sequences = sequences_.counts().moved;
  const base::MutexLock lock(mutex_);
  stats_ = own_stats_;
}

void Decoder::drop_cancelled() {
  const auto drop = [this](const RequestPtr& request) {
    if (request->cancelled) fail(*request, {ErrorKind::kCancelled, "the turn was stopped", std::nullopt});
    return request->cancelled.load();
  };
  std::erase_if(active_, drop);
  std::erase_if(waiting_, drop);
}

void Decoder::admit() {
  bool admitted = false;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    Sequence* sequence = sequences_.claim((*it)->key);
    if (sequence == nullptr) {
      ++it;
      continue;
    }
    (*it)->sequence = sequence;
    active_.push_back(std::move(*it));
    it = waiting_.erase(it);
    admitted = true;
  }
  if (!admitted) return;
  const Clock::time_point start = Clock::now();
  sequences_.gather();
  own_stats_.move_seconds += seconds_since(start);
}

// Put off until the first piece is about to be read: another request may have read the same beginning by
// then.
void Decoder::start_reading(Request& request) {
  const Clock::time_point start = Clock::now();
  const Prompt& prompt = request.prompt;
  request.started = true;
  request.read_until = prompt.tokens.size();
  std::size_t limit = prompt.tokens.size() - 1;  // the last call is made again: its logits are wanted
  if (!prompt.scored.empty()) limit = std::min<std::size_t>(limit, prompt.scored.front().begin - 1);
  if (request.max_tokens == 0) {
    request.read_until = prompt.scored.empty() ? 0 : prompt.scored.back().end;
    while (exact_ && request.read_until < prompt.tokens.size() &&
           prompt.call_starts[request.read_until] == 0) {
      ++request.read_until;
    }
  }
  request.read = sequences_.keep_prefix(*request.sequence, prompt, limit);
  request.reused = static_cast<std::uint32_t>(request.read);
  request.scored_nats.assign(prompt.scored.size(), 0.0);
  own_stats_.move_seconds += seconds_since(start);
}

// Tokens of the request's next decode call, where that is a call of its own: 0 for single tokens, which go
// with the others' in step().
std::size_t Decoder::next_piece(const Request& request) const {
  const std::size_t left = request.read_until - std::min(request.read_until, request.read);
  if (left < 2) return 0;
  if (!exact_) return std::min<std::size_t>(left, plan_.joint_tokens);
  const std::vector<std::uint8_t>& starts = request.prompt.call_starts;
  std::size_t end = request.read + 1;
  while (end < request.read_until && starts[end] == 0) ++end;
  return end - request.read > 1 ? end - request.read : 0;
}

void Decoder::read_pieces() {
  std::size_t budget = kReadBudget;
  while (budget > 0 && read_together(budget)) {
  }
}

// One decode call for prompts: one piece (exact), or as much of all prompts as fits (seeded). False: nothing
// to read.
bool Decoder::read_together(std::size_t& budget) {
  batch_->clear();
  bool has_fresh = false;
  for (const RequestPtr& request : active_) {
    if (exact_ && !batch_->rows.empty()) break;
    if (request->sequence == nullptr || request->cancelled) continue;
    if (!request->started) {
      if (has_fresh) continue;  // it may share the beginning that another one reads in this call
      start_reading(*request);
      has_fresh = request->read == 0;
    }
    if (request->max_tokens == 0 && request->read >= request->read_until) {
      finish(*request, chat::StopReason::kLength);
      continue;
    }
    std::size_t count = next_piece(*request);
    if (count == 0) continue;
    count = std::min(count, plan_.joint_tokens - batch_->rows.size());
    if (!request->prompt.scored.empty()) {
      count = std::min(count, kPieceTokens - std::min<std::size_t>(kPieceTokens, batch_->wanted));
    }
    if (count < 2) break;
    add_prompt(*request, count);
  }
  if (batch_->rows.empty()) return false;
  budget -= std::min(budget, batch_->rows.size());
  decode();
  return true;
}

void Decoder::add_prompt(Request& request, std::size_t count) {
  const Prompt& prompt = request.prompt;
  const std::size_t size = prompt.tokens.size();
  // Where one row of logits is multiplied otherwise than several, there are always several: a listener's
  // scores, which want more of them, must not change what is sampled.
  const std::size_t last_rows = plan_.joins_sequences ? 1 : 2;
  auto scored = prompt.scored.begin();
  for (std::size_t i = request.read; i < request.read + count; ++i) {
    while (scored != prompt.scored.end() && scored->end <= i + 1) ++scored;
    const bool predicts = scored != prompt.scored.end() && i + 1 >= scored->begin;
    batch_->add({&request, true, static_cast<std::uint32_t>(i)}, prompt.tokens[i], i,
                predicts || i + last_rows >= size);
  }
}

// One token of everybody who generates, and of everybody whose prompt goes on with a single one.
void Decoder::step() {
  std::vector<Request*> ready;
  for (const RequestPtr& request : active_) {
    if (request->sequence == nullptr || request->cancelled || !request->started) continue;
    const bool reads_one = request->read < request->read_until && next_piece(*request) == 0;
    if (request->pending >= 0 || reads_one) ready.push_back(request.get());
  }
  if (ready.empty()) return;
  const auto by_stream = [](const Request* a, const Request* b) {
    return a->sequence->stream < b->sequence->stream;
  };
  std::ranges::sort(ready, by_stream);
  const auto span =
      static_cast<std::size_t>(ready.back()->sequence->stream - ready.front()->sequence->stream) + 1;
  scattered_steps_ = span == ready.size() || !plan_.joins_sequences ? 0 : scattered_steps_ + 1;
  if (scattered_steps_ >= kScatteredSteps) {
    const Clock::time_point start = Clock::now();
    sequences_.gather();
    std::ranges::sort(ready, by_stream);
    scattered_steps_ = 0;
    own_stats_.move_seconds += seconds_since(start);
  }
  if (plan_.joins_sequences) {
    decode_singles(ready);
  } else {
    for (std::size_t i = 0; i < ready.size(); ++i) decode_singles(std::span(ready).subspan(i, 1));
  }
}

void Decoder::decode_singles(std::span<Request* const> ready) {
  batch_->clear();
  for (Request* request : ready) {
    if (request->pending >= 0) {
      batch_->add({request, false, 0}, request->pending, request->sequence->tokens.size(), true);
    } else {
      add_prompt(*request, 1);
    }
  }
  decode();
}

// Runs the batch, and does with its logits what they are there for.
void Decoder::decode() {
  const Clock::time_point start = Clock::now();
  const LogCapture log;
  const int code = llama_decode(context_.get(), batch_->batch);
  llama_synchronize(context_.get());
  own_stats_.decode_seconds += seconds_since(start);
  ++own_stats_.decode_calls;
  if (code != 0) {
    const std::string why = log.last_error().empty() ? fmt::format("code {}", code) : log.last_error();
    for (const Batch::Row& row : batch_->rows) {
      if (row.request->sequence == nullptr) continue;
      sequences_.clear(*row.request->sequence);
      fail(*row.request, {ErrorKind::kModel, "llama.cpp failed to decode: " + why, std::nullopt});
    }
    return;
  }
  for (std::size_t i = 0; i < batch_->rows.size();) {
    const Batch::Row& row = batch_->rows[i];
    std::size_t end = i + 1;
    while (end < batch_->rows.size() && batch_->rows[end].request == row.request) ++end;
    sequences_.append(*row.request->sequence, {batch_->batch.token + i, end - i});
    if (row.is_prompt) {
      row.request->read += end - i;
      own_stats_.prompt_tokens += end - i;
    }
    i = end;
  }
  score_rows();
  sample_rows();
}

// The surprisal of others' turns, from the logits before each of their tokens.
void Decoder::score_rows() {
  const Clock::time_point start = Clock::now();
  struct Task {
    Request* request;
    std::size_t scored;
    Token token;
    const float* logits;
    double nats = 0;
  };
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < batch_->rows.size(); ++i) {
    const Batch::Row& row = batch_->rows[i];
    if (batch_->batch.logits[i] == 0 || !row.is_prompt) continue;
    const Prompt& prompt = row.request->prompt;
    for (std::size_t s = 0; s < prompt.scored.size(); ++s) {
      const std::uint32_t next = row.prompt_index + 1;
      if (next < prompt.scored[s].begin || next >= prompt.scored[s].end) continue;
      const float* logits = llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(i));
      tasks.push_back({row.request, s, prompt.tokens[next], logits});
    }
  }
  if (tasks.empty()) return;
  crew_.for_each(tasks.size(), [&](std::size_t i, std::uint32_t) {
    Task& task = tasks[i];
    task.nats = log_sum_exp({task.logits, vocab_.size()}) -
                static_cast<double>(task.logits[static_cast<std::size_t>(task.token)]);
  });
  for (const Task& task : tasks) task.request->scored_nats[task.scored] += task.nats;
  own_stats_.score_seconds += seconds_since(start);
}

void Decoder::sample_rows() {
  const Clock::time_point start = Clock::now();
  struct Task {
    Request* request;
    float* logits;
    Drawn drawn;
  };
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < batch_->rows.size(); ++i) {
    const Batch::Row& row = batch_->rows[i];
    const bool samples = !row.is_prompt || row.prompt_index + 1 == row.request->prompt.tokens.size();
    if (!samples || row.request->max_tokens == 0) continue;
    tasks.push_back({row.request, llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(i)), {}});
  }
  crew_.for_each(tasks.size(), [&](std::size_t i, std::uint32_t worker) {
    Task& task = tasks[i];
    task.drawn = task.request->sampler->draw({task.logits, vocab_.size()},
                                             static_cast<std::uint32_t>(task.request->sampled.ids.size()),
                                             spaces_[worker]);
  });
  for (const Task& task : tasks) take_token(*task.request, task.drawn);
  own_stats_.sample_seconds += seconds_since(start);
}

void Decoder::take_token(Request& request, const Drawn& drawn) {
  if (drawn.token < 0) {
    fail(request, {ErrorKind::kModel, "the model gave no numbers (NaN logits): its file may be damaged",
                   std::nullopt});
    return;
  }
  ++own_stats_.generated_tokens;
  Sampled& sampled = request.sampled;
  const Clock::time_point now = Clock::now();
  if (sampled.ids.empty()) request.first_token_at = now;
  request.pending = -1;
  if (vocab_.ends_generation(drawn.token) || drawn.token == request.turn_opener) {
    finish(request, chat::StopReason::kEndOfTurn);
    return;
  }
  sampled.ids.push_back(drawn.token);
  sampled.entropy_nats.push_back(static_cast<float>(drawn.entropy_nats));
  sampled.surprisal_nats.push_back(static_cast<float>(drawn.surprisal_nats));
  bool stopped = false;
  {
    const base::MutexLock lock(request.mutex);
    stopped = request.text.push(vocab_.piece(drawn.token));
    if (request.wants_deltas && now - request.told_at >= kTellInterval) {
      request.told_at = now;
      request.changed.notify_all();
    }
  }
  if (stopped) {
    finish(request, chat::StopReason::kStopSequence);
  } else if (sampled.ids.size() >= request.max_tokens) {
    finish(request, chat::StopReason::kLength);
  } else {
    request.pending = drawn.token;
  }
}

void Decoder::finish(Request& request, chat::StopReason reason) {
  let_go(request);
  request.stop_reason = reason;
  const base::MutexLock lock(request.mutex);
  request.text.finish();
  request.done = true;
  request.changed.notify_all();
}

void Decoder::fail(Request& request, base::Error error) {
  let_go(request);
  const base::MutexLock lock(request.mutex);
  request.error = std::move(error);
  request.done = true;
  request.changed.notify_all();
}

void Decoder::let_go(Request& request) {
  if (request.sequence != nullptr) sequences_.set_idle(*request.sequence);
  request.sequence = nullptr;
}

}  // namespace duologue::model::llama
