// The plain values of a conversation: who said what, why it ended, what it cost. No I/O, no threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace duologue::chat {

// Index into the conversation's participants, in speaking order.
using ParticipantId = std::uint32_t;

// Who wrote a text: not who it counts as (that is the turn's speaker).
enum class AuthorKind { kModel, kHuman, kModerator, kHarness };

struct Author {
  AuthorKind kind = AuthorKind::kModel;
  std::string name;  // a person's or moderator's; a model's is its participant's name

  bool operator==(const Author&) const = default;
};

// Why a model stopped talking. All of these are data; a failed call is an Error instead.
enum class StopReason {
  kEndOfTurn,      // the model's own end-of-turn token
  kLength,         // max_tokens
  kStopSequence,   // a stop string of the configuration
  kToolCall,       // the turn ends in tool calls
  kContentFilter,  // the provider cut it
  kRefusal,        // the provider says that the model refused
  kWritten,        // not sampled: a person, a moderator or a script wrote it
};

std::string_view to_string(AuthorKind kind);
std::string_view to_string(StopReason reason);
std::optional<AuthorKind> author_kind_from(std::string_view word);
std::optional<StopReason> stop_reason_from(std::string_view word);

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text, as the model wrote it
  std::string result;     // what it was answered; belongs to the turn that called. Empty: nothing
  std::uint32_t at = 0;   // bytes of the turn's text that came before the call

  bool operator==(const ToolCall&) const = default;
};

// Tokens of one generated turn.
struct TokenIds {
  std::vector<std::int32_t> ids;  // as sampled, without the end-of-turn token
  base::Hash tokenizer;           // of the vocabulary they belong to
};

struct Usage {
  std::uint32_t prompt_tokens = 0;      // the whole prompt
  std::uint32_t new_prompt_tokens = 0;  // of these, decoded now; the rest was still in the KV cache
  std::uint32_t completion_tokens = 0;
  std::uint32_t reasoning_tokens = 0;  // of completion_tokens, where a provider tells them apart
};

struct Timing {
  double first_token_ms = 0;
  double total_ms = 0;
};

// From the speaker's raw logits at T = 1, before any sampler. Null where the model doesn't give them.
struct TokenStats {
  std::optional<double> entropy_bits;   // mean over the turn's sampled positions, bits a token, >= 0
  std::optional<double> surprisal_bpb;  // -sum ln p / (ln 2 * bytes), bits a byte of the turn's text, >= 0
};

// The surprisal of somebody else's turn under the listener's model: from the listener's next prefill.
struct ListenerStats {
  std::uint32_t turn = 0;
  ParticipantId listener = 0;
  double surprisal_bpb = 0;  // bits a byte
};

// One participant's one utterance. The hash of its entry covers speaker, author, text, reasoning, tool calls
// and stop reason (and the parent), and nothing else: never tokens, usage or timing.
struct Turn {
  ParticipantId speaker = 0;
  Author author;
  std::string text;  // the bytes as they came; may hold anything, invalid UTF-8 included
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  StopReason stop_reason = StopReason::kEndOfTurn;
  std::shared_ptr<const TokenIds> tokens;  // null unless sampled in process
};

}  // namespace duologue::chat
