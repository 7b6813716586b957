// All series and detectors of one conversation, fed turn by turn. Causal: what it says at turn t depends on
// turns 1..t only, so feeding stored turns again restores its state. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "chat/turn.h"
#include "measure/findings.h"

namespace duologue::measure {

struct InstrumentOptions {
  bool all_series = false;  // those that only `measure` reports too; the verdicts are the same
};

class Instrument {
 public:
  explicit Instrument(const InstrumentOptions& options = {});
  ~Instrument();
  Instrument(Instrument&&) noexcept;
  Instrument& operator=(Instrument&&) noexcept;
  Instrument(const Instrument&) = delete;
  Instrument& operator=(const Instrument&) = delete;

  // Turns in order, from 1.
  Findings observe(std::uint32_t turn_number, const chat::Turn& turn);

  // The convergence episode that stands now, if any.
  const std::optional<Detection>& converged() const;

  // Names what a verdict rests on (series, lags, thresholds, holds, versions): a JSON object.
  static std::string identity();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duologue::measure
