// All series and detectors of one conversation, fed turn by turn. Causal: what it says at turn t depends on
// turns 1..t only, so feeding stored turns again restores its state. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "chat/turn.h"
#include "measure/embedding.h"
#include "measure/findings.h"
#include "model/embedder.h"

namespace duologue::measure {

struct InstrumentOptions {
  bool all_series = false;  // those that only `measure` reports too; the verdicts are the same
  // Whose vectors observe() will be given; null: none. Only its values are read, and copied. A verdict that
  // rests on meaning is made for one embedder: with another one it isn't available.
  const model::EmbedderInfo* embedder = nullptr;
};

class Instrument {
 public:
  explicit Instrument(const InstrumentOptions& options = {});
  ~Instrument();
  Instrument(Instrument&&) noexcept;
  Instrument& operator=(Instrument&&) noexcept;
  Instrument(const Instrument&) = delete;
  Instrument& operator=(const Instrument&) = delete;

  // Turns in order, from 1. `embedding`: the turn's vectors by the options' embedder; null where nothing is
  // known of it.
  Findings observe(std::uint32_t turn_number, const chat::Turn& turn,
                   const TurnEmbedding* embedding = nullptr);

  // The convergence episode that stands now, if any.
  const std::optional<Detection>& converged() const;

  // Names what a verdict rests on (version, rules with their thresholds, holds and words, lags, embedder): a
  // JSON object.
  static base::Json verdict_identity(const model::EmbedderInfo* embedder = nullptr);
  // The same with what the series rest on, as text.
  static std::string identity(const model::EmbedderInfo* embedder = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duologue::measure
