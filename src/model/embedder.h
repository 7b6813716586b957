// The Embedder door: texts to vectors of unit length, whose scalar product is the cosine of their meanings as
// the embedder sees it. Implementations stand in model/embedders/ and
// model/llama/; callers own them by shared_ptr. Safe to call from many threads at once; one that computes on
// threads of its own lets its callers take turns.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::model {

struct EmbedderInfo {
  std::string name;      // as the user gave it: hashed, minilm, a path
  std::string identity;  // 64 hexadecimal digits, of the weights and the recipe's version: a verdict names it
  std::uint32_t dimensions = 0;
  // Of the longest piece that is embedded at once, special tokens included; 0: no limit. A longer text is cut
  // at sentence ends, else between words; its vector is the mean of its pieces', each with the weight of its
  // tokens.
  std::uint32_t max_tokens = 0;
};

// One row a text, row-major, 32-bit floats. A row is a vector of unit length, or missing: the text holds
// nothing that can be embedded (empty, white space, no token that the embedder knows), or its vector had no
// direction. Zeros are never passed off as a vector. A value.
class Embeddings {
 public:
  Embeddings() = default;
  Embeddings(std::size_t rows, std::uint32_t dimensions)  // all missing
      : dimensions_(dimensions), present_(rows, false), values_(rows * dimensions) {}

  // Rows that have length 1 already, kept bit by bit; an empty one is missing.
  static Embeddings of_unit_rows(const std::vector<std::vector<float>>& rows, std::uint32_t dimensions,
                                 std::size_t not_finite = 0) {
    Embeddings out(rows.size(), dimensions);
    out.not_finite_ = not_finite;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].size() != dimensions) continue;
      std::ranges::copy(rows[i], out.values_.begin() + static_cast<std::ptrdiff_t>(i * dimensions));
      out.present_[i] = true;
    }
    return out;
  }

  std::size_t rows() const { return present_.size(); }
  std::uint32_t dimensions() const { return dimensions_; }
  bool missing(std::size_t row) const { return !present_[row]; }
  // Empty where missing.
  std::span<const float> row(std::size_t row) const {
    if (missing(row)) return {};
    return std::span(values_).subspan(row * dimensions_, dimensions_);
  }
  // Rows that are missing because the embedder gave NaN or an infinity: a fault of it, or of its weights.
  std::size_t not_finite() const { return not_finite_; }

  // Sets a missing row to `vector`, of any length, brought to length 1. It stays missing where that can't be
  // done: zeros, or numbers that aren't finite, which are counted. `vector` has dimensions() elements.
  template <typename Number>
  void set(std::size_t row, std::span<const Number> vector) {
    double squares = 0;
    for (const Number value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
    if (!std::isfinite(squares)) {
      ++not_finite_;
      return;
    }
    const double scale = 1 / std::sqrt(squares);
    if (!std::isfinite(scale)) return;
    float* out = values_.data() + row * dimensions_;
    for (std::size_t i = 0; i < dimensions_; ++i) {
      out[i] = static_cast<float>(static_cast<double>(vector[i]) * scale);
    }
    present_[row] = true;
  }

 private:
  std::uint32_t dimensions_ = 0;
  std::size_t not_finite_ = 0;
  std::vector<bool> present_;
  std::vector<float> values_;
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual const EmbedderInfo& info() const = 0;

  // A row for each text, in their order; the texts may be any bytes (invalid UTF-8 counts as U+FFFD). Give
  // many at once: they are computed in batches. kCancelled soon after a stop request (between texts, or
  // within one batch); kModel where the engine fails.
  virtual base::Result<Embeddings> embed(std::span<const std::string_view> texts, std::stop_token stop) = 0;
};

}  // namespace duologue::model
