#include "model/llama/llama_embedder.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <llama.h>

#include "base/hash.h"
#include "base/mutex.h"
#include "base/utf8.h"
#include "model/embedders/pieces.h"
#include "model/embedders/text_rules.h"
#include "model/llama/backend.h"
#include "model/llama/cores.h"
#include "model/llama/loading.h"

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using llama::ContextHandle;
using llama::LogCapture;
using llama::ModelHandle;
using llama::ThreadpoolHandle;

// Whatever changes a vector changes this, and with it the identity.
constexpr std::string_view kRecipe = "duologue llama.cpp embedder, version 1";
constexpr std::uint32_t kJointTokens = 512;  // attention costs the square of what is in one call
// A piece that sees all of itself takes its square in memory: a longer text is cut, whatever the model could.
constexpr std::uint32_t kMostPieceTokens = 1'024;
constexpr std::uint32_t kJointTexts = 64;
constexpr std::uint32_t kLeastPieceTokens = 16;

using Tokens = std::vector<llama_token>;

// One part of a text, as the model takes it.
struct Piece {
  std::size_t row = 0;
  Tokens tokens;
  double weight = 0;  // its tokens without the special ones
};

std::string reason(const LogCapture& log) {
  return log.last_error().empty() ? "llama.cpp gives no reason" : log.last_error();
}

// Special tokens only where the model wants them before and after; a text's own words never become one.
// llama.cpp's own rules for BERT know neither Hangul's parts nor all that BERT leaves out: they see a text
// that ours went over.
Tokens tokenize(const llama_vocab* vocab, std::string_view text) {
  static const std::vector<NormalizerRule> bert(1);
  std::string normalized;
  if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_WPM) text = normalized = normalize(text, bert);
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), INT_MAX));
  Tokens tokens(text.size() / 3 + 8);
  for (;;) {
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its length is beside it
    const std::int32_t n = llama_tokenize(vocab, text.data(), length, tokens.data(),
                                          static_cast<std::int32_t>(tokens.size()), true, false);
    if (n == INT_MIN) return {};
    tokens.resize(static_cast<std::size_t>(std::abs(n)));
    if (n >= 0) return tokens;
  }
}

std::optional<llama_token> unknown_token(const llama_model* model) {
  char value[32] = {};
  if (llama_model_meta_val_str(model, "tokenizer.ggml.unknown_token_id", value, sizeof value) < 0)
    return std::nullopt;
  return static_cast<llama_token>(std::strtol(value, nullptr, 10));
}

class LlamaEmbedder final : public Embedder {
 public:
  LlamaEmbedder(EmbedderInfo info, ModelHandle model, ThreadpoolHandle pool, ContextHandle context)
      : info_(std::move(info)),
        model_(std::move(model)),
        vocab_(llama_model_get_vocab(model_.get())),
        special_tokens_(tokenize(vocab_, "").size()),
        unknown_(unknown_token(model_.get())),
        pool_(std::move(pool)),
        context_(std::move(context)) {}

  const EmbedderInfo& info() const override { return info_; }

  Result<Embeddings> embed(std::span<const std::string_view> texts, std::stop_token stop) override {
    Embeddings out(texts.size(), info_.dimensions);
    Pooled pooled(out);
    std::vector<Piece> batch;
    std::size_t tokens = 0;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (stop.stop_requested()) return cancelled();
      for (Piece& piece : pieces_of(row, texts[row])) {
        if (batch.size() == kJointTexts || tokens + piece.tokens.size() > joint_tokens(info_.max_tokens)) {
          TRY(compute(batch, stop, pooled));
          batch.clear();
          tokens = 0;
        }
        tokens += piece.tokens.size();
        batch.push_back(std::move(piece));
      }
    }
    TRY(compute(batch, stop, pooled));
    pooled.finish();
    return out;
  }

  static std::uint32_t joint_tokens(std::uint32_t piece_tokens) {
    return std::max(kJointTokens, piece_tokens);
  }

 private:
  // Adds up the pieces of a text, which come one after the other.
  class Pooled {
   public:
    explicit Pooled(Embeddings& out) : out_(out), sum_(out.dimensions()) {}
    void add(const Piece& piece, const float* vector) {
      if (row_ != piece.row) finish();
      row_ = piece.row;
      for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += piece.weight * static_cast<double>(vector[i]);
    }
    void finish() {
      if (row_) out_.set(*row_, std::span<const double>(sum_));
      std::ranges::fill(sum_, 0.0);
      row_.reset();
    }

   private:
    Embeddings& out_;
    std::vector<double> sum_;
    std::optional<std::size_t> row_;
  };

  static std::unexpected<base::Error> cancelled() {
    return fail(ErrorKind::kCancelled, "stopped embedding texts");
  }

  // None where the text holds nothing that the model knows. A piece of unknown tokens alone says nothing
  // either.
  std::vector<Piece> pieces_of(std::size_t row, std::string_view text) const {
    std::string repaired;
    if (!base::is_valid_utf8(text)) text = repaired = base::replace_invalid_utf8(text);
    const std::size_t most = info_.max_tokens - special_tokens_;
    const auto count = [this](std::string_view part) {
      const std::size_t tokens = tokenize(vocab_, part).size();
      return tokens - std::min(tokens, special_tokens_);
    };
    std::vector<Piece> pieces;
    for (const std::string_view part : cut_into_pieces(text, most, count)) {
      Piece piece{row, tokenize(vocab_, part), 0};
      // One character of more tokens than fit: what fits of it.
      if (piece.tokens.size() > info_.max_tokens) piece.tokens.resize(info_.max_tokens);
      if (piece.tokens.size() <= special_tokens_) continue;
      const auto unknown = static_cast<std::size_t>(std::ranges::count(piece.tokens, unknown_.value_or(-1)));
      if (unknown + special_tokens_ >= piece.tokens.size()) continue;
      piece.weight = static_cast<double>(piece.tokens.size() - special_tokens_);
      pieces.push_back(std::move(piece));
    }
    return pieces;
  }

  base::Status compute(const std::vector<Piece>& batch, const std::stop_token& stop, Pooled& pooled) {
    if (batch.empty()) return {};
    base::MutexLock lock(mutex_);
    if (stop.stop_requested()) return cancelled();
    TRY(run(batch, stop));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const float* vector = llama_get_embeddings_seq(context_.get(), static_cast<llama_seq_id>(i));
      if (vector == nullptr) return fail(ErrorKind::kModel, info_.name + ": llama.cpp gave no vector");
      pooled.add(batch[i], vector);
    }
    return {};
  }

  base::Status run(const std::vector<Piece>& pieces, const std::stop_token& stop) REQUIRES(mutex_) {
    const LogCapture log;
    // A model without memory of earlier tokens has none to clear.
    if (llama_memory_t memory = llama_get_memory(context_.get()); memory != nullptr)
      llama_memory_clear(memory, false);
    const llama_batch batch = fill(pieces);
    const auto wants_stop = [](void* data) {
      return static_cast<const std::stop_token*>(data)->stop_requested();
    };
    llama_set_abort_callback(context_.get(), wants_stop, const_cast<std::stop_token*>(&stop));
    const int code = llama_model_has_encoder(model_.get()) ? llama_encode(context_.get(), batch)
                                                           : llama_decode(context_.get(), batch);
    llama_set_abort_callback(context_.get(), nullptr, nullptr);
    if (stop.stop_requested()) return cancelled();
    if (code == 0) return {};
    return fail(ErrorKind::kModel,
                fmt::format("{}: can't compute embeddings (code {}): {}", info_.name, code, reason(log)));
  }

  // A sequence a piece. Points into the buffers below.
  llama_batch fill(const std::vector<Piece>& pieces) REQUIRES(mutex_) {
    tokens_.clear();
    positions_.clear();
    sequences_.clear();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      for (std::size_t t = 0; t < pieces[i].tokens.size(); ++t) {
        tokens_.push_back(pieces[i].tokens[t]);
        positions_.push_back(static_cast<llama_pos>(t));
        sequences_.push_back(static_cast<llama_seq_id>(i));
      }
    }
    counts_.assign(tokens_.size(), 1);
    wanted_.assign(tokens_.size(), 1);
    sequence_places_.clear();
    for (llama_seq_id& sequence : sequences_) sequence_places_.push_back(&sequence);
    llama_batch batch{};
    batch.n_tokens = static_cast<std::int32_t>(tokens_.size());
    batch.token = tokens_.data();
    batch.pos = positions_.data();
    batch.n_seq_id = counts_.data();
    batch.seq_id = sequence_places_.data();
    batch.logits = wanted_.data();
    return batch;
  }

  const EmbedderInfo info_;
  const ModelHandle model_;
  const llama_vocab* const vocab_;
  const std::size_t special_tokens_;  // round every piece
  const std::optional<llama_token> unknown_;
  const ThreadpoolHandle pool_;  // outlives the context
  base::Mutex mutex_;
  const ContextHandle context_ GUARDED_BY(mutex_);
  Tokens tokens_ GUARDED_BY(mutex_);
  std::vector<llama_pos> positions_ GUARDED_BY(mutex_);
  std::vector<llama_seq_id> sequences_ GUARDED_BY(mutex_);
  std::vector<std::int32_t> counts_ GUARDED_BY(mutex_);
  std::vector<llama_seq_id*> sequence_places_ GUARDED_BY(mutex_);
  std::vector<std::int8_t> wanted_ GUARDED_BY(mutex_);
};

Result<ContextHandle> make_embedding_context(llama_model* model, std::uint32_t piece_tokens,
                                             std::uint32_t threads, ggml_threadpool* pool,
                                             const std::string& name) {
  const LogCapture log;
  llama_context_params params = llama_context_default_params();
  const std::uint32_t tokens = LlamaEmbedder::joint_tokens(piece_tokens);
  params.n_ctx = tokens;
  params.n_batch = tokens;
  params.n_ubatch = tokens;  // pooling and attention need all of a text in one piece of work
  params.n_seq_max = kJointTexts;
  params.n_threads = static_cast<std::int32_t>(threads);
  params.n_threads_batch = static_cast<std::int32_t>(threads);
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.embeddings = true;
  params.kv_unified = true;  // texts of different lengths stay in one piece of work
  params.no_perf = true;
  ContextHandle context(llama_init_from_model(model, params));
  if (!context)
    return fail(ErrorKind::kModel, fmt::format("can't make room to embed with {}: {}", name, reason(log)));
  const enum llama_pooling_type pooling = llama_pooling_type(context.get());
  if (pooling == LLAMA_POOLING_TYPE_NONE || pooling == LLAMA_POOLING_TYPE_RANK) {
    return fail(
        ErrorKind::kModel,
        fmt::format("{} is no embedding model: its file names no pooling{}; use minilm, or another GGUF "
                    "made for embeddings",
                    name, pooling == LLAMA_POOLING_TYPE_RANK ? " but a ranking" : ""));
  }
  llama_attach_threadpool(context.get(), pool, pool);
  return context;
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_llama_embedder(const LlamaEmbedderOptions& options,
                                                      const std::function<void(double done)>& on_progress,
                                                      std::stop_token stop) {
  const std::string& name = options.name.empty() ? options.path : options.name;
  TRY_ASSIGN(ModelHandle model, llama::load_weights({.path = options.path}, on_progress, std::move(stop)));
  if (llama_model_has_encoder(model.get()) && llama_model_has_decoder(model.get()))
    return fail(ErrorKind::kModel, name + " is no embedding model: it translates (encoder and decoder)");
  const auto trained = static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model.get())));
  const std::uint32_t piece_tokens = std::min(trained, kMostPieceTokens);
  if (piece_tokens < kLeastPieceTokens)
    return fail(ErrorKind::kModel, fmt::format("{}: a context of {} tokens is too small", name, trained));
  const std::uint32_t threads = options.threads > 0 ? std::min(options.threads, 512U) : llama::usable_cores();
  TRY_ASSIGN(ThreadpoolHandle pool, llama::make_threadpool(threads));
  TRY_ASSIGN(ContextHandle context,
             make_embedding_context(model.get(), piece_tokens, threads, pool.get(), name));
  std::string sha256 = options.sha256;
  if (sha256.empty()) {
    TRY_ASSIGN(const base::Hash hash, base::hash_file(options.path));
    sha256 = hash.hex();
  }
  EmbedderInfo info{.name = name,
                    .identity = base::Hasher().field(kRecipe).field(sha256).finish().hex(),
                    .dimensions = static_cast<std::uint32_t>(llama_model_n_embd_out(model.get())),
                    .max_tokens = piece_tokens};
  return std::make_unique<LlamaEmbedder>(std::move(info), std::move(model), std::move(pool),
                                         std::move(context));
}

}  // namespace duologue::model
