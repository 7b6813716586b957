// Small model2vec folders and safetensors files, written by the tests that read them: no one's weights.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace duologue::model::testing {

// A folder that goes with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& bytes) const;  // its path

 private:
  std::string path_;
};

struct TensorBytes {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::string bytes;
};
std::string safetensors(const std::vector<TensorBytes>& tensors);
// The same with a header of one's own making, to get it wrong.
std::string safetensors_with(const std::string& header, const std::string& data);

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Row i, column j: ((31 i + 17 j) mod 23 - 11) / 16, exact in every float type.
std::vector<float> pattern(std::size_t rows, std::size_t columns);

// BERT's rules with a vocabulary of 30.
extern const char* const kWordPieceJson;
inline constexpr std::size_t kWordPieceTokens = 30;
// XLM-R's and model2vec's rules: a character map, lower case, spaces round "!", Metaspace; 24 pieces.
std::string unigram_json();
inline constexpr std::size_t kUnigramTokens = 24;
// Its map: A to a, B to b, the ligature U+FB01 to "fi", U+3000 to a space, e with an acute accent from two
// characters to one.
std::string charsmap();

}  // namespace duologue::model::testing
