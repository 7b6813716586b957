// libFuzzer: any bytes as a provider's streamed answer, through the reader of every API. However they are
// cut, the same comes out; what is shown is valid UTF-8; no message holds the key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "model/http/anthropic.h"
#include "model/http/completions.h"
#include "model/http/ollama.h"
#include "model/http/openai_chat.h"
#include "model/http/openai_responses.h"

namespace {

namespace http = duologue::model::http;

void must(bool holds) {
  if (!holds) std::abort();
}

const http::WireForm& form_of(std::uint8_t byte) {
  switch (byte % 6) {
    case 0:
      return http::openai_chat();
    case 1:
      return http::completions();
    case 2:
      return http::openai_responses();
    case 3:
      return http::anthropic_messages();
    case 4:
      return http::ollama_chat();
    default:
      return http::ollama_generate();
  }
}

struct Read {
  bool good = false;
  bool ended = false;
  std::string text;
  std::string deltas;
  std::string reasoning;
  std::string calls;
};

Read read(const http::WireForm& form, std::string_view body, std::size_t piece, bool with_stop) {
  static const http::Blame blame{"m", "http://h", "sk-key", "KEY"};
  Read out;
  http::Answer answer({with_stop ? std::vector<std::string>{"END"} : std::vector<std::string>{}, true, "",
                       [&out](std::string_view text) { out.deltas += text; }});
  const auto reader = form.reader(answer, blame);
  duologue::base::Status status;
  for (std::size_t at = 0; at < body.size() && status && !answer.stopped(); at += piece)
    status = reader->push(body.substr(at, piece));
  if (status && !answer.stopped()) status = reader->finish();
  if (!status) must(status.error().message.find("sk-key") == std::string::npos);
  out.good = status.has_value();
  out.ended = answer.ended;
  const auto output = answer.finish();
  out.text = output.turn.text;
  out.reasoning = output.turn.reasoning;
  for (const auto& call : output.turn.tool_calls) {
    must(!call.name.empty() && !call.id.empty() && !call.arguments.empty());
    out.calls += call.id + "\n" + call.name + "\n" + call.arguments + "\n";
  }
  must(!output.stats.entropy_bits || *output.stats.entropy_bits >= 0);
  must(!output.stats.surprisal_bpb || *output.stats.surprisal_bpb >= 0);
  must(duologue::base::is_valid_utf8(out.deltas));
  return out;
}

}  // namespace

// The first byte chooses the API, the second how the bytes are cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const http::WireForm& form = form_of(data[0]);
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool with_stop = data[1] >= 128;
  const Read whole = read(form, body, body.size() + 1, with_stop);
  const Read cut = read(form, body, 1 + data[1] % 32, with_stop);
  must(whole.text == cut.text && whole.deltas == cut.deltas);
  if (with_stop) return 0;  // what follows a stop string is read or not, as the bytes are cut
  must(whole.good == cut.good && whole.ended == cut.ended && whole.reasoning == cut.reasoning &&
       whole.calls == cut.calls);
  return 0;
}
