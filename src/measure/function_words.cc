#include "measure/function_words.h"

#include <bit>
#include <cstddef>
#include <vector>

#include "base/yaml.h"
#include "measure/data_text.h"

namespace duologue::measure {
namespace {

// Asked three times for every token of every turn, and mostly for what it doesn't hold: a table with much
// room.
class FunctionWords {
 public:
  // The file is built in, and read by the tests: it can't be wrong here.
  FunctionWords() {
    const base::Yaml root = base::Yaml::parse(kFunctionWordsYaml, "function_words.yaml").value();
    const auto items = root.list("function words").value();
    slots_.resize(std::bit_ceil(items.size() * kRoom));
    for (const base::Yaml& one : items) {
      const auto tokens = token_texts(one.text("a function word").value());
      const TokenId word = token_id(tokens.at(0));
      slots_[slot_of(word)] = word;
    }
  }
  bool holds(TokenId token) const { return slots_[slot_of(token)] == token; }

 private:
  static constexpr std::size_t kRoom = 4;  // slots for each word, at least

  std::size_t slot_of(TokenId token) const {  // where it is, or would be
    std::size_t slot = token & (slots_.size() - 1);
    while (slots_[slot] != token && slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  std::vector<TokenId> slots_;  // a power of two; 0: free
};

}  // namespace

bool is_function_word(TokenId token) {
  static const FunctionWords words;
  return words.holds(token);
}

}  // namespace duologue::measure
