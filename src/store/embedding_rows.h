// The cache of texts' vectors: rows of `embedder` and `embedding`. Within the caller's transaction or
// snapshot; one thread at a time.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "store/sqlite.h"
#include "store/values.h"

namespace duologue::store {

// What is there already stays. kInternal: a vector of another size than the embedder's others.
base::Status add_embedding_rows(Connection& connection, std::string_view embedder,
                                std::span<const StoredEmbedding> embeddings);

// In the order of the texts; empty where there is none. kStore: damaged.
base::Result<std::vector<std::vector<float>>> load_embedding_rows(Connection& connection,
                                                                  std::string_view embedder,
                                                                  std::span<const base::Hash> texts);

}  // namespace duologue::store
