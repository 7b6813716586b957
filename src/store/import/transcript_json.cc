#include "store/import/transcript_json.h"

#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& document) {
  const Json* turns = base::member_at(document, "turns");
  return turns != nullptr && turns->is_array() &&
         (base::member_at(document, "models") != nullptr || base::member_at(document, "id") != nullptr);
}

Status read_models(const JsonNode& document, LogSink& sink, LoggedConversation& conversation) {
  TRY_ASSIGN(const JsonNode models, document.object("models"));
  for (const auto& item : models.value().items()) {
    const auto seat = seat_of(conversation, item.key(), sink.options());
    if (!seat) {
      return models.fail(fmt::format("more than {} participants", sink.options().max_participants));
    }
    conversation.participants[*seat].model = models.text_or_empty(item.key());
  }
  return {};
}

Status read_turn(const JsonNode& node, LogSink& sink, LoggedConversation& conversation) {
  TRY_ASSIGN(const std::int64_t number, node.integer("turn"));
  const std::uint32_t expected = turn_count(conversation) + 1;
  if (number != expected) {
    return node.fail(fmt::format("turn {} stands where turn {} must be; turns count from 1 without a gap",
                                 number, expected));
  }
  TRY_ASSIGN(const std::string speaker, node.text("speaker"));
  chat::Turn turn;
  turn.speaker = kNobody;
  for (std::size_t i = 0; i < conversation.participants.size(); ++i) {
    if (conversation.participants[i].name == speaker) turn.speaker = static_cast<chat::ParticipantId>(i);
  }
  if (turn.speaker == kNobody) {
    const auto author = outsider(speaker);
    if (!author) {
      return node.fail(fmt::format("speaker {} is neither in models nor 'harness'", in_quotes(speaker)));
    }
    set_author(turn, *author);
  }
  TRY_ASSIGN(turn.text, node.text("text"));
  return node.check(add_turn(conversation, std::move(turn), sink.options()));
}

Status mark_interjected(const JsonNode& document, LoggedConversation& conversation) {
  if (!document.find("interjected_turns")) return {};
  TRY_ASSIGN(const JsonNode numbers, document.list("interjected_turns"));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Json& number = numbers[i].value();
    const std::size_t turns = conversation.turns.size();
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() - 1 >= turns) {
      return numbers[i].fail(fmt::format("must be the number of a turn, from 1 to {}", turns));
    }
    set_author(conversation.turns[number.get<std::uint64_t>() - 1], chat::AuthorKind::kHuman);
  }
  return {};
}

Status read(const JsonNode& document, LogSink& sink) {
  LoggedConversation conversation = sink.begin();
  TRY(document.must_be_object());
  if (const auto id = base::integer_at(document.value(), "id")) {
    conversation.id = std::to_string(*id);
  } else {
    conversation.id = document.text_or_empty("id");
  }
  conversation.source_id = conversation.id;
  TRY(read_models(document, sink, conversation));
  add_injection(conversation, document.text_or_empty("seed"), chat::AuthorKind::kHarness, {});
  TRY_ASSIGN(const JsonNode turns, document.list("turns"));
  for (std::size_t i = 0; i < turns.size(); ++i) TRY(read_turn(turns[i], sink, conversation));
  TRY(mark_interjected(document, conversation));
  return sink.put(std::move(conversation));
}

}  // namespace

const DocumentFormat kTranscriptJson{
    .format = LogFormat::kTranscript,
    .shape = "a transcript {id, models: {A, B}, turns: [{turn, speaker, text}]}",
    .recognise = recognise,
    .read = read};

}  // namespace duologue::store
