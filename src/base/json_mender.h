// Makes JSON of what only nearly is: the words NaN, Infinity and -Infinity become null, and in strings every
// byte that is no UTF-8 and every lone surrogate becomes marks that restore() turns back into the bytes. A
// mark is a code point U+10FF80..U+10FFFF, which stands for the byte 0x80..0xFF; where the text itself holds
// one of these, its four bytes are marked too. For base/json.cc; one thread. Keeps its view of the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"

namespace duologue::base {

class JsonMender {
 public:
  explicit JsonMender(std::string_view text) : in_(text) {}

  // False: there was nothing to change.
  bool run();
  const std::string& text() const { return out_; }
  // Where in the original text the byte `offset` of text() comes from.
  std::size_t origin_of(std::size_t offset) const;
  // In what was parsed from text(): strings and keys get their bytes back.
  void restore(Json& value) const;

 private:
  std::size_t walk(std::size_t stop);
  std::size_t outside(std::size_t i);
  std::size_t inside(std::size_t i);
  std::size_t escape(std::size_t i);
  void copy(std::size_t i, std::size_t length);
  void mark(std::string_view bytes);

  std::string_view in_;
  std::string out_;
  bool in_string_ = false;
  bool changed_ = false;
  bool marked_ = false;
};

}  // namespace duologue::base
