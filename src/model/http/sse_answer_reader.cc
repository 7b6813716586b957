#include "model/http/sse_answer_reader.h"

namespace duologue::model::http {

using base::Status;

Status SseAnswerReader::push(std::string_view bytes) {
  return events_.push(bytes, [this](const SseEvent& event) { return take(event.data); });
}

Status SseAnswerReader::finish() {
  TRY(events_.finish([this](const SseEvent& event) { return take(event.data); }));
  return events_.stray().empty() ? Status{} : take(events_.stray());
}

}  // namespace duologue::model::http
