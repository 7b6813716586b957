#include "store/import/lesswrong_study.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

// One model's or pair's conversations. An empty list of them looks the same in other formats.
bool is_study(const Json& value) {
  const Json* conversations = base::member_at(value, "conversations");
  if (conversations == nullptr || !conversations->is_array()) return false;
  if (conversations->empty()) return base::member_at(value, "generated_at") != nullptr;
  const Json& first = conversations->front();
  return base::member_at(first, "full_conversation") != nullptr ||
         base::member_at(first, "seed_prompt") != nullptr;
}

// Several joined under names of their own. (Those in a list are told item by item.)
bool is_joined(const Json& value) { return value.is_object() && std::ranges::any_of(value, is_study); }

bool recognise(const Json& document) { return is_study(document) || is_joined(document); }

Status read_turn(const JsonNode& node, LogSink& sink, LoggedConversation& conversation) {
  TRY_ASSIGN(const std::string speaker, node.text("speaker"));
  chat::Turn turn;
  const auto author = outsider(speaker);
  if (author) {
    turn.speaker = kNobody;
    set_author(turn, *author);
  } else {
    const auto seat = seat_of(conversation, speaker, sink.options());
    if (!seat) return node.fail(fmt::format("more than {} speakers", sink.options().max_participants));
    turn.speaker = *seat;
    // The file's own word for the model comes first: a message may name it in another way.
    std::string& model = conversation.participants[*seat].model;
    if (model.empty()) model = node.text_or_empty("model");
  }
  TRY_ASSIGN(turn.text, node.text("content"));
  return node.check(add_turn(conversation, std::move(turn), sink.options()));
}

Status read_study(const JsonNode& study, LogSink& sink) {
  const std::string both = study.text_or_empty("model");
  const std::string model_a = study.text_or_empty("model_a");
  const std::string model_b = study.text_or_empty("model_b");
  TRY_ASSIGN(const JsonNode conversations, study.list("conversations"));
  for (std::size_t i = 0; i < conversations.size(); ++i) {
    const JsonNode node = conversations[i];
    LoggedConversation conversation = sink.begin();
    conversation.participants = {{"A", model_a.empty() ? both : model_a, ""},
                                 {"B", model_b.empty() ? both : model_b, ""}};
    add_injection(conversation, node.text_or_empty("seed_prompt"), chat::AuthorKind::kHarness, {});
    declare(conversation, "generated_at", study.text_or_empty("generated_at"));
    TRY_ASSIGN(const JsonNode turns, node.list("full_conversation"));
    for (std::size_t k = 0; k < turns.size(); ++k) TRY(read_turn(turns[k], sink, conversation));
    TRY(sink.put(std::move(conversation)));
  }
  return {};
}

Status read(const JsonNode& document, LogSink& sink) {
  TRY(document.must_be_object());
  if (is_study(document.value())) return read_study(document, sink);
  for (const auto& item : document.value().items()) {
    if (is_study(item.value())) TRY(read_study(*document.find(item.key()), sink));
  }
  return {};
}

}  // namespace

const DocumentFormat kLesswrongStudy{
    .format = LogFormat::kStudy,
    .shape =
        "a study {model_a, model_b, conversations: [{seed_prompt, full_conversation: [{speaker, content}]}]}",
    .recognise = recognise,
    .read = read};

}  // namespace duologue::store
