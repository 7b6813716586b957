// An embedder that looks into a .duo file's cache first, and puts there what it had to compute. It says it is
// the one within: same name, same identity, same vectors to the last bit.
//
// The Reader and the Store are the caller's and outlive it; any thread may call it, the Reader is used by one
// at a time. Without a Store nothing is written: for files that are only read.
#pragma once

#include <cstddef>
#include <memory>

#include "base/mutex.h"
#include "model/embedder.h"
#include "store/reader.h"
#include "store/store.h"

namespace duologue::experiment {

class CachedEmbedder final : public model::Embedder {
 public:
  // Either may be null.
  CachedEmbedder(std::shared_ptr<model::Embedder> inner, store::Reader* reader, store::Store* store);

  const model::EmbedderInfo& info() const override { return inner_->info(); }
  // The inner one's errors, and kStore where the cache can't be read or written.
  base::Result<model::Embeddings> embed(std::span<const std::string_view> texts,
                                        std::stop_token stop) override;

 private:
  const std::shared_ptr<model::Embedder> inner_;
  base::Mutex mutex_;
  store::Reader* const reader_;
  store::Store* const store_;
};

}  // namespace duologue::experiment
