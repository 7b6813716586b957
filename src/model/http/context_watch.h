// Context fidelity: whether a provider read all that it was sent. Some drop the front of a long prompt
// without a word. What is known here are the bytes sent and the tokens that the provider says it read; from
// earlier calls, how many tokens a byte takes. Shared by all conversations of a model; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "chat/view.h"
#include "model/model.h"

namespace duologue::model::http {

class ContextWatch {
 public:
  // After a call: `prompt_tokens` are what the provider says it read (0: it doesn't say). A sentence where
  // that can't be all of the view: fewer than last time and what the view grew by take, or far fewer than its
  // bytes make.
  std::optional<std::string> check(const ContextKey& key, const chat::View& view,
                                   std::uint32_t prompt_tokens);

  // Tokens that each of the view's messages takes, estimated: what earlier calls took, or one for three
  // bytes.
  std::vector<std::uint32_t> estimate(const chat::View& view) const;

  void forget(const ContextKey& key);

 private:
  struct Seen {
    chat::EntryPtr first;  // the entry that the view began with, after the system prompt
    std::size_t messages = 0;
    std::size_t system_bytes = 0;
    std::size_t bytes = 0;  // of all of it
    std::uint32_t prompt_tokens = 0;
  };
  struct Less {
    bool operator()(const ContextKey& a, const ContextKey& b) const {
      return a.conversation != b.conversation ? a.conversation < b.conversation
                                              : a.participant < b.participant;
    }
  };
  double tokens_a_byte() const REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::map<ContextKey, Seen, Less> seen_ GUARDED_BY(mutex_);
  double most_ GUARDED_BY(mutex_) = 0;   // tokens a byte, of whole calls
  double least_ GUARDED_BY(mutex_) = 0;  // 0: none yet
};

}  // namespace duologue::model::http
