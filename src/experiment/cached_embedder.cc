#include "experiment/cached_embedder.h"

#include <utility>
#include <vector>

#include "base/hash.h"
#include "store/import/read_conversations.h"
#include "store/store.h"

namespace duologue::experiment {

CachedEmbedder::CachedEmbedder(std::shared_ptr<model::Embedder> inner, std::unique_ptr<store::Reader> reader)
    : inner_(std::move(inner)), reader_(std::move(reader)) {}

std::shared_ptr<model::Embedder> CachedEmbedder::over(std::shared_ptr<model::Embedder> inner,
                                                      const std::string& path) {
  const auto format = store::format_of_log(path);
  if (!format || *format != store::LogFormat::kDuo) return inner;
  auto reader = store::Reader::open(path);
  if (!reader) return inner;
  return std::shared_ptr<model::Embedder>(new CachedEmbedder(std::move(inner), std::move(*reader)));
}

base::Result<model::Embeddings> CachedEmbedder::embed(std::span<const std::string_view> texts,
                                                      std::stop_token stop) {
  const model::EmbedderInfo& info = inner_->info();
  std::vector<base::Hash> hashes;
  hashes.reserve(texts.size());
  for (const std::string_view text : texts) hashes.push_back(base::hash_bytes(text));
  std::vector<std::vector<float>> known;
  {
    const base::MutexLock lock(mutex_);
    TRY_ASSIGN(known, reader_->embeddings(info.identity, hashes));
  }
  std::vector<std::size_t> places;
  std::vector<std::string_view> missing;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // A file that isn't ours could hold another size under this identity.
    if (known[i].size() == info.dimensions) continue;
    places.push_back(i);
    missing.push_back(texts[i]);
  }
  if (missing.empty()) return model::Embeddings::of_unit_rows(known, info.dimensions);
  TRY_ASSIGN(const model::Embeddings computed, inner_->embed(missing, std::move(stop)));
  std::vector<store::StoredEmbedding> fresh;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto row = computed.row(i);
    known[places[i]].assign(row.begin(), row.end());
    if (!row.empty()) fresh.push_back({hashes[places[i]], known[places[i]]});
  }
  if (!fresh.empty() && !reader_->reads_migrated_copy()) {
    const base::MutexLock lock(mutex_);
    // What can't be kept now is computed again another time.
    if (auto store = store::Store::open(reader_->path()))
      (void)(*store)->add_embeddings(info.identity, fresh);
  }
  return model::Embeddings::of_unit_rows(known, info.dimensions, computed.not_finite());
}

}  // namespace duologue::experiment
