// An answer that comes as server-sent events, or as one JSON object from a server that doesn't stream: what
// the readers of such wire forms share. One call, as any AnswerReader.
#pragma once

#include <string_view>

#include "model/http/sse.h"
#include "model/http/wire_form.h"

namespace duologue::model::http {

class SseAnswerReader : public AnswerReader {
 public:
  SseAnswerReader(Answer& answer, const Blame& blame) : answer_(answer), blame_(blame) {}

  base::Status push(std::string_view bytes) final;
  base::Status finish() final;

 protected:
  // One event's data, or the whole object.
  virtual base::Status take(std::string_view data) = 0;

  Answer& answer_;
  const Blame& blame_;

 private:
  SseReader events_;
};

}  // namespace duologue::model::http
