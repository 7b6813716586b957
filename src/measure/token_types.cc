#include "measure/token_types.h"

#include "measure/function_words.h"

namespace duologue::measure {

void TokenTypes::assign(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word) {
  tokens_ = tokens;
  is_word_ = is_word;
  seen_.restart(tokens.size());
  types_.clear();
  counts_.clear();
  is_content_.clear();
  numbers_.resize(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::uint32_t number = seen_.number(tokens[i]);
    numbers_[i] = number;
    if (number < types_.size()) {
      ++counts_[number];
      continue;
    }
    types_.push_back(tokens[i]);
    counts_.push_back(1);
    is_content_.push_back(is_word[i] != 0 && !is_function_word(tokens[i]) ? 1 : 0);
  }
}

}  // namespace duologue::measure
