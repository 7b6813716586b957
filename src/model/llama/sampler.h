// Draws one turn's tokens. Temperature, top-k, top-p and min-p take one fused pass over the logits that never
// sorts the vocabulary; anything else goes through llama.cpp's own samplers. Either way in llama.cpp's order
// (truncation before temperature), and the draw is ours: a pure function of the turn's key and the token's
// position. Mirostat alone draws itself, seeded from the key.
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/rng.h"
#include "chat/sampling.h"
#include "model/llama/logits.h"
#include "model/llama/vocab.h"

struct llama_sampler;  // NOLINT(readability-identifier-naming): llama.cpp's

namespace duologue::model::llama {

// What top-k, top-p and min-p leave: token ids and their weights (not normalised).
struct Candidates {
  std::vector<Token> ids;
  std::vector<double> weights;
  double total = 0;
};

// Reusable buffers of one thread that draws.
struct DrawSpace {
  std::vector<std::int32_t> indexes;
  std::vector<float> weights;
  std::vector<double> block_sums;
  Candidates candidates;
};

// The fused pass: what is left of the logits, weighted at the temperature (> 0). Takes the whole vocabulary
// where nothing truncates.
void select_candidates(std::span<const float> logits, const LogitSummary& summary,
                       const chat::Sampling& sampling, DrawSpace& space);

// What one position gave. The statistics are of the raw logits at T = 1.
struct Drawn {
  Token token = -1;  // -1: the logits were no numbers
  double entropy_nats = 0;
  double surprisal_nats = 0;
};

class Sampler {
 public:
  // `prompt` feeds the samplers that look back (penalties, DRY). `turn_opener`: sampled only where turns may
  // end.
  Sampler(const Vocab& vocab, chat::Sampling sampling, const base::RngKey& key, std::span<const Token> prompt,
          Token turn_opener);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // The token at `position` of the turn (from 0). Overwrites logits that may not be drawn.
  Drawn draw(std::span<float> logits, std::uint32_t position, DrawSpace& space);

  // Whether llama.cpp's samplers are needed.
  bool uses_chain() const { return chain_ != nullptr; }

 private:
  Token draw_fused(std::span<const float> logits, const LogitSummary& summary, double uniform,
                   DrawSpace& space) const;
  Token draw_by_chain(std::span<const float> logits, double uniform);
  void make_chain(const Vocab& vocab, std::span<const Token> prompt);

  struct FreeChain {
    void operator()(llama_sampler* chain) const;
  };

  chat::Sampling sampling_;
  base::RngKey key_;
  std::vector<Token> masked_;  // never drawn
  std::unique_ptr<llama_sampler, FreeChain> chain_;
  struct ChainSpace;
  std::unique_ptr<ChainSpace> chain_space_;
};

}  // namespace duologue::model::llama
