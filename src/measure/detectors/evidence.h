// What the rules of data/detectors.yaml may ask of a turn and of the few before it: quantities of its words
// and its length, and the markers in it. One conversation, one thread; keeps kEvidenceTurns turns, and eight
// bytes for every turn (two medians).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "measure/lag_period.h"
#include "measure/markers.h"
#include "measure/running_median.h"
#include "measure/series.h"
#include "measure/turn_features.h"

namespace duologue::measure {

// The most turns that a condition may look back over, the present one included.
inline constexpr std::size_t kEvidenceTurns = 6;
// Pairs of turns that a period is told from: those of a hold.
inline constexpr std::size_t kPeriodTurns = 3;

enum class Quantity : std::uint8_t {
  kNearest,    // the least of d_jac1..d_jac6; 1 where there is nothing to compare with
  kFrame,      // d_frame; 1 likewise
  kLag1,       // d_jac1; 1 likewise
  kOpening,    // same_opening / 16
  kEnding,     // same_ending / 16
  kEdges,      // the mean of these two
  kNewGrams,   // nov4; 0.5 for a turn without tokens
  kLogTokens,  // ln(1 + tokens)
  kLogLength,  // ln((tokens + 1) / (usual + 1)), -4 to 2; the usual: the median of the turns but for the last
               // 3; 0 in the first 3 turns
  kNewWords,   // new_words
  kLogNewWords,  // its logarithm against the usual, as kLogLength
  kOwnRepeats,   // own_repeats
  kStage,        // stage
  kOffTopic,     // off_topic; 0 where it is null
  kInflation,    // inflation
  kMeaning1,     // d_cos1; null without an embedder (Way::embedder)
  kMeaning2,     // d_cos2; likewise
};
inline constexpr std::size_t kQuantities = 17;
std::string_view name_of(Quantity quantity);  // as in the file
std::optional<Quantity> quantity_from(std::string_view name);

struct TurnEvidence {
  std::array<std::optional<double>, kQuantities> quantities;
  std::array<double, kMarkers> density{};  // matches for every 20 tokens (of at least 10), at most 2
  std::array<bool, kMarkers> present{};
  std::uint32_t nearest_lag = 0;  // the lag of kNearest, in turns; 0 where there is nothing to compare with
};

class EvidenceWindow {
 public:
  // The identity of the embedder whose vectors the series see; empty: none.
  explicit EvidenceWindow(std::string embedder = {}) : embedder_(std::move(embedder)) {}
  const std::string& embedder() const { return embedder_; }

  // `settled`: what is usual stays as it was before, or a long loop would become the usual itself.
  void add(const TurnFeatures& features, SeriesValues values, bool settled);
  // That of the last turns (LagPeriod), where one shows.
  std::optional<std::uint32_t> period() const { return period_.value(); }
  // Turns kept, at most kEvidenceTurns; 0: the present one.
  std::size_t turns() const { return count_ < kEvidenceTurns ? count_ : kEvidenceTurns; }
  const TurnEvidence& at(std::size_t turns_before) const {
    return ring_[(count_ - 1 - turns_before) % kEvidenceTurns];
  }

 private:
  // A number's logarithm against what is usual.
  class Usual {
   public:
    double log_ratio(std::uint32_t number, bool settled);

   private:
    static constexpr std::size_t kApart = 3;  // turns that don't count as usual yet
    std::array<std::uint32_t, kApart> waiting_{};
    std::size_t count_ = 0;
    RunningMedian median_;
  };

  std::string embedder_;
  std::array<TurnEvidence, kEvidenceTurns> ring_;
  std::size_t count_ = 0;
  Usual length_;
  Usual new_words_;
  LagPeriod period_{kPeriodTurns, kPeriodTurns};
};

}  // namespace duologue::measure
