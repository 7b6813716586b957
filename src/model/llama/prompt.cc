#include "model/llama/prompt.h"

#include <algorithm>
#include <utility>

#include <llama.h>

#include "chat/reasoning_text.h"

namespace duologue::model::llama {

using base::ErrorKind;

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxCachedWords = 64;

std::string with_reasoning(const chat::Message& message) {
  return chat::with_reasoning(*message.reasoning, *message.content);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

base::Hash hash_of(const std::vector<Token>& tokens) {
  return base::Hasher()
      .field({reinterpret_cast<const char*>(tokens.data()), tokens.size() * sizeof(Token)})
      .finish();
}

}  // namespace

// One prompt being put together.
class PromptAssembly {
 public:
  PromptAssembly(const PromptBuilder& builder, const chat::View& view, const PromptOptions& options,
                 PromptCache& cache)
      : builder_(builder), vocab_(builder.vocab_), view_(view), options_(options), cache_(cache) {
    prompt_.message_tokens.resize(view.messages.size());
  }

  base::Result<Prompt> chat() {
    std::vector<chat::Role> roles;
    for (const chat::Message& message : view_.messages) roles.push_back(message.role);
    TRY_ASSIGN(const std::vector<TemplatePart> parts, builder_.chat_->render(roles, options_.plays_user));
    if (!parts.front().text.starts_with(vocab_.bos_text()) || vocab_.bos_text().empty()) {
      append(vocab_.prompt_start(), false);
    }
    std::size_t last = 0;
    for (const TemplatePart& part : parts) {
      append(template_words(part.text), false);
      if (options_.want_text) prompt_.text += part.text;
      if (part.message >= 0) last = static_cast<std::size_t>(part.message);
      count_for(last);
      if (part.message >= 0) TRY(content(last));
    }
    const bool opens_reasoning = builder_.chat_->opens_reasoning() && !options_.plays_user;
    prompt_.opens_reasoning = opens_reasoning && options_.prefill.empty();
    prefill(opens_reasoning ? "\n</think>\n\n" : "");
    return finish();
  }

  base::Result<Prompt> raw() {
    append(vocab_.prompt_start(), false);
    for (std::size_t i = 0; i < view_.messages.size(); ++i) {
      if (i > 0) {
        append(template_words("\n"), false);
        if (options_.want_text) prompt_.text += '\n';
      }
      count_for(i);
      TRY(content(i));
    }
    prefill("\n");
    const Token bos = llama_vocab_bos(vocab_.raw());
    if (prompt_.tokens.empty() && vocab_.holds(bos)) append({bos}, false);
    return finish();
  }

 private:
  void append(const std::vector<Token>& tokens, bool own) {
    prompt_.tokens.insert(prompt_.tokens.end(), tokens.begin(), tokens.end());
    own_.insert(own_.end(), tokens.size(), static_cast<std::uint8_t>(own));
  }

  // The answer's first words, behind what the template needs before them.
  void prefill(const std::string& before) {
    if (options_.prefill.empty()) return;
    if (!before.empty()) append(template_words(before), false);
    prompt_.prefill = builder_.plain_tokens(options_.prefill, after_special());
    append(prompt_.prefill, true);
    if (options_.want_text) prompt_.text += before + options_.prefill;
  }

  chat::Role own_role() const { return options_.plays_user ? chat::Role::kUser : chat::Role::kAssistant; }

  // What was appended since the last call belongs to this message.
  void count_for(std::size_t message) {
    if (message >= prompt_.message_tokens.size()) return;
    prompt_.message_tokens[message] += static_cast<std::uint32_t>(prompt_.tokens.size() - counted_);
    counted_ = prompt_.tokens.size();
  }

  bool after_special() const { return prompt_.tokens.empty() || vocab_.is_control(prompt_.tokens.back()); }

  const std::vector<Token>& template_words(const std::string& text) {
    auto& words = cache_.template_words_;
    const std::string key = (after_special() ? "s" : "t") + text;
    if (const auto found = words.find(key); found != words.end()) return found->second;
    if (words.size() >= kMaxCachedWords) words.clear();
    return words[key] = options_.raw ? vocab_.tokenize_plain(text, after_special())
                                     : vocab_.tokenize_template(text, after_special());
  }

  base::Status content(std::size_t index) {
    const chat::Message& message = view_.messages[index];
    if (message.content->size() > kMaxTextBytes) {
      return base::fail(ErrorKind::kBadInput, "a message of more than 64 MiB is no prompt");
    }
    const PromptCache::Content& content = tokenized(message);
    const std::size_t begin = prompt_.tokens.size();
    append(content.tokens, content.own_ids);
    if (options_.want_text) {
      for (const Token token : content.tokens) prompt_.text += vocab_.piece(token);
    }
    count_for(index);
    score(message, begin);
    return {};
  }

  PromptCache::Content& tokenized(const chat::Message& message) {
    PromptCache::Content& content = cache_.contents_[message.content.get()];
    content.used = true;
    if (content.text) return content;
    content.text = message.content;
    content.own_ids = message.role == own_role() && builder_.own_ids(message, content.tokens);
    if (content.own_ids) return content;
    const std::string thought = message.reasoning ? with_reasoning(message) : std::string();
    std::string_view text =
        message.reasoning ? std::string_view(thought) : std::string_view(*message.content);
    if (!options_.raw && builder_.chat_->trims_content()) text = trimmed(text);
    content.tokens = builder_.plain_tokens(text, after_special());
    return content;
  }

  void score(const chat::Message& message, std::size_t begin) {
    const chat::Turn* turn = message.source ? message.source->as_turn() : nullptr;
    const bool wanted = options_.score_from_turn > 0 && turn != nullptr && message.role != own_role() &&
                        message.source->turn >= options_.score_from_turn && !message.placeholder &&
                        !turn->text.empty();
    if (!wanted) return;
    // A label or shared reasoning stands before the turn's own text.
    std::size_t before = message.content->size() - std::min(message.content->size(), turn->text.size());
    while (begin < prompt_.tokens.size() && before > 0) {
      const std::size_t bytes = vocab_.piece(prompt_.tokens[begin]).size();
      if (bytes > before) break;
      before -= bytes;
      ++begin;
    }
    begin = std::max<std::size_t>(begin, 1);  // nothing predicts a prompt's first token
    if (begin >= prompt_.tokens.size()) return;
    prompt_.scored.push_back({message.source->turn, static_cast<std::uint32_t>(begin),
                              static_cast<std::uint32_t>(prompt_.tokens.size()), turn->text.size()});
  }

  base::Result<Prompt> finish() {
    if (!view_.messages.empty()) count_for(view_.messages.size() - 1);
    std::erase_if(cache_.contents_, [](const auto& item) { return !item.second.used; });
    for (auto& [address, content] : cache_.contents_) content.used = false;
    if (prompt_.tokens.empty()) return base::fail(ErrorKind::kBadInput, "the prompt is empty");
    prompt_.call_starts.resize(prompt_.tokens.size());
    std::uint32_t run = 0;
    for (std::size_t i = 0; i < prompt_.tokens.size(); ++i) {
      if (own_[i] != 0) run = 0;
      prompt_.call_starts[i] = static_cast<std::uint8_t>(run % kPieceTokens == 0);
      if (own_[i] == 0) ++run;
    }
    prompt_.hash = hash_of(prompt_.tokens);
    return std::move(prompt_);
  }

  const PromptBuilder& builder_;
  const Vocab& vocab_;
  const chat::View& view_;
  const PromptOptions& options_;
  PromptCache& cache_;
  Prompt prompt_;
  std::vector<std::uint8_t> own_;
  std::size_t counted_ = 0;
};

PromptBuilder::PromptBuilder(const Vocab& vocab, const ChatTemplate* chat) : vocab_(vocab), chat_(chat) {
  if (chat_ == nullptr) return;
  for (const Token token : vocab_.tokenize_template(chat_->between_turns(), false)) {
    if (vocab_.ends_generation(token)) continue;
    const std::string written(vocab_.piece(token));
    const bool parsed_in_text =
        written.size() > 2 && written.find_first_of("<[|") != std::string::npos &&
        vocab_.tokenize_plain(written, false) == std::vector<Token>{token} &&
        (llama_vocab_get_attr(vocab_.raw(), token) & LLAMA_TOKEN_ATTR_USER_DEFINED) != 0;
    if (parsed_in_text) guarded_.push_back(written);
    if (turn_opener_ < 0 && (parsed_in_text || vocab_.is_control(token))) turn_opener_ = token;
  }
}

base::Result<Prompt> PromptBuilder::build(const chat::View& view, const PromptOptions& options,
                                          PromptCache& cache) const {
  PromptAssembly assembly(*this, view, options, cache);
  if (options.raw) return assembly.raw();
  if (chat_ == nullptr) {
    return base::fail(ErrorKind::kModel,
                      "the model has no chat template (a base model?); it needs raw prompting");
  }
  return assembly.chat();
}

// The vocabularies of some models mark their role markers as ordinary added words, which are parsed in any
// text. Such a word is broken up behind its first byte.
std::vector<Token> PromptBuilder::plain_tokens(std::string_view text, bool after_special) const {
  std::vector<Token> tokens;
  for (;;) {
    std::size_t cut = std::string_view::npos;
    for (const std::string& word : guarded_) cut = std::min(cut, text.find(word));
    const std::string_view head = text.substr(0, cut == std::string_view::npos ? cut : cut + 1);
    const std::vector<Token> some = vocab_.tokenize_plain(head, after_special && tokens.empty());
    tokens.insert(tokens.end(), some.begin(), some.end());
    if (cut == std::string_view::npos) return tokens;
    text.remove_prefix(cut + 1);
  }
}

// The ids that an own turn was sampled as, where they give exactly the text that the view shows: all of them,
// or those after the reasoning where that is hidden. False: it has to be tokenised.
bool PromptBuilder::own_ids(const chat::Message& message, std::vector<Token>& ids) const {
  const chat::Turn* turn = message.source ? message.source->as_turn() : nullptr;
  if (turn == nullptr || !turn->tokens) return false;
  if (turn->tokens->tokenizer != vocab_.hash()) return false;
  const std::vector<Token>& sampled = turn->tokens->ids;
  std::string bytes;
  for (const Token token : sampled) {
    if (!vocab_.holds(token) || vocab_.ends_generation(token) || token == turn_opener_) return false;
    bytes += vocab_.piece(token);
  }
  const std::string& text = *message.content;
  if (!bytes.ends_with(text)) return false;
  std::size_t hidden = bytes.size() - text.size();
  if (message.reasoning) {
    if (bytes.find(*message.reasoning) >= hidden) return false;
    hidden = 0;
    if (chat_ != nullptr && chat_->opens_reasoning()) ids = vocab_.tokenize_template("<think>\n", false);
  }
  std::size_t first = 0;
  for (; hidden > 0 && first < sampled.size(); ++first) {
    const std::size_t size = vocab_.piece(sampled[first]).size();
    if (size > hidden) return false;
    hidden -= size;
  }
  ids.insert(ids.end(), sampled.begin() + static_cast<std::ptrdiff_t>(first), sampled.end());
  return true;
}

}  // namespace duologue::model::llama
