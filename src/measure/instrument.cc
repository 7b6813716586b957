#include "measure/instrument.h"

#include <array>
#include <utility>
#include <vector>

#include "base/json.h"
#include "measure/detectors/convergence.h"
#include "measure/detectors/empty_turn.h"
#include "measure/detectors/thresholds.h"
#include "measure/lag_period.h"
#include "measure/registry.h"
#include "measure/series.h"
#include "measure/turn_features.h"

namespace duologue::measure {
namespace {

// Rises with every change that can change a value or a verdict.
constexpr int kInstrumentVersion = 1;

}  // namespace

struct Instrument::State {
  FeatureWindow window;
  std::array<std::unique_ptr<Series>, kSeries.size()> series;
  std::array<std::optional<double>, kSeries.size()> values;
  Convergence convergence;
  EmptyTurn empty_turn;
  std::array<Detector*, 2> detectors{&convergence, &empty_turn};
};

Instrument::Instrument() : state_(std::make_unique<State>()) {
  for (std::size_t i = 0; i < kSeries.size(); ++i) state_->series[i] = kSeries[i].make();
}
Instrument::~Instrument() = default;
Instrument::Instrument(Instrument&&) noexcept = default;
Instrument& Instrument::operator=(Instrument&&) noexcept = default;

Findings Instrument::observe(std::uint32_t turn_number, const chat::Turn& turn) {
  // What a person, a moderator or the harness wrote is no behaviour of the models.
  const bool measured = turn.author.kind == chat::AuthorKind::kModel;
  Findings findings;
  if (measured) {
    const TurnFeatures& features = state_->window.add(turn_number, turn);
    for (std::size_t i = 0; i < kSeries.size(); ++i) state_->values[i] = state_->series[i]->observe(features);
    for (Detector* detector : state_->detectors)
      detector->observe(features, state_->values, findings.detections);
  } else {
    state_->window.skip();
    state_->values.fill(std::nullopt);
  }
  findings.measurements.reserve(kSeries.size());
  for (std::size_t i = 0; i < kSeries.size(); ++i) {
    findings.measurements.push_back({.turn = turn_number,
                                     .metric = kSeries[i].name,
                                     .participant = std::nullopt,
                                     .value = state_->values[i]});
  }
  return findings;
}

const std::optional<Detection>& Instrument::converged() const { return state_->convergence.standing(); }

std::string Instrument::identity() {
  base::Json series = base::Json::array();
  for (const SeriesInfo& info : kSeries) series.push_back(std::string(info.name));
  base::Json json;
  json["version"] = kInstrumentVersion;
  json["tokens"] = "NFC, lower case, \\w+('\\w+)* or one code point";
  json["series"] = series;
  json["unit"] = "turns";
  json["hold"] = kHoldTurns;
  json["trace"] = kTraceTurns;
  json["lex"] = {{"series", "min of d_jac1..d_jac6"},
                 {"lags", {1, 2, 3, 4, 5, 6}},
                 {"enter", kLex.enter},
                 {"leave", kLex.leave},
                 {"verbatim", kLex.verbatim}};
  json["short"] = {{"tokens", kShort.tokens}, {"rel_length", kShort.rel_length}, {"leave", kShort.leave}};
  json["period"] = {{"similarity", LagPeriod::kLeastSimilarity}, {"tie", LagPeriod::kTie}};
  return base::dump_json(json);
}

}  // namespace duologue::measure
