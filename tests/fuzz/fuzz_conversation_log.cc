// libFuzzer: any bytes as a log: told by the detector, and given to every reader in turn, whatever it would
// say itself. No reader may fail in another way than with one clear error.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "log_checks.h"
#include "store/import/detect_format.h"
#include "store/import/log_reader.h"
#include "store/import/read_conversations.h"

namespace {

using namespace duologue;
using fuzz::must;

const std::string kName = "fuzz.log";

store::LogOptions options_of(std::size_t size) {
  store::LogOptions options;
  options.max_line_bytes = 1'000;
  options.max_document_bytes = 3'000;
  options.max_conversation_bytes = 2'000;
  options.max_turns = 50;
  options.max_participants = 5;
  if (size % 16 == 7) options.only = 2;
  return options;
}

void check_json(std::string_view text) {
  const auto foreign = base::parse_foreign_json(text);
  const auto strict = base::parse_json(text);
  if (strict) must(foreign && *foreign == *strict);
  if (!foreign) must(!foreign.error().what.empty() && foreign.error().offset <= text.size());
}

// A reader's own way, past the detector.
template <typename Read>
void force(store::LogFormat format, const store::LogOptions& options, Read read) {
  const store::TakeConversation take = [&options](store::LoggedConversation&& log) -> base::Status {
    fuzz::check_conversation(log, options);
    return {};
  };
  store::LogSink sink(kName, format, options, take);
  base::Status status = read(sink);
  if (status) status = sink.finish();
  if (!status) fuzz::check_error(status.error());
}

void force_all(std::string_view text, const store::LogOptions& options) {
  const store::LogPiece piece{.text = text};
  const auto json = store::parse_piece(kName, piece);
  if (!json) fuzz::check_error(json.error());
  for (const store::DocumentFormat* format : store::document_formats()) {
    if (!json) break;
    const store::JsonSource source{.file = &kName, .piece = piece};
    force(format->format, options,
          [&](store::LogSink& sink) { return format->read(store::JsonNode(*json, source), sink); });
  }
  for (const store::TextFormat* format : store::text_formats()) {
    force(format->format, options, [&](store::LogSink& sink) { return format->read(kName, piece, sink); });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const store::LogOptions options = options_of(size);
  check_json(text);
  const auto status = store::read_conversations_from(
      text, kName,
      [&options](store::LoggedConversation&& log) -> base::Status {
        fuzz::check_conversation(log, options);
        return {};
      },
      options);
  if (!status) fuzz::check_error(status.error());
  force_all(text, options);
  return 0;
}
