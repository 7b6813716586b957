// A text cut into sentences by a rule that needs no dictionary and no language. Pure, any thread.
//
// A sentence ends at a line break; after a run of . ! ? … and the closing quotes, brackets and emphasis marks
// behind it, where white space or the end of the text follows; after 。！？ and the like, whatever follows.
// It doesn't end before an ASCII lower-case letter ("e.g. this"), after a single ASCII letter or a title ("J.
// ", "Dr. "), or after a number that a line begins with ("1. "). What holds no letter and no digit ("---", an
// emoji) goes with the sentence before it, or the one after where it is the first.
#pragma once

#include <string_view>
#include <vector>

namespace duologue::base {

// Views into `text`, in order, without white space round them; none is empty. Together they hold every
// character that is no white space. Wrong bytes are characters like any other. Linear time.
std::vector<std::string_view> split_sentences(std::string_view text);

}  // namespace duologue::base
