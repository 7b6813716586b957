#include "store/import/openai_messages.h"

#include <utility>

#include "store/import/message_list.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& document) {
  if (is_message_list(document)) return true;
  const Json* messages = base::member_at(document, "messages");
  return messages != nullptr && (is_message_list(*messages) || (messages->is_array() && messages->empty()));
}

Status read(const JsonNode& document, LogSink& sink) {
  LoggedConversation conversation = sink.begin();
  MessageListReader reader(conversation, sink.options());
  if (document.is_list()) {
    TRY(reader.read(document));
    return sink.put(std::move(conversation));
  }
  TRY_ASSIGN(const JsonNode messages, document.list("messages"));
  TRY(reader.read(messages));
  conversation.source_id = document.text_or_empty("id");
  for (LoggedParticipant& one : conversation.participants) {
    if (one.name == "assistant" && one.model.empty()) one.model = document.text_or_empty("model");
  }
  return sink.put(std::move(conversation));
}

}  // namespace

const DocumentFormat kOpenAiMessages{.format = LogFormat::kMessages,
                                     .shape = "OpenAI-style messages [{role, content}] or {messages: [...]}",
                                     .recognise = recognise,
                                     .read = read};

}  // namespace duologue::store
