// A model's own chat template (Jinja), applied without ever seeing what anybody said: it is rendered with a
// mark in place of each message's content, and cut at the marks. What a turn holds can thus change neither
// the template's words nor anybody's role. Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/view.h"
#include "model/llama/vocab.h"

struct llama_model;

namespace duologue::model::llama {

// The template's words, and after them the content of a message. The last part has none: it opens the answer.
struct TemplatePart {
  std::string text;
  int message = -1;  // index of the message, or -1
};

class ChatTemplate {
 public:
  // `unix_time` is what the template takes for now. Null: the model has no template. kModel: it has one that
  // can't be used.
  static base::Result<std::unique_ptr<ChatTemplate>> of(const llama_model* model, const Vocab& vocab,
                                                        std::int64_t unix_time);
  // Of a template's source: for tests.
  static base::Result<std::unique_ptr<ChatTemplate>> parse(const std::string& source, const std::string& bos,
                                                           const std::string& eos, std::int64_t unix_time);
  ~ChatTemplate();

  // Every message exactly once. Where the template refuses the roles as they are, neighbouring messages of
  // one role are sent as one, and a conversation that doesn't start with a user is given a placeholder to
  // start with. kModel: it refuses that too.
  // `as_user`: what is opened at the end is a user's message, as one that plays the user writes.
  base::Result<std::vector<TemplatePart>> render(std::span<const chat::Role> roles,
                                                 bool as_user = false) const;

  bool trims_content() const { return trims_content_; }      // spaces round a content are taken off
  bool opens_reasoning() const { return opens_reasoning_; }  // the answer starts inside <think>
  // What the template writes between an assistant's content and the next user's.
  const std::string& between_turns() const { return between_turns_; }

 private:
  struct Program;  // llama.cpp's types
  struct Sent;     // a message as the template gets it

  explicit ChatTemplate(std::unique_ptr<Program> program);
  base::Result<std::string> apply(std::span<const Sent> messages, bool opens_answer) const;
  base::Result<std::vector<TemplatePart>> try_render(std::span<const Sent> messages, std::size_t count,
                                                     bool as_user) const;
  base::Status probe();

  std::unique_ptr<Program> program_;
  bool trims_content_ = false;
  bool opens_reasoning_ = false;
  std::string between_turns_;
};

}  // namespace duologue::model::llama
