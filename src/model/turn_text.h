// The text of a turn while its tokens arrive: what of it is reasoning, where a stop string ends it, and how
// much may already be shown. One thread at a time.
//
// Reasoning is what stands between <think> and </think> (or [THINK] and [/THINK]) at the very start; the
// spaces after it belong to neither. Where the template has already opened it, everything up to </think> is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::model {

class TurnText {
 public:
  struct Options {
    std::vector<std::string> stop;  // strings that end the turn
    bool splits_reasoning = true;
    bool starts_in_reasoning = false;
  };

  explicit TurnText(Options options);

  // The next token's bytes. True: a stop string has come; it and what follows are not part of the text.
  bool push(std::string_view piece);
  // No more tokens will come: what was held back is text after all.
  void finish();

  // Of the text, what can be shown now; it only ever grows, up to all of it.
  std::string_view shown() const { return view(text_begin_, shown_end_); }

  // After finish():
  std::string_view text() const { return view(text_begin_, text_end_); }
  std::string_view reasoning() const { return view(reasoning_begin_, reasoning_end_); }
  // Tokens [first, last) are the text's: those that end in it.
  std::size_t first_text_token() const;
  std::size_t last_text_token() const;
  // Whether the text ends where a token does: the tokens up to last_text_token() are then the whole turn.
  bool ends_at_token() const;

 private:
  enum class Phase { kUndecided, kReasoning, kAfterReasoning, kText };

  std::string_view view(std::size_t begin, std::size_t end) const {
    return std::string_view(bytes_).substr(begin, end > begin ? end - begin : 0);
  }
  void advance();
  bool decide();
  bool close_reasoning();
  bool find_stop();
  std::size_t held_back() const;

  Options options_;
  std::string bytes_;  // of all tokens
  std::vector<std::size_t> token_ends_;
  Phase phase_;
  std::string_view close_tag_ = "</think>";
  std::size_t searched_ = 0;  // close tags and stop strings start at or after this
  std::size_t reasoning_begin_ = 0;
  std::size_t reasoning_end_ = 0;
  std::size_t text_begin_ = 0;
  std::size_t text_end_ = 0;
  std::size_t shown_end_ = 0;
};

}  // namespace duologue::model
