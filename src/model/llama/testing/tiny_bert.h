// A sentence-BERT of random weights, some dozen kilobytes, in its published form; and its forward pass in 64
// bits, written apart from llama.cpp, to compare with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/embedders/testing/fixtures.h"
#include "model/llama/convert_bert.h"

namespace duologue::model::llama::testing {

class TinyBert {
 public:
  static constexpr std::size_t kWidth = 32;
  static constexpr std::size_t kHeads = 4;
  static constexpr std::size_t kLayers = 2;
  static constexpr std::size_t kFeedForward = 64;
  static constexpr std::size_t kPositions = 40;
  static constexpr std::uint32_t kMaxTokens = 32;  // fewer than there are positions for

  TinyBert();

  static const std::vector<std::string>& vocabulary();
  // Tensors by transformers' names, to be changed by a test before it writes them.
  std::map<std::string, model::testing::TensorBytes> tensors;

  // Writes both files and gives what convert_bert takes.
  BertSource write(const model::testing::TempFolder& folder) const;

  // The mean of the last layer over all tokens, [CLS] and [SEP] included; not brought to length 1.
  std::vector<double> forward(const std::vector<std::uint32_t>& ids) const;
  // Words that stand in the vocabulary as they are, between [CLS] and [SEP].
  static std::vector<std::uint32_t> ids_of(const std::vector<std::string>& words);

 private:
  void add(const std::string& name, std::vector<std::uint64_t> shape, double spread, double mean);
  std::vector<double> values(const std::string& name) const;
  void layer(std::size_t number, std::vector<std::vector<double>>& rows) const;
  std::vector<double> attended(std::size_t head, std::size_t token, const std::vector<std::vector<double>>& q,
                               const std::vector<std::vector<double>>& k,
                               const std::vector<std::vector<double>>& v) const;
};

}  // namespace duologue::model::llama::testing
