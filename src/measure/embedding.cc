#include "measure/embedding.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/sentences.h"

namespace duologue::measure {

namespace {

// Distinct texts in the order of their first appearance.
class DistinctTexts {
 public:
  std::size_t add(std::string_view text) {
    const auto [it, is_new] = rows_.emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return it->second;
  }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string_view, std::size_t> rows_;
  std::vector<std::string_view> texts_;
};

struct TurnRows {
  std::size_t turn = 0;
  std::vector<std::size_t> sentences;
};

std::vector<float> copied(std::span<const float> row) { return {row.begin(), row.end()}; }

}  // namespace

base::Result<EmbeddedTurns> embed_turns(model::Embedder& embedder, std::span<const std::string_view> texts,
                                        bool sentences, std::stop_token stop) {
  DistinctTexts distinct;
  std::vector<TurnRows> rows;
  rows.reserve(texts.size());
  for (const std::string_view text : texts) {
    TurnRows& turn = rows.emplace_back();
    turn.turn = distinct.add(text);
    if (!sentences) continue;
    const std::vector<std::string_view> pieces = base::split_sentences(text);
    if (pieces.size() == 1) {
      turn.sentences = {turn.turn};
      continue;
    }
    for (std::size_t i = 0; i < std::min(pieces.size(), kMaxSentences); ++i)
      turn.sentences.push_back(distinct.add(pieces[i]));
  }
  TRY_ASSIGN(const model::Embeddings vectors, embedder.embed(distinct.texts(), std::move(stop)));
  EmbeddedTurns out;
  out.not_finite = vectors.not_finite();
  for (const TurnRows& turn : rows) {
    TurnEmbedding& made = out.turns.emplace_back();
    made.vector = copied(vectors.row(turn.turn));
    for (const std::size_t sentence : turn.sentences) {
      if (!vectors.missing(sentence)) made.sentences.push_back(copied(vectors.row(sentence)));
    }
  }
  return out;
}

}  // namespace duologue::measure
