#include "measure/function_words.h"

#include <string>

#include "base/yaml.h"
#include "measure/data_text.h"
#include "measure/ngrams.h"

namespace duologue::measure {
namespace {

// Built in, and read by the tests: it can't be wrong here.
GramSet read_function_words() {
  GramSet words;
  const base::Yaml root = base::Yaml::parse(kFunctionWordsYaml, "function_words.yaml").value();
  const auto items = root.list("function words").value();
  for (const base::Yaml& one : items) {
    const auto tokens = token_texts(one.text("a function word").value());
    words.insert(token_id(tokens.at(0)));
  }
  return words;
}

}  // namespace

bool is_function_word(TokenId token) {
  static const GramSet words = read_function_words();
  return words.contains(token);
}

}  // namespace duologue::measure
