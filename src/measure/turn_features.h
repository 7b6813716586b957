// What several series and detectors need of a turn, made once for all of them: its tokens, its token set's
// distances to the turns before it, the usual length, the markers in it, what it looks like. One
// FeatureWindow belongs to one conversation and one thread; it keeps the token sets of its window and four
// bytes for every turn (the median's).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "chat/turn.h"
#include "measure/bleu_window.h"
#include "measure/distinct_window.h"
#include "measure/frame_window.h"
#include "measure/history.h"
#include "measure/markers.h"
#include "measure/meaning_window.h"
#include "measure/recurrence/counter.h"
#include "measure/running_median.h"
#include "measure/text_shape.h"
#include "measure/token_types.h"
#include "measure/token_window.h"
#include "measure/tokens.h"
#include "measure/topic_window.h"

namespace duologue::measure {

// How many turns count as the last ones in lengths, and how many must lie before them.
inline constexpr std::size_t kRecentTurns = 3;
inline constexpr std::size_t kTypicalTurns = 3;

struct TurnFeatures {
  std::uint32_t turn = 0;                 // its number, from 1
  const chat::Turn* said = nullptr;       // never null when observed; valid during the call
  std::span<const TokenId> tokens;        // in order; valid during the call
  const TokenTypes* types = nullptr;      // the distinct ones; as `said`
  LagSpectrum jaccard;                    // 1 - |A and B| / |A or B| of token sets
  const TokenWindow* overlaps = nullptr;  // the same for all lags of the window; valid during the call
  std::optional<double> recent_tokens;    // mean count of the last kRecentTurns turns, this one included
  std::optional<double> typical_tokens;  // median count of the turns before those, if there are kTypicalTurns
  MarkerCounts markers;
  TextShape shape;
  FrameFeatures frame;
  TopicFeatures topic;
  std::optional<HistoryFeatures> history;  // where all series are asked for
  BleuFeatures bleu;                       // likewise
  DistinctShares distinct;                 // likewise
  RecurrenceFeatures recurrence;           // likewise
  MeaningFeatures meaning;                 // where there is an embedder
};

class FeatureWindow {
 public:
  // `wide`: also what only the series that aren't live need (measure/registry.h). A talk without them, and
  // without an embedder, doesn't keep their windows: hundreds of talks may be held at once.
  explicit FeatureWindow(bool wide);

  // The next turn, with its vectors where an embedder made some. The reference is valid until the next call.
  const TurnFeatures& add(std::uint32_t number, const chat::Turn& turn, const TurnEmbedding* embedding);
  // The next turn isn't measured: it takes its place in the window, so that lag k stays k turns, and nothing
  // else.
  void skip();

 private:
  struct Wide {
    History history;
    BleuWindow bleu;
    DistinctWindow distinct;
    RecurrenceCounter recurrences;
  };

  void fill_lengths();

  Tokenizer tokenizer_;
  TokenTypes types_;
  TextShaper shaper_;
  std::vector<PhraseMatcher::Match> matches_;
  TurnFeatures features_;
  TokenWindow overlaps_;
  FrameWindow frames_;
  TopicWindow topics_;
  std::unique_ptr<Wide> wide_;
  std::unique_ptr<MeaningWindow> meanings_;           // from the first turn on that has vectors
  std::array<std::uint32_t, kRecentTurns> recent_{};  // a ring of token counts of measured turns
  std::size_t measured_turns_ = 0;
  RunningMedian typical_;
};

}  // namespace duologue::measure
