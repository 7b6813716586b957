#include "measure/detector.h"

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::measure {

std::string quote_of(std::string_view text) {
  while (!text.empty()) {
    const base::Utf8Step step = base::decode_utf8(text);
    if (!step.valid || !base::is_space(step.code_point)) break;
    text.remove_prefix(step.length);
  }
  return std::string(text.substr(0, base::floor_boundary(text, kQuoteBytes)));
}

}  // namespace duologue::measure
