// A matrix of bits, 64 columns a word: which turn recurs with which. 20,000 by 20,000 take 50 MB. A plain
// value; different rows may be written by different threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace duologue::measure {

class BitMatrix {
 public:
  static constexpr std::size_t kWordBits = 64;

  BitMatrix() = default;
  // All zeros.
  BitMatrix(std::size_t rows, std::size_t columns)
      : rows_(rows), columns_(columns), words_((columns + kWordBits - 1) / kWordBits), bits_(rows * words_) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t words() const { return words_; }  // of a row; bits past the last column are 0

  // Bit j % 64 of word j / 64 is column j.
  std::span<std::uint64_t> row(std::size_t i) { return std::span(bits_).subspan(i * words_, words_); }
  std::span<const std::uint64_t> row(std::size_t i) const {
    return std::span(bits_).subspan(i * words_, words_);
  }
  bool at(std::size_t i, std::size_t j) const { return (row(i)[j / kWordBits] >> (j % kWordBits) & 1U) != 0; }
  void set(std::size_t i, std::size_t j) { row(i)[j / kWordBits] |= std::uint64_t{1} << (j % kWordBits); }

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
};

}  // namespace duologue::measure
