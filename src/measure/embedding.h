// Turns as vectors: of the whole turn, for distance and path, and of its sentences, for coherence (Foltz
// 1998). All turns of a conversation go to the embedder together, each distinct text once. Pure but for the
// embedder; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/embedder.h"

namespace duologue::measure {

// More sentences of one turn aren't embedded: a turn of a megabyte must not cost hours.
inline constexpr std::size_t kMaxSentences = 256;

struct TurnEmbedding {
  std::vector<float> vector;  // of length 1; empty: missing (see model::Embeddings)
  // Of base::split_sentences, in order, each of length 1; those that have no vector are left out. A turn of
  // one sentence has its own vector here. At most kMaxSentences.
  std::vector<std::vector<float>> sentences;
};

struct EmbeddedTurns {
  std::vector<TurnEmbedding> turns;  // in the order of the texts
  std::size_t not_finite = 0;  // distinct texts that are missing because the embedder gave NaN or an infinity
};

// Without `sentences` only whole turns, which costs half. The embedder's errors, kCancelled among them.
base::Result<EmbeddedTurns> embed_turns(model::Embedder& embedder, std::span<const std::string_view> texts,
                                        bool sentences, std::stop_token stop);

}  // namespace duologue::measure
