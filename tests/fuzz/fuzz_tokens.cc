// libFuzzer: any bytes through the tokeniser. Its two doors must agree, and every token must be text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "measure/tokens.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace measure = duologue::measure;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static measure::Tokenizer tokenizer;  // keeps its buffers, as it does between turns
  const auto ids = tokenizer.tokenize(text);
  const auto tokens = measure::token_texts(text);
  must(ids.size() == tokens.size());
  std::string joined;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    must(!tokens[i].empty() && ids[i] != 0);
    must(duologue::base::is_valid_utf8(tokens[i]));
    must(ids[i] == measure::token_id(tokens[i]));
    joined += tokens[i];
    joined += '\n';
  }
  // A token is one where it stands alone, too, unless a combining mark finds another letter before it.
  must(joined.empty() || !measure::token_texts(joined).empty());
  return 0;
}
