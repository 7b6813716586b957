#include "measure/instrument.h"

#include <array>
#include <utility>
#include <vector>

#include "base/json.h"
#include "measure/detectors/convergence.h"
#include "measure/detectors/drift.h"
#include "measure/detectors/evidence.h"
#include "measure/detectors/labels.h"
#include "measure/detectors/rules.h"
#include "measure/lag_period.h"
#include "measure/registry.h"
#include "measure/series.h"
#include "measure/turn_features.h"

namespace duologue::measure {
namespace {

// Rises with every change that can change a value or a verdict.
constexpr int kInstrumentVersion = 3;

}  // namespace

struct Instrument::State {
  explicit State(const InstrumentOptions& options)
      : window(options.all_series), evidence(options.embedder != nullptr ? options.embedder->identity : "") {
    for (std::size_t i = 0; i < kSeries.size(); ++i) {
      const SeriesInfo& info = kSeries[i];
      if (info.tier == Tier::kLive || (info.tier == Tier::kFull && options.all_series) ||
          (info.tier == Tier::kEmbedded && options.embedder != nullptr)) {
        series[i] = info.make();
      }
    }
  }

  FeatureWindow window;
  std::array<std::unique_ptr<Series>, kSeries.size()> series;
  std::array<std::optional<double>, kSeries.size()> values;
  EvidenceWindow evidence;
  Convergence convergence{RuleBook::built_in()};
  Drift drift{RuleBook::built_in()};
  Labels labels{RuleBook::built_in()};
  std::array<Detector*, 3> detectors{&convergence, &drift, &labels};
};

Instrument::Instrument(const InstrumentOptions& options) : state_(std::make_unique<State>(options)) {}
Instrument::~Instrument() = default;
Instrument::Instrument(Instrument&&) noexcept = default;
Instrument& Instrument::operator=(Instrument&&) noexcept = default;

Findings Instrument::observe(std::uint32_t turn_number, const chat::Turn& turn,
                             const TurnEmbedding* embedding) {
  // What a person, a moderator or the harness wrote is no behaviour of the models.
  const bool measured = turn.author.kind == chat::AuthorKind::kModel;
  Findings findings;
  if (measured) {
    const TurnFeatures& features = state_->window.add(turn_number, turn, embedding);
    for (std::size_t i = 0; i < kSeries.size(); ++i) {
      if (state_->series[i]) state_->values[i] = state_->series[i]->observe(features);
    }
    state_->evidence.add(features, state_->values, state_->convergence.standing().has_value());
    for (Detector* detector : state_->detectors)
      detector->observe(state_->evidence, features, findings.detections);
    findings.drifting = state_->drift.flagged();
  } else {
    state_->window.skip();
    state_->values.fill(std::nullopt);
  }
  findings.measurements.reserve(kSeries.size());
  for (std::size_t i = 0; i < kSeries.size(); ++i) {
    if (!state_->series[i]) continue;
    findings.measurements.push_back({.turn = turn_number,
                                     .metric = kSeries[i].name,
                                     .participant = std::nullopt,
                                     .value = state_->values[i]});
  }
  return findings;
}

const std::optional<Detection>& Instrument::converged() const { return state_->convergence.standing(); }

base::Json Instrument::verdict_identity(const model::EmbedderInfo* embedder) {
  base::Json json;
  json["version"] = kInstrumentVersion;
  json["unit"] = "turns";
  json["rules"] = {{"file", "detectors.yaml, with markers.yaml"}, {"hash", RuleBook::built_in().hash()}};
  json["lags"] = {1, 2, 3, 4, 5, 6};
  json["embedder"] = nullptr;
  if (embedder != nullptr) json["embedder"] = {{"name", embedder->name}, {"identity", embedder->identity}};
  return json;
}

std::string Instrument::identity(const model::EmbedderInfo* embedder) {
  base::Json json = verdict_identity(embedder);
  base::Json series = base::Json::array();
  for (const SeriesInfo& info : kSeries) series.push_back(std::string(info.name));
  json["tokens"] = "NFC, lower case, \\w+('\\w+)* or one code point";
  json["series"] = series;
  json["period"] = {{"similarity", LagPeriod::kLeastSimilarity}, {"tie", LagPeriod::kTie}};
  return base::dump_json(json);
}

}  // namespace duologue::measure
