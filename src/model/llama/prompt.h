// From a view to the tokens that a model reads, and to the decode calls that read them.
//
// A prompt is made of own turns (the token ids that were sampled), everybody else's words (tokenised as plain
// text: nothing in them is special) and the template's words. At level `exact` each token's decode call is a
// function of the prompt alone: an own turn's tokens one a call, as they were when they were sampled; what
// lies between two own turns in pieces of kPieceTokens from its start. A KV cache may be kept only up to the
// start of a call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "chat/view.h"
#include "model/llama/chat_template.h"
#include "model/llama/vocab.h"

namespace duologue::model::llama {

// Tokens of one decode call at most. 128 reads as fast as 512 on a CPU, keeps the logits of a scored piece
// small (25 MB for 49k tokens), and lets conversations share a system prompt in steps of 128.
inline constexpr std::uint32_t kPieceTokens = 128;

// Somebody else's turn, whose surprisal is wanted: tokens [begin, end), which are `bytes` of text.
struct ScoredText {
  std::uint32_t turn = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::size_t bytes = 0;
};

struct Prompt {
  std::vector<Token> tokens;
  std::vector<std::uint8_t> call_starts;  // beside tokens: 1 where a decode call starts
  std::vector<std::uint32_t> message_tokens;
  std::vector<ScoredText> scored;  // in the order of their tokens
  std::string text;                // where it was asked for
  base::Hash hash;                 // of the token ids
  bool opens_reasoning = false;    // the answer starts inside <think>
  std::vector<Token> prefill;      // the last tokens of the prompt that are the answer's first
};

struct PromptOptions {
  bool raw = false;                   // the contents joined by newlines, no template
  std::uint32_t score_from_turn = 0;  // 0: none
  bool want_text = false;
  std::string prefill;      // how the answer begins; read one token a call, as a turn's own tokens are
  bool plays_user = false;  // own turns are `user`, and so is the answer
};

// Texts that a side's last prompt held, tokenised. One thread at a time.
class PromptCache {
 private:
  friend class PromptBuilder;
  friend class PromptAssembly;
  struct Content {
    chat::Text text;  // keeps the address from being used again
    std::vector<Token> tokens;
    bool own_ids = false;
    bool used = false;
  };
  std::unordered_map<const std::string*, Content> contents_;
  std::unordered_map<std::string, std::vector<Token>> template_words_;
};

// Immutable; any thread.
class PromptBuilder {
 public:
  // `chat` may be null: then only raw prompts can be built. Both must outlive it.
  PromptBuilder(const Vocab& vocab, const ChatTemplate* chat);

  // kModel: no template, or it refuses the conversation. kBadInput: nothing to read.
  base::Result<Prompt> build(const chat::View& view, const PromptOptions& options, PromptCache& cache) const;

  // Ends a turn as the end-of-turn tokens do: the token by which a template opens the next message. -1: none.
  Token turn_opener() const { return turn_opener_; }

 private:
  friend class PromptAssembly;
  std::vector<Token> plain_tokens(std::string_view text, bool after_special) const;
  bool own_ids(const chat::Message& message, std::vector<Token>& ids) const;  // of an own turn

  const Vocab& vocab_;
  const ChatTemplate* chat_;
  Token turn_opener_ = -1;
  std::vector<std::string>
      guarded_;  // written forms of the template's special tokens that plain text would parse too
};

}  // namespace duologue::model::llama
