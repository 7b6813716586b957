#include "model/embedders/tokenizer_file.h"

#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using Json = base::SortedJson;

constexpr std::size_t kMaxTokens = 2'000'000;
constexpr std::size_t kMaxRules = 256;
constexpr int kMaxNesting = 4;

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

std::optional<std::string> text(const Json& object, const char* key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get_ref<const std::string&>();
}

bool flag(const Json& object, const char* key, bool otherwise) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : otherwise;
}

std::optional<std::uint32_t> number(const Json& object, const char* key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  const auto wide = value->get<std::uint64_t>();
  if (wide > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(wide);
}

// Foreign text within an error's one line.
std::string shown(const std::string& foreign) {
  return Json(foreign.substr(0, 60)).dump(-1, ' ', true, Json::error_handler_t::replace);
}

// Reads the parts of one file; its errors name what isn't known.
class FileReader {
 public:
  explicit FileReader(const std::string& path) : path_(path) {}

  base::Error error(const std::string& what) const {
    return {ErrorKind::kModel, fmt::format("{}: {}", path_, what), std::nullopt};
  }
  Status unsupported(const char* part, const std::string& what) const {
    return std::unexpected(error(
        fmt::format("its {} {} isn't one that duologue knows: use another embedder", part, shown(what))));
  }

  Status normalizer(const Json& entry, std::vector<NormalizerRule>& rules, int depth);
  Status pre_tokenizer(const Json& entry, std::vector<PreTokenizerRule>& rules, int depth);
  Status added_tokens(const Json& root) const;
  Result<std::unique_ptr<Subwords>> model(const Json& entry) const;

 private:
  Status replace(const Json& entry, NormalizerRule& rule) const;
  Status charsmap(const Json& entry, NormalizerRule& rule) const;
  Status metaspace(const Json& entry, PreTokenizerRule& rule) const;
  Result<std::unique_ptr<Subwords>> word_piece(const Json& entry) const;
  Result<std::unique_ptr<Subwords>> unigram(const Json& entry) const;

  template <typename Rules, typename Read>
  Status sequence(const Json& entry, const char* key, Rules& rules, int depth, Read read) {
    const Json* parts = member(entry, key);
    if (parts == nullptr || !parts->is_array() || parts->size() > kMaxRules || depth >= kMaxNesting)
      return std::unexpected(error(fmt::format("a damaged sequence of {}", key)));
    for (const Json& part : *parts) TRY((this->*read)(part, rules, depth + 1));
    return {};
  }

  const std::string& path_;
};

Status FileReader::normalizer(const Json& entry, std::vector<NormalizerRule>& rules, int depth) {
  using Kind = NormalizerRule::Kind;
  using base::NormalForm;
  const std::string type = text(entry, "type").value_or("");
  if (type == "Sequence") return sequence(entry, "normalizers", rules, depth, &FileReader::normalizer);
  NormalizerRule rule;
  if (type == "BertNormalizer") {
    rule.kind = Kind::kBert;
    rule.clean = flag(entry, "clean_text", true);
    rule.pad_han = flag(entry, "handle_chinese_chars", true);
    rule.lowercase = flag(entry, "lowercase", true);
    rule.strip_marks = flag(entry, "strip_accents", rule.lowercase);
  } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
    rule.kind = Kind::kForm;
    rule.form = type == "NFC"    ? NormalForm::kNfc
                : type == "NFD"  ? NormalForm::kNfd
                : type == "NFKC" ? NormalForm::kNfkc
                                 : NormalForm::kNfkd;
  } else if (type == "Lowercase") {
    rule.kind = Kind::kLowercase;
  } else if (type == "StripAccents") {
    rule.kind = Kind::kStripMarks;
  } else if (type == "Strip") {
    rule.kind = Kind::kTrim;
    rule.left = flag(entry, "strip_left", true);
    rule.right = flag(entry, "strip_right", true);
  } else if (type == "Replace") {
    TRY(replace(entry, rule));
  } else if (type == "Prepend") {
    rule.kind = Kind::kPrepend;
    rule.to = text(entry, "prepend").value_or("");
  } else if (type == "Precompiled") {
    TRY(charsmap(entry, rule));
  } else {
    return unsupported("normalizer", type);
  }
  rules.push_back(std::move(rule));
  return {};
}

// A literal, or one of the expressions for runs of spaces that such files hold.
Status FileReader::replace(const Json& entry, NormalizerRule& rule) const {
  using Kind = NormalizerRule::Kind;
  const Json* pattern = member(entry, "pattern");
  rule.to = text(entry, "content").value_or("");
  const auto literal = pattern == nullptr ? std::nullopt : text(*pattern, "String");
  const auto expression = pattern == nullptr ? std::nullopt : text(*pattern, "Regex");
  if (literal && !literal->empty()) {
    rule.kind = Kind::kReplace;
    rule.from = *literal;
    return {};
  }
  rule.kind = Kind::kReplaceSpaces;
  if (expression == "\\s+") {
    rule.least = 0;
  } else if (expression == " {2,}") {
    rule.least = 2;
  } else if (expression == " +") {
    rule.least = 1;
  } else {
    return unsupported("normalizer's pattern", expression.value_or(""));
  }
  return {};
}

Status FileReader::charsmap(const Json& entry, NormalizerRule& rule) const {
  rule.kind = NormalizerRule::Kind::kCharsmap;
  const auto bytes = decode_base64(text(entry, "precompiled_charsmap").value_or(""));
  if (!bytes) return std::unexpected(error("its character map is no base64"));
  auto map = Charsmap::parse(*bytes);
  if (!map) return std::unexpected(error(map.error().message));
  rule.charsmap = std::make_shared<const Charsmap>(std::move(*map));
  return {};
}

Status FileReader::pre_tokenizer(const Json& entry, std::vector<PreTokenizerRule>& rules, int depth) {
  using Kind = PreTokenizerRule::Kind;
  const std::string type = text(entry, "type").value_or("");
  if (type == "Sequence") return sequence(entry, "pretokenizers", rules, depth, &FileReader::pre_tokenizer);
  PreTokenizerRule rule;
  if (type == "BertPreTokenizer") {
    rule.kind = Kind::kWhitespaceSplit;
    rules.push_back(rule);
    rule.kind = Kind::kPunctuation;
  } else if (type == "WhitespaceSplit") {
    rule.kind = Kind::kWhitespaceSplit;
  } else if (type == "Punctuation" && text(entry, "behavior").value_or("Isolated") == "Isolated") {
    rule.kind = Kind::kPunctuation;
  } else if (type == "Metaspace") {
    TRY(metaspace(entry, rule));
  } else {
    return unsupported("pre-tokenizer", type);
  }
  rules.push_back(std::move(rule));
  return {};
}

Status FileReader::metaspace(const Json& entry, PreTokenizerRule& rule) const {
  using Prepend = PreTokenizerRule::Prepend;
  rule.kind = PreTokenizerRule::Kind::kMetaspace;
  rule.mark = text(entry, "replacement").value_or("\xE2\x96\x81");
  rule.split = flag(entry, "split", true);
  if (rule.mark.empty() || rule.mark == " ") return unsupported("Metaspace mark", rule.mark);
  // Older files have a switch, newer ones three words.
  rule.prepend = flag(entry, "add_prefix_space", true) ? Prepend::kAlways : Prepend::kNever;
  const auto scheme = text(entry, "prepend_scheme");
  if (!scheme) return {};
  if (*scheme == "always") {
    rule.prepend = Prepend::kAlways;
  } else if (*scheme == "first") {
    rule.prepend = Prepend::kFirst;
  } else if (*scheme == "never") {
    rule.prepend = Prepend::kNever;
  } else {
    return unsupported("Metaspace scheme", *scheme);
  }
  return {};
}

// Words that are looked for before everything else. Special ones must not be: a text could say them.
Status FileReader::added_tokens(const Json& root) const {
  const Json* tokens = member(root, "added_tokens");
  if (tokens == nullptr || !tokens->is_array()) return {};
  for (const Json& token : *tokens) {
    if (!flag(token, "special", false))
      return unsupported("added token", text(token, "content").value_or(""));
  }
  return {};
}

Result<std::unique_ptr<Subwords>> FileReader::model(const Json& entry) const {
  // Older files don't name the type.
  const Json* vocabulary = member(entry, "vocab");
  const std::string by_shape = vocabulary != nullptr && vocabulary->is_array() ? "Unigram" : "WordPiece";
  const std::string type =
      text(entry, "type").value_or(member(entry, "merges") != nullptr ? "BPE" : by_shape);
  if (type == "WordPiece") return word_piece(entry);
  if (type == "Unigram") return unigram(entry);
  TRY(unsupported("model", type));
  return fail(ErrorKind::kInternal, "an unsupported tokenizer passed");
}

Result<std::unique_ptr<Subwords>> FileReader::word_piece(const Json& entry) const {
  const Json* vocabulary = member(entry, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_object())
    return std::unexpected(error("it has no vocabulary"));
  WordPieceSpec spec;
  spec.unknown = text(entry, "unk_token").value_or("[UNK]");
  spec.continuing_prefix = text(entry, "continuing_subword_prefix").value_or("##");
  spec.max_word_characters = number(entry, "max_input_chars_per_word").value_or(100);
  spec.vocabulary.reserve(vocabulary->size());
  for (const auto& [token, id] : vocabulary->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxTokens)
      return std::unexpected(error(fmt::format("the token {} has no usable id", shown(token))));
    spec.vocabulary.emplace_back(token, static_cast<std::uint32_t>(id.get<std::uint64_t>()));
  }
  auto made = make_word_piece(spec);
  if (!made) return std::unexpected(error(made.error().message));
  return made;
}

Result<std::unique_ptr<Subwords>> FileReader::unigram(const Json& entry) const {
  const Json* vocabulary = member(entry, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_array() || vocabulary->size() > kMaxTokens)
    return std::unexpected(error("it has no vocabulary, or one of more than 2,000,000 pieces"));
  UnigramSpec spec;
  spec.unknown_id = number(entry, "unk_id");
  spec.byte_fallback = flag(entry, "byte_fallback", false);
  spec.pieces.reserve(vocabulary->size());
  for (const Json& piece : *vocabulary) {
    if (!piece.is_array() || piece.size() != 2 || !piece[0].is_string() || !piece[1].is_number())
      return std::unexpected(error(fmt::format("piece {} of its vocabulary is damaged", spec.pieces.size())));
    spec.pieces.emplace_back(piece[0].get_ref<const std::string&>(), piece[1].get<double>());
  }
  auto made = make_unigram(std::move(spec));
  if (!made) return std::unexpected(error(made.error().message));
  return made;
}

}  // namespace

Result<TextTokenizer> TextTokenizer::parse(std::string_view json, const std::string& path) {
  FileReader reader(path);
  const auto root = base::parse_sorted_json(json, {.max_keys = kMaxTokens});
  if (!root) return std::unexpected(reader.error("not a tokenizer.json: " + root.error().message));
  TextTokenizer out;
  if (const Json* normalizer = member(*root, "normalizer"))
    TRY(reader.normalizer(*normalizer, out.normalizers_, 0));
  if (const Json* pre_tokenizer = member(*root, "pre_tokenizer"))
    TRY(reader.pre_tokenizer(*pre_tokenizer, out.pre_tokenizers_, 0));
  TRY(reader.added_tokens(*root));
  const Json* model = member(*root, "model");
  if (model == nullptr) return std::unexpected(reader.error("not a tokenizer.json: it has no \"model\""));
  TRY_ASSIGN(out.subwords_, reader.model(*model));
  return out;
}

TokenIds TextTokenizer::encode(std::string_view text) const {
  const Words words = pre_tokenize(normalize(text, normalizers_), pre_tokenizers_);
  TokenIds ids;
  ids.reserve(words.spans.size() * 2);
  for (std::size_t i = 0; i < words.spans.size(); ++i) subwords_->append(words[i], ids);
  return ids;
}

}  // namespace duologue::model
