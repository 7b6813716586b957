// What the vectors of turns say: how far a turn is from the ones before, how coherent it is, the path that
// the conversation takes through the space, how many directions its last turns fill. One conversation, one
// thread; keeps kSpreadTurns vectors, and the first one.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "measure/embedding.h"

namespace duologue::measure {

// Turns with a vector over which the spread is told.
inline constexpr std::size_t kSpreadTurns = 16;

// Everything is null without an embedder, and for a turn that has no vector.
struct MeaningFeatures {
  // 1 - cosine to the turn `lag` turns before, [0, 2]; element lag - 1. Null where that one isn't measured or
  // has no vector.
  std::array<std::optional<double>, 2> distance;
  std::optional<double> coherence;       // mean cosine of adjacent sentences, [-1, 1] (Foltz 1998)
  std::optional<double> coherence_step;  // its absolute change from the turn before
  // Angles in radians. The path leads from vector to vector; turns without one are passed over.
  std::optional<double> velocity;      // of the last step, [0, pi]; null at the first vector
  std::optional<double> path;          // of all steps, 0 and up; 0 at the first vector
  std::optional<double> displacement;  // from the first vector, [0, pi]
  std::optional<double> straightness;  // displacement / path, [0, 1]; null while the path is 0
  // Of the eigenvalues l of the last kSpreadTurns vectors' Gram matrix, not centred: (sum l)^2 / sum l^2 and
  // exp of the entropy of l / sum l (Vendi scores of order 2 and 1: Friedman and Dieng 2023; Pasarkar and
  // Dieng 2024). 1 to kSpreadTurns; null until there are that many.
  std::optional<double> participation;
  std::optional<double> effective_rank;
};

class MeaningWindow {
 public:
  MeaningFeatures add(const TurnEmbedding& turn);
  // The next turn isn't measured, or nothing is known of it: it takes its place, so that lag k stays k turns.
  void skip();

 private:
  void add_distances(std::span<const float> vector, MeaningFeatures& features) const;
  void add_path(const std::vector<float>& vector, MeaningFeatures& features);
  void add_spread(const std::vector<float>& vector, MeaningFeatures& features);

  std::array<std::vector<float>, 2> before_;  // of the last turn and the one before; empty: it has none
  std::optional<double> coherence_before_;
  std::vector<float> first_;  // of the path
  std::vector<float> last_;
  double path_ = 0;
  std::array<std::vector<float>, kSpreadTurns> recent_;                // a ring
  std::array<std::array<double, kSpreadTurns>, kSpreadTurns> gram_{};  // by their places in it
  std::size_t vectors_ = 0;
};

// Vendi scores of order 1 and 2 of vectors of unit length, from the eigenvalues of their Gram matrix: any
// number of rows above 0, row-major. For tests and whole conversations.
struct Spread {
  double participation = 1;
  double effective_rank = 1;
};
Spread spread_of(std::span<const double> gram, std::size_t rows);

}  // namespace duologue::measure
