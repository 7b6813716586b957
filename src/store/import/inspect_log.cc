#include "store/import/inspect_log.h"

#include <utility>

#include <fmt/format.h>

#include "store/import/message_list.h"
#include "store/import/own_formats.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& document) {
  const Json* eval = base::member_at(document, "eval");
  return eval != nullptr && eval->is_object() &&
         (base::member_at(document, "samples") != nullptr || base::member_at(document, "status") != nullptr);
}

// A sample's id is a word or a number.
std::string id_of(const JsonNode& sample) {
  const auto number = base::integer_at(sample.value(), "id");
  std::string id = number ? std::to_string(*number) : sample.text_or_empty("id");
  if (const auto epoch = base::integer_at(sample.value(), "epoch")) id += fmt::format("/{}", *epoch);
  return id;
}

std::optional<JsonNode> own_metadata(const JsonNode& sample) {
  const auto metadata = sample.find("metadata");
  return metadata ? metadata->find("duologue") : std::nullopt;
}

bool is_own(const JsonNode& sample) { return own_metadata(sample).has_value(); }

// Who sat there and how it ended, where our own export wrote the log.
Status read_own_metadata(const JsonNode& sample, LogSink& sink, LoggedConversation& conversation) {
  const auto own = own_metadata(sample);
  if (!own) return {};
  TRY(read_seats(*own, sink.options(), conversation));
  if (const auto ended = own->find("ended")) {
    conversation.ended = end_words(ended->text_or_empty("cause"), ended->text_or_empty("detail"));
  }
  return {};
}

}  // namespace

Status read_inspect_sample(const JsonNode& document, const JsonNode& sample, LogSink& sink) {
  TRY(sample.must_be_object());
  LoggedConversation conversation = sink.begin();
  conversation.source_id = id_of(sample);
  TRY(read_own_metadata(sample, sink, conversation));
  MessageListReader reader(conversation, sink.options(), base::member_at(sample.value(), "attachments"));
  TRY_ASSIGN(const JsonNode messages, sample.list("messages"));
  TRY(reader.read(messages));
  const auto eval = document.find("eval");
  for (LoggedParticipant& one : conversation.participants) {
    if (one.name == "assistant" && one.model.empty() && eval) one.model = eval->text_or_empty("model");
  }
  if (const auto error = sample.find("error"))
    add_note(conversation, "error", error->text_or_empty("message"));
  if (eval) declare(conversation, "task", eval->text_or_empty("task"));
  if (!is_own(sample)) conversation.ended = document.text_or_empty("status");
  return sink.put(std::move(conversation));
}

namespace {

Status read(const JsonNode& document, LogSink& sink) {
  if (!document.find("samples")) {
    return document.fail("an Inspect log without samples; export the whole log, not its header");
  }
  TRY_ASSIGN(const JsonNode samples, document.list("samples"));
  for (std::size_t i = 0; i < samples.size(); ++i) TRY(read_inspect_sample(document, samples[i], sink));
  return {};
}

}  // namespace

const DocumentFormat kInspectLog{.format = LogFormat::kInspect,
                                 .shape = "an Inspect log {eval, status, samples: [{messages}]}",
                                 .recognise = recognise,
                                 .read = read};

}  // namespace duologue::store
