// What a turn looks like, whatever its words: lines, capitals, emoji, stage directions, how much it repeats
// itself. Values; a TextShaper keeps its memory between turns, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "measure/ngrams.h"
#include "measure/token_types.h"

namespace duologue::measure {

struct TextShape {
  std::uint32_t words = 0;      // canonical tokens that are words
  std::uint32_t lines = 0;      // that aren't blank
  std::uint32_t questions = 0;  // question marks, of any script
  std::uint32_t exclamations = 0;
  bool ends_in_question = false;  // its last character but for space, quotes and markup
  std::uint32_t title_run = 0;    // words in the longest run of Title Case words
  double emoji = 0;               // share of characters as people count them that are emoji, 0 to 1
  double stage = 0;               // share of its lines that are nothing but a stage direction, 0 to 1
  double code = 0;                // share of its lines that stand in a fenced block (``` or ~~~), 0 to 1
  double capitals = 0;            // share of its words of two letters or more that are ALL CAPS, 0 to 1
  double own_repeats = 0;         // share of its 3-grams that stood in it before, 0 to 1
  double top_token = 0;           // share of its most frequent word, 0 to 1
};

class TextShaper {
 public:
  // `tokens`: those of the text.
  TextShape shape(std::string_view text, const TokenTypes& tokens);

 private:
  void count_characters(std::string_view text, TextShape& shape);
  void count_repeats(const TokenTypes& turn, TextShape& shape);

  SeenTable seen_;
};

}  // namespace duologue::measure
