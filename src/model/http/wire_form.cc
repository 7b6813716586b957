#include "model/http/wire_form.h"

namespace duologue::model::http {

std::string body_text(const WireCall& call) {
  if (call.messages_key.empty()) return base::dump_json(call.body);
  constexpr std::size_t kUsualRest = 512;
  std::string text;
  text.reserve(call.messages.bytes() + kUsualRest);
  for (const auto& [key, value] : call.body.items()) {
    text += text.empty() ? '{' : ',';
    text += base::dump_json(key) + ':';
    text += key == call.messages_key ? call.messages.text() : base::dump_json(value);
  }
  return text + '}';
}

}  // namespace duologue::model::http
