#include "model/llama/vocab.h"

#include <algorithm>
#include <climits>

#include <llama.h>

#include "base/utf8.h"

namespace duologue::model::llama {

namespace {

std::string piece_of(const llama_vocab* vocab, Token token) {
  std::string piece(32, '\0');
  for (;;) {
    const std::int32_t n =
        llama_token_to_piece(vocab, token, piece.data(), static_cast<std::int32_t>(piece.size()), 0, true);
    if (n >= 0) {
      piece.resize(static_cast<std::size_t>(n));
      return piece;
    }
    piece.resize(static_cast<std::size_t>(-n));
  }
}

std::string meta(const llama_model* model, const char* key) {
  std::string value(256, '\0');
  const std::int32_t n = llama_model_meta_val_str(model, key, value.data(), value.size());
  value.resize(n < 0 ? 0 : std::min(value.size() - 1, static_cast<std::size_t>(n)));
  return value;
}

}  // namespace

Vocab::Vocab(const llama_model* model) : vocab_(llama_model_get_vocab(model)) {
  read_pieces();
  std::int32_t n_suppressed = 0;
  if (const Token* first = llama_vocab_get_suppress_tokens(vocab_, &n_suppressed); first != nullptr) {
    suppressed_.assign(first, first + n_suppressed);
  }
  const Token bos = llama_vocab_bos(vocab_);
  if (llama_vocab_get_add_bos(vocab_) && holds(bos)) prompt_start_ = {bos};
  read_space_prefix();

  base::Hasher hasher;
  for (const char* key : {"tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.add_space_prefix"}) {
    hasher.field(meta(model, key));
  }
  std::string ends(reinterpret_cast<const char*>(ends_.data()), ends_.size() * sizeof(ends_[0]));
  hasher.field(bytes_).field(ends);
  hasher.field({reinterpret_cast<const char*>(flags_.data()), flags_.size()});
  hash_ = hasher.finish();
}

void Vocab::read_pieces() {
  const std::int32_t n = llama_vocab_n_tokens(vocab_);
  ends_.reserve(static_cast<std::size_t>(n));
  flags_.reserve(static_cast<std::size_t>(n));
  for (Token token = 0; token < n; ++token) {
    bytes_ += piece_of(vocab_, token);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    std::uint8_t flags = 0;
    if (llama_vocab_is_eog(vocab_, token)) {
      flags |= kEnds;
      end_tokens_.push_back(token);
    }
    if (llama_vocab_is_control(vocab_, token)) flags |= kControl;
    flags_.push_back(flags);
  }
}

// Some vocabularies (SentencePiece) put a space before text that follows nothing or a special token. Text in
// the middle of a prompt has to do without it: it is tokenised after a newline, which is then taken off.
void Vocab::read_space_prefix() {
  const std::vector<Token> newline = tokenize("\n", false, true);
  std::string text;
  for (const Token token : newline) text += piece(token);
  if (text == " \n") newline_ = newline;
}

std::string_view Vocab::piece(Token token) const {
  const auto i = static_cast<std::size_t>(token);
  const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(bytes_).substr(begin, ends_[i] - begin);
}

std::string_view Vocab::bos_text() const {
  const Token bos = llama_vocab_bos(vocab_);
  return holds(bos) ? piece(bos) : std::string_view();
}

std::string_view Vocab::eos_text() const {
  const Token eos = llama_vocab_eos(vocab_);
  return holds(eos) ? piece(eos) : std::string_view();
}

std::vector<Token> Vocab::tokenize_template(std::string_view text, bool after_special) const {
  return tokenize(text, true, after_special);
}

std::vector<Token> Vocab::tokenize_plain(std::string_view text, bool after_special) const {
  if (base::is_valid_utf8(text)) return tokenize(text, false, after_special);
  return tokenize(base::replace_invalid_utf8(text), false, after_special);
}

std::vector<Token> Vocab::tokenize(std::string_view text, bool parse_special, bool after_special) const {
  if (text.empty()) return {};
  std::string after_newline;
  if (!after_special && !newline_.empty()) {
    after_newline = "\n" + std::string(text);
    text = after_newline;
  }
  std::vector<Token> tokens(text.size() / 3 + 8);
  if (text.size() > INT_MAX) text = text.substr(0, INT_MAX);
  for (;;) {
    const std::int32_t n =
        llama_tokenize(vocab_, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                       static_cast<std::int32_t>(tokens.size()), false, parse_special);
    if (n >= 0) {
      tokens.resize(static_cast<std::size_t>(n));
      break;
    }
    if (n == INT_MIN) return {};  // more than 2^31 tokens: no context holds them
    tokens.resize(static_cast<std::size_t>(-n));
  }
  if (!after_newline.empty() && tokens.size() >= newline_.size() &&
      std::equal(newline_.begin(), newline_.end(), tokens.begin())) {
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(newline_.size()));
  }
  return tokens;
}

}  // namespace duologue::model::llama
