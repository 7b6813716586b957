#include "measure/meaning_window.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Eigenvalues>

namespace duologue::measure {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  // Two equal vectors of floats may come out above 1 by a hair, whose arccos is no number.
  return std::clamp(sum, -1.0, 1.0);
}

double angle(std::span<const float> a, std::span<const float> b) { return std::acos(cosine(a, b)); }

std::optional<double> coherence_of(const TurnEmbedding& turn) {
  if (turn.sentences.size() < 2) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 1; i < turn.sentences.size(); ++i)
    sum += cosine(turn.sentences[i - 1], turn.sentences[i]);
  return sum / static_cast<double>(turn.sentences.size() - 1);
}

}  // namespace

Spread spread_of(std::span<const double> gram, std::size_t rows) {
  const auto size = static_cast<Eigen::Index>(rows);
  const Eigen::Map<const Eigen::MatrixXd> matrix(gram.data(), size, size);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix, Eigen::EigenvaluesOnly);
  const double sum = matrix.trace();
  Spread spread;
  spread.participation = sum * sum / matrix.squaredNorm();
  double entropy = 0;
  for (const double value : solver.eigenvalues()) {
    const double share = value / sum;
    if (share > 0) entropy -= share * std::log(share);  // rounding makes zeros slightly negative
  }
  spread.effective_rank = std::exp(entropy);
  return spread;
}

MeaningFeatures MeaningWindow::add(const TurnEmbedding& turn) {
  MeaningFeatures features;
  features.coherence = coherence_of(turn);
  if (features.coherence && coherence_before_)
    features.coherence_step = std::abs(*features.coherence - *coherence_before_);
  if (!turn.vector.empty()) {
    add_distances(turn.vector, features);
    add_path(turn.vector, features);
    add_spread(turn.vector, features);
  }
  before_[1] = std::exchange(before_[0], turn.vector);
  coherence_before_ = features.coherence;
  return features;
}

void MeaningWindow::skip() {
  before_[1] = std::exchange(before_[0], {});
  coherence_before_.reset();
}

void MeaningWindow::add_distances(std::span<const float> vector, MeaningFeatures& features) const {
  for (std::size_t i = 0; i < before_.size(); ++i) {
    if (!before_[i].empty()) features.distance[i] = 1 - cosine(vector, before_[i]);
  }
}

void MeaningWindow::add_path(const std::vector<float>& vector, MeaningFeatures& features) {
  if (first_.empty()) {
    first_ = vector;
  } else {
    features.velocity = angle(last_, vector);
    path_ += *features.velocity;
  }
  last_ = vector;
  features.path = path_;
  features.displacement = angle(first_, vector);
  // The way can't be shorter than the distance but for rounding.
  if (path_ > 0) features.straightness = std::min(*features.displacement / path_, 1.0);
}

void MeaningWindow::add_spread(const std::vector<float>& vector, MeaningFeatures& features) {
  const std::size_t place = vectors_ % kSpreadTurns;
  recent_[place] = vector;
  ++vectors_;
  for (std::size_t i = 0; i < std::min(vectors_, kSpreadTurns); ++i)
    gram_[place][i] = gram_[i][place] = cosine(vector, recent_[i]);
  if (vectors_ < kSpreadTurns) return;
  const Spread spread = spread_of(std::span(gram_.front().data(), kSpreadTurns * kSpreadTurns), kSpreadTurns);
  features.participation = spread.participation;
  features.effective_rank = spread.effective_rank;
}

}  // namespace duologue::measure
