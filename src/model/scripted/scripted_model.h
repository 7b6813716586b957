// A model that says what a script tells it: for tests, demos and benches. Deterministic, needs no weights.
//
// The script is text, one reply a line: turn t of a conversation is line (t - 1) mod n, whoever speaks it, so
// that a window that hides old turns changes nothing and a resumed conversation goes on at the right line.
// Escapes in a line: \n newline, \t tab, \\ backslash, \xHH one byte (invalid UTF-8 and terminal escapes
// included), \e escape, \| here the turn pauses: what follows is said once its tool calls are answered
// (nothing, where that has been said). An empty line is an empty turn. Lines that start with # are left out,
// except these settings:
//   #pace MS         a reply takes this long, said word by word (0: at once)
//   #error N TEXT    turn N fails with a model error
//   #context TOKENS  views longer than this many words overflow
//   #price IN OUT    a word read or said costs like a token of so many dollars a million
//   #generate WORDS  instead of lines: replies of this many words drawn from the turn's seed
// Safe to call from any thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"

namespace duologue::model {

inline constexpr char kPartMark = '\x1f';

struct Script {
  std::vector<std::string> replies;  // a reply's parts are divided by kPartMark
  std::chrono::milliseconds pace{0};
  std::map<std::uint32_t, std::string> errors;  // by turn
  std::uint32_t context_words = 0;              // 0: unlimited
  std::optional<Price> price;
  std::uint32_t generate_words = 0;  // > 0: replies are drawn, `replies` is not used
};

// kBadInput with the line number.
base::Result<Script> parse_script(std::string_view text);

std::shared_ptr<Model> make_scripted(std::string name, Script script);

// kNotFound, kBadInput with path and line.
base::Result<std::shared_ptr<Model>> open_scripted(const std::string& name, const std::string& path);

}  // namespace duologue::model
