// Messages {role, content, name?, tool_calls?} as the chat APIs have them: what the readers of OpenAI-style
// logs and of Inspect's share. For .cc files only: it brings the JSON library. One thread.
//
// Such a list is one side's view: `assistant` is one participant, `user` the other; a `name` tells more of
// them apart. A role names a seat, not an author. System messages at the start are the assistant's prompt,
// later ones injections to it. A tool's message is the result of the call it names. `content` may be a list
// of parts: texts are joined, reasoning and tool use are kept apart, other parts (images, …) are left out
// with a note. An assistant's message that only calls tools is a turn without words.
//
// What our own export to Inspect puts into a message's metadata.duologue ({turn, speaker, author, …}) goes
// before all that: speaker and author as they were, turn 0 for what was no turn.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "store/import/json_node.h"
#include "store/import/log_sink.h"

namespace duologue::store {

// A list that begins with an object that has a role.
bool is_message_list(const base::Json& value);

class MessageListReader {
 public:
  // `attachments`: texts that a content "attachment://KEY" stands for, or null.
  MessageListReader(LoggedConversation& conversation, const LogOptions& options,
                    const base::Json* attachments = nullptr);

  base::Status read(const JsonNode& messages);

 private:
  struct Content {
    std::string text;
    std::string reasoning;
    std::vector<chat::ToolCall> calls;
    bool refused = false;
    bool answered_a_call = false;  // it held results, which belong to the call's turn
  };

  base::Status read_message(const JsonNode& message);
  base::Status read_turn(const JsonNode& message, const std::string& role);
  base::Status read_own(const JsonNode& message, const JsonNode& own, Content content);
  base::Status read_result(const JsonNode& message);
  void take_result(const std::string& call, std::string text);
  base::Status read_content(const JsonNode& message, Content& content);
  base::Status read_part(const JsonNode& part, Content& content);
  base::Status read_calls(const JsonNode& message, Content& content) const;
  std::string resolved(std::string text) const;

  LoggedConversation& conversation_;
  const LogOptions& options_;
  const base::Json* attachments_;
  ModelWatch models_;
  std::string system_prompt_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> calls_;  // by id: turn, call
};

}  // namespace duologue::store
