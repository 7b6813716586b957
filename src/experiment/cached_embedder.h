// An embedder that looks into a recording's cache first, and puts there what it had to compute. It says it is
// the one within: same name, same identity, same vectors to the last bit. Any thread may call it.
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "model/embedder.h"
#include "store/reader.h"

namespace duologue::experiment {

class CachedEmbedder final : public model::Embedder {
 public:
  // Over the .duo file at `path`; `inner` itself where that is no recording, or can't be read.
  static std::shared_ptr<model::Embedder> over(std::shared_ptr<model::Embedder> inner,
                                               const std::string& path);

  const model::EmbedderInfo& info() const override { return inner_->info(); }
  // The inner one's errors, and kStore where the cache can't be read. Nothing is written to a file of an
  // older format, nor to one that is being written or can't be: vectors can be computed again. The file is
  // locked only for the moment of writing.
  base::Result<model::Embeddings> embed(std::span<const std::string_view> texts,
                                        std::stop_token stop) override;

 private:
  CachedEmbedder(std::shared_ptr<model::Embedder> inner, std::unique_ptr<store::Reader> reader);

  const std::shared_ptr<model::Embedder> inner_;
  base::Mutex mutex_;
  const std::unique_ptr<store::Reader> reader_;  // used under mutex_
};

}  // namespace duologue::experiment
