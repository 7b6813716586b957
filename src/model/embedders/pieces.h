// A text that is longer than an embedder's limit, cut into pieces that aren't: at sentence ends, where there
// is none in reach between words, and where there is none either between characters. The pieces are of about
// equal size, so that none carries much with little. Pure; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace duologue::model {

// Tokens that a text takes, without special ones.
using CountTokens = std::function<std::size_t(std::string_view text)>;

// Views into `text` that together are `text`, each of at most `max_tokens` (at least 1) tokens, but for
// single characters that take more. The text itself where it fits. Every part of it is counted two or three
// times.
std::vector<std::string_view> cut_into_pieces(std::string_view text, std::size_t max_tokens,
                                              const CountTokens& count);

}  // namespace duologue::model
