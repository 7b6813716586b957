#include "experiment/open_embedder.h"

#include <string>

#include <fmt/format.h>

#include "model/embedders/hashed_ngrams.h"
#include "model/embedders/static_embedder.h"
#include "model/http/curl_transport.h"
#include "model/http/http_embedder.h"
#include "model/weights.h"
#if defined(DUOLOGUE_WITH_LLAMA)
#include "model/llama/llama_embedder.h"
#endif

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<std::unique_ptr<model::Embedder>> open_gguf(const model::ResolvedModel& resolved,
                                                   const EmbedderNeed& need) {
#if defined(DUOLOGUE_WITH_LLAMA)
  std::function<void(double)> on_progress;
  if (need.on_loading) on_progress = [&](double done) { need.on_loading(resolved.name, done); };
  const model::LlamaEmbedderOptions options{.path = resolved.path,
                                            .name = resolved.name,
                                            .sha256 = resolved.expected_sha256.empty()
                                                          ? model::sidecar_sha256(resolved.path)
                                                          : resolved.expected_sha256};
  return model::open_llama_embedder(options, on_progress, need.stop);
#else
  (void)need;
  return fail(
      ErrorKind::kUsage,
      fmt::format("{} needs the in-process engine, which this build lacks; build with `make build`, or use "
                  "`hashed` or a model2vec folder",
                  resolved.name));
#endif
}

}  // namespace

Result<std::shared_ptr<model::Embedder>> open_embedder(std::string_view name, const EmbedderNeed& need) {
  if (need.catalog == nullptr) return fail(ErrorKind::kInternal, "no catalog to look embedders up in");
  TRY_ASSIGN(model::ResolvedModel resolved, need.catalog->resolve_embedder(name));
  TRY_ASSIGN(resolved, need.catalog->get(resolved, {need.may_fetch, need.say, need.stop}));
  if (need.say) need.say(model::describe(resolved));
  switch (resolved.kind) {
    case model::ModelKind::kHashed:
      return model::make_hashed_ngrams();
    case model::ModelKind::kModel2vec:
      return model::open_static_embedder(resolved.path, resolved.name);
    case model::ModelKind::kGguf:
      return open_gguf(resolved, need);
    case model::ModelKind::kHttp:
      return model::http::open_http_embedder(
          {.name = resolved.name,
           .resolved = resolved.resolved,
           .transport = need.transport ? need.transport : model::http::network(),
           .timeouts = {},
           .retry = {},
           .stop = need.stop,
           .env = need.env});
    case model::ModelKind::kScripted:
      break;
  }
  return fail(ErrorKind::kInternal, fmt::format("{} is no embedder, and was resolved as one", name));
}

}  // namespace duologue::experiment
