#include "measure/detectors/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "measure/registry.h"

namespace duologue::measure {
namespace {

constexpr std::array<std::string_view, kQuantities> kNames{
    "nearest",   "frame",      "lag1",       "opening",   "ending",        "edges",
    "new_grams", "log_tokens", "log_length", "new_words", "log_new_words", "own_repeats",
    "stage",     "off_topic",  "inflation",  "meaning1",  "meaning2"};

constexpr double kLeastTokens = 10;  // a lone word isn't a density of 20
constexpr double kPerTokens = 20;
constexpr double kMostDensity = 2;

struct Nearest {
  double distance = 1;
  std::uint32_t lag = 0;
};

Nearest nearest_of(SeriesValues values) {
  constexpr std::size_t kFirst = series_index("d_jac1");
  static_assert(series_index("d_jac6") == kFirst + kLags - 1);
  Nearest nearest;
  for (std::size_t lag = 1; lag <= kLags; ++lag) {
    const std::optional<double>& distance = values[kFirst + lag - 1];
    if (distance && *distance < nearest.distance) nearest = {*distance, static_cast<std::uint32_t>(lag)};
  }
  return nearest;
}

}  // namespace

std::string_view name_of(Quantity quantity) { return kNames[static_cast<std::size_t>(quantity)]; }

std::optional<Quantity> quantity_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Quantity>(found - kNames.begin());
}

double EvidenceWindow::Usual::log_ratio(std::uint32_t number, bool settled) {
  if (!settled) {
    std::uint32_t& oldest = waiting_[count_ % kApart];
    if (count_ >= kApart) median_.add(oldest);
    oldest = number;
    ++count_;
  }
  const std::optional<double> usual = median_.value();
  if (!usual) return 0;
  return std::clamp(std::log((number + 1.0) / (*usual + 1.0)), -4.0, 2.0);
}

void EvidenceWindow::add(const TurnFeatures& features, SeriesValues values, bool settled) {
  const auto whole = [](double value) { return static_cast<std::uint32_t>(std::min(value, 4294967295.0)); };
  ++count_;
  period_.add(features.jaccard);
  TurnEvidence& turn = ring_[(count_ - 1) % kEvidenceTurns];
  turn = {};
  const auto set = [&turn](Quantity quantity, std::optional<double> value) {
    turn.quantities[static_cast<std::size_t>(quantity)] = value;
  };
  const auto tokens = static_cast<double>(features.tokens.size());
  const double opening = features.frame.same_opening / static_cast<double>(kEdgeTokens);
  const double ending = features.frame.same_ending / static_cast<double>(kEdgeTokens);
  const Nearest nearest = nearest_of(values);
  turn.nearest_lag = nearest.lag;
  set(Quantity::kNearest, nearest.distance);
  set(Quantity::kFrame, values[series_index("d_frame")].value_or(1.0));
  set(Quantity::kLag1, values[series_index("d_jac1")].value_or(1.0));
  set(Quantity::kOpening, opening);
  set(Quantity::kEnding, ending);
  set(Quantity::kEdges, (opening + ending) / 2);
  set(Quantity::kNewGrams, values[series_index("nov4")].value_or(0.5));
  set(Quantity::kLogTokens, std::log1p(tokens));
  set(Quantity::kLogLength, length_.log_ratio(whole(tokens), settled));
  const double new_words = values[series_index("new_words")].value_or(0.0);
  set(Quantity::kNewWords, new_words);
  set(Quantity::kLogNewWords, new_words_.log_ratio(whole(new_words), settled));
  set(Quantity::kOwnRepeats, features.shape.own_repeats);
  set(Quantity::kStage, features.shape.stage);
  set(Quantity::kOffTopic, values[series_index("off_topic")].value_or(0.0));
  set(Quantity::kInflation, values[series_index("inflation")]);
  set(Quantity::kMeaning1, values[series_index("d_cos1")]);
  set(Quantity::kMeaning2, values[series_index("d_cos2")]);
  const double scale = kPerTokens / std::max(tokens, kLeastTokens);
  for (std::size_t i = 0; i < kMarkers; ++i) {
    turn.density[i] = std::min(features.markers.counts[i] * scale, kMostDensity);
    turn.present[i] = features.markers.counts[i] > 0;
  }
}

}  // namespace duologue::measure
