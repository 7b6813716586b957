// "Did you mean": the known words nearest to one that isn't known. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::base {

// At most `at_most` of `words`, nearest first, that a slip of the fingers could have turned into `word`: by
// edits (insert, drop, change, swap two neighbours; case ignored), up to a third of the longer one, or one of
// them begins with the other. Equal distances stay in the order given. Nothing for words over 64 bytes.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& words,
                                 std::size_t at_most = 3);

// "; did you mean 'a' or 'b'?", or empty where nothing is near. To be put after an error's message.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& words);

// Edits between two strings, as above.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace duologue::base
