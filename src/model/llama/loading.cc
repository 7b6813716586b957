#include "model/llama/loading.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <llama.h>

#include "model/gguf_file.h"
#include "model/llama/backend.h"
#include "model/llama/cores.h"
#include "model/llama/gpu.h"
#include "model/llama/prompt.h"
#include "model/llama/row_probe.h"

namespace duologue::model::llama {

using base::ErrorKind;

namespace {

constexpr std::uint32_t kDefaultContext = 8192;
constexpr std::uint32_t kMinContext = 64;
constexpr std::uint32_t kMaxSequences = 256;  // llama.cpp's
constexpr std::uint32_t kJointTokens = 512;
constexpr double kMemoryShare = 0.6;  // of what is free, for KV caches

std::string reason(const LogCapture& log) {
  return log.last_error().empty() ? "llama.cpp gives no reason" : log.last_error();
}

struct Loading {
  const OnProgress& on_progress;
  std::stop_token stop;
};

std::uint64_t meta_number(const llama_model* model, const std::string& key) {
  char value[64] = {};
  if (llama_model_meta_val_str(model, key.c_str(), value, sizeof(value)) < 0) return 0;
  return std::strtoull(value, nullptr, 10);
}

// Each token attends to those after it too, as in BERT: made for embeddings.
bool sees_what_follows(const llama_model* model) {
  char architecture[64] = {};
  char causal[8] = {};
  llama_model_meta_val_str(model, "general.architecture", architecture, sizeof(architecture));
  const std::string key = fmt::format("{}.attention.causal", architecture);
  return llama_model_meta_val_str(model, key.c_str(), causal, sizeof(causal)) >= 0 && causal[0] == 'f';
}

// Bytes of KV cache that one token takes, as far as the public interface says.
std::uint64_t kv_bytes_per_token(const llama_model* model) {
  char architecture[64] = {};
  llama_model_meta_val_str(model, "general.architecture", architecture, sizeof(architecture));
  const auto layers = static_cast<std::uint64_t>(llama_model_n_layer(model));
  const auto heads = static_cast<std::uint64_t>(std::max(1, llama_model_n_head(model)));
  const auto kv_heads = static_cast<std::uint64_t>(std::max(1, llama_model_n_head_kv(model)));
  const std::uint64_t by_width = static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads;
  std::uint64_t key = meta_number(model, fmt::format("{}.attention.key_length", architecture));
  std::uint64_t value = meta_number(model, fmt::format("{}.attention.value_length", architecture));
  if (key == 0) key = by_width;
  if (value == 0) value = by_width;
  return layers * kv_heads * (key + value) * 2;  // 16 bits each
}

// Where the KV caches go; 0: unknown, or in both places.
std::uint64_t memory_for_kv(const LlamaOptions& options, bool on_gpu) {
  if (!on_gpu) return available_memory();
  if (options.gpu_layers > 0) return 0;
  std::uint64_t bytes = 0;
  for (const Gpu& gpu : gpus()) bytes += gpu.free_bytes;
  return bytes;
}

}  // namespace

void FreeModel::operator()(llama_model* model) const { llama_model_free(model); }
void FreeContext::operator()(llama_context* context) const { llama_free(context); }
void FreeThreadpool::operator()(ggml_threadpool* pool) const { ggml_threadpool_free(pool); }

base::Result<ModelHandle> load_weights(const LoadOptions& options, const OnProgress& on_progress,
                                       std::stop_token stop) {
  TRY(read_gguf_summary(options.path));
  start_backend();
  const LogCapture log;
  Loading loading{on_progress, std::move(stop)};
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = options.gpu_layers;
  // Else a GPU would multiply the processor's weights with long prompts.
  ggml_backend_dev_t no_gpu[] = {nullptr};
  if (options.gpu_layers == 0) params.devices = no_gpu;
  params.use_extra_bufts = options.repack;
  params.progress_callback_user_data = &loading;
  params.progress_callback = [](float done, void* data) {
    const auto* self = static_cast<const Loading*>(data);
    if (self->on_progress) self->on_progress(static_cast<double>(done));
    return !self->stop.stop_requested();
  };
  ModelHandle model(llama_model_load_from_file(options.path.c_str(), params));
  if (!model) {
    if (loading.stop.stop_requested()) {
      return base::fail(ErrorKind::kCancelled, fmt::format("stopped loading {}", options.path));
    }
    return base::fail(ErrorKind::kModel, fmt::format("can't load {}: {}", options.path, reason(log)));
  }
  return model;
}

base::Result<ModelHandle> load_model(const LlamaOptions& options, const OnProgress& on_progress,
                                     std::stop_token stop) {
  TRY_ASSIGN(ModelHandle model, load_weights({.path = options.path,
                                              .gpu_layers = options.gpu_layers,
                                              .repack = options.determinism != Determinism::kExact},
                                             on_progress, std::move(stop)));
  if (llama_model_has_encoder(model.get()) || !llama_model_has_decoder(model.get()) ||
      llama_model_is_diffusion(model.get()) || sees_what_follows(model.get())) {
    return base::fail(ErrorKind::kModel,
                      fmt::format("{} is no model that writes text token by token", options.path));
  }
  return model;
}

base::Result<ContextPlan> plan_context(const llama_model* model, const LlamaOptions& options) {
  ContextPlan plan;
  const auto trained = static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model)));
  plan.context_tokens = options.context_tokens;
  if (plan.context_tokens == 0)
    plan.context_tokens = trained == 0 ? kDefaultContext : std::min(trained, kDefaultContext);
  if (plan.context_tokens < kMinContext) {
    return base::fail(ErrorKind::kUsage,
                      fmt::format("a context of {} tokens is too small to talk in; {} needs at least {}",
                                  plan.context_tokens, options.name, kMinContext));
  }
  plan.sequences = std::clamp(options.max_sequences, 1U, kMaxSequences);
  const bool on_gpu = runs_on_gpu(options.gpu_layers);
  const std::uint64_t each = kv_bytes_per_token(model) * plan.context_tokens;
  if (const std::uint64_t memory = memory_for_kv(options, on_gpu); memory > 0 && each > 0) {
    const auto fit = static_cast<std::uint64_t>(static_cast<double>(memory) * kMemoryShare) / each;
    if (fit == 0) {
      return base::fail(
          ErrorKind::kModel,
          fmt::format("a context of {} tokens takes {} MiB, and {} MiB are free; ask for a smaller one "
                      "(--context)",
                      plan.context_tokens, each >> 20U, memory >> 20U));
    }
    plan.sequences = static_cast<std::uint32_t>(std::min<std::uint64_t>(plan.sequences, fit));
  }
  plan.threads = options.threads > 0 ? std::min(options.threads, 512U) : usable_cores();
  plan.joint_tokens = options.determinism == Determinism::kExact ? kPieceTokens : kJointTokens;
  plan.joint_tokens = std::max(plan.joint_tokens, plan.sequences);
  if (options.determinism == Determinism::kExact) {
    TRY_ASSIGN(plan.joins_sequences, rows_are_independent(options.path));
  }
  plan.has_window = llama_model_n_swa(model) > 0;
  plan.can_roll_back = !llama_model_is_recurrent(model) && !llama_model_is_hybrid(model);
  return plan;
}

base::Result<ContextHandle> make_context(llama_model* model, const LlamaOptions& options,
                                         const ContextPlan& plan, ggml_threadpool* pool) {
  const LogCapture log;
  llama_context_params params = llama_context_default_params();
  // llama.cpp rounds each sequence's share to a multiple of 256.
  const std::uint32_t padded = (plan.context_tokens + 255) / 256 * 256;
  params.n_ctx = padded * plan.sequences;
  params.n_batch = plan.joint_tokens;
  params.n_ubatch = plan.joint_tokens;
  params.n_outputs_max = std::max(kPieceTokens, plan.sequences);
  params.n_seq_max = plan.sequences;
  params.n_threads = static_cast<std::int32_t>(plan.threads);
  params.n_threads_batch = static_cast<std::int32_t>(plan.threads);
  params.flash_attn_type =
      options.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.kv_unified = false;  // a sequence attends to its own cells, whatever the others hold
  params.swa_full = true;     // a sliding window without its full cache can't be rolled back
  params.no_perf = true;
  ContextHandle context(llama_init_from_model(model, params));
  if (!context) {
    return base::fail(ErrorKind::kModel,
                      fmt::format("can't make room for {} sequences of {} tokens for {}: {}", plan.sequences,
                                  plan.context_tokens, options.name, reason(log)));
  }
  llama_attach_threadpool(context.get(), pool, pool);
  return context;
}

base::Result<ThreadpoolHandle> make_threadpool(std::uint32_t threads) {
  ggml_threadpool_params params = ggml_threadpool_params_default(static_cast<int>(threads));
  ThreadpoolHandle pool(ggml_threadpool_new(&params));
  if (!pool) return base::fail(ErrorKind::kInternal, fmt::format("can't start {} threads", threads));
  return pool;
}

}  // namespace duologue::model::llama
