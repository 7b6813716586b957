// Any text as Markdown that shows exactly that text: no markup, HTML, link or image of it comes to life in
// any renderer, no line of it can pass for one of the document's own, and nothing invisible hides in it. And
// back, exactly. Texts are UTF-8. Pure; any thread.
//
// ASCII that means something gets a backslash; < > & are &lt; &gt; &amp;; spaces at a line's ends are &nbsp;
// or &#32;; control characters, and those that are invisible or turn the direction of writing, are &#xHEX;.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace duologue::store {

// One line of text (no "\n" in it).
std::string to_markdown(std::string_view line);
// What is no escape of ours is left as it is.
std::string from_markdown(std::string_view line);

// Lines behind a prefix such as "> ", each ended by "\n"; within a paragraph with hard breaks. An empty text
// has none.
std::string quoted_block(std::string_view text, std::string_view prefix);
// A line of a block, without its prefix, as text: also without its hard break.
std::string from_block_line(std::string_view line);

// JSON as it may stand in an HTML comment: the same value, without "--", "<" and ">", and ASCII alone.
std::string comment_json(const base::Json& json);

}  // namespace duologue::store
