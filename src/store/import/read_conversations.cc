#include "store/import/read_conversations.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "store/import/detect_format.h"
#include "store/import/duo_log.h"
#include "store/import/eval_log.h"
#include "store/import/zip_archive.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

Status read_lines(LogInput& input, const LineFormat& format, LogSink& sink) {
  const LogOptions& options = sink.options();
  const std::unique_ptr<LineReader> reader = format.open(sink);
  std::uint64_t bytes = 0;  // of the conversation so far
  std::uint32_t put = sink.count();
  while (true) {
    TRY_ASSIGN(const std::optional<LogPiece> piece, input.next_line(options.max_line_bytes));
    if (!piece) return reader->finish();
    const auto parsed = parse_piece(input.name(), *piece);
    if (!parsed) {
      TRY(sink.skip_line(parsed.error()));
      continue;
    }
    const base::Json& json = *parsed;
    const JsonSource source{.file = &input.name(), .piece = *piece};
    const JsonNode line(json, source);
    TRY(line.must_be_object());
    TRY(reader->take(line));
    if (put != sink.count()) bytes = 0;
    put = sink.count();
    bytes += piece->text.size();
    if (bytes > options.max_conversation_bytes) {
      return line.fail(
          fmt::format("a conversation of more than {} bytes; split it", options.max_conversation_bytes));
    }
  }
}

// One document, or a list of documents of the same format.
Status read_document(const JsonNode& document, const DocumentFormat& format, LogSink& sink) {
  if (!document.is_list() || format.recognise(document.value())) return format.read(document, sink);
  for (std::size_t i = 0; i < document.size(); ++i) {
    const JsonNode item = document[i];
    if (!format.recognise(item.value()))
      return item.fail(fmt::format("isn't {}, as the first is", format.shape));
    TRY(format.read(item, sink));
  }
  return {};
}

Status read_document_lines(LogInput& input, DetectedLog& log, LogSink& sink) {
  const LogOptions& options = sink.options();
  while (true) {
    TRY_ASSIGN(const std::optional<LogPiece> piece, input.next_line(options.max_document_bytes));
    if (!piece) return {};
    std::optional<base::Json> json = std::exchange(log.json, std::nullopt);  // the first is parsed already
    if (!json) {
      auto parsed = parse_piece(input.name(), *piece);
      if (!parsed) {
        TRY(sink.skip_line(parsed.error()));
        continue;
      }
      json = std::move(*parsed);
    }
    const JsonSource source{.file = &input.name(), .piece = *piece};
    const JsonNode document(*json, source);
    if (!document.is_list() && !log.document->recognise(*json)) {
      return document.fail(fmt::format("isn't {}, as the first line is", log.document->shape));
    }
    TRY(read_document(document, *log.document, sink));
  }
}

Status read_zip(LogInput& input, LogSink& sink) {
  if (!input.in_memory()) {
    TRY_ASSIGN(ZipArchive archive, ZipArchive::open(input.name()));
    return read_eval_log(archive, input.name(), sink);
  }
  TRY_ASSIGN(const LogPiece bytes, input.rest(sink.options().max_document_bytes));
  TRY_ASSIGN(ZipArchive archive, ZipArchive::from_memory(bytes.text, input.name()));
  return read_eval_log(archive, input.name(), sink);
}

Status read(LogInput& input, const TakeConversation& take, const LogOptions& options) {
  TRY_ASSIGN(DetectedLog log, detect_format(input, options));
  if (options.format && *options.format != log.format) {
    return fail(ErrorKind::kBadInput,
                fmt::format("{}: is no {} log, its content is that of {}; name that format, or auto",
                            input.name(), to_string(*options.format), to_string(log.format)));
  }
  LogSink sink(input.name(), log.format, options, take);
  if (log.zipped) {
    TRY(read_zip(input, sink));
  } else if (log.lines != nullptr) {
    TRY(read_lines(input, *log.lines, sink));
  } else if (log.document != nullptr && log.on_lines) {
    TRY(read_document_lines(input, log, sink));
  } else if (log.document != nullptr) {
    const JsonSource source{.file = &input.name(), .piece = log.piece};
    TRY(read_document(JsonNode(*log.json, source), *log.document, sink));
  } else if (log.text != nullptr) {
    TRY(log.text->read(input.name(), log.piece, sink));
  } else if (input.in_memory()) {
    return fail(ErrorKind::kBadInput,
                fmt::format("{}: is a .duo file, which is read from its path; save it first", input.name()));
  } else {
    TRY(read_duo_file(input.name(), sink));
  }
  return sink.finish();
}

TakeConversation into(std::vector<LoggedConversation>& conversations) {
  return [&conversations](LoggedConversation&& conversation) -> Status {
    conversations.push_back(std::move(conversation));
    return {};
  };
}

}  // namespace

Status read_conversations(const std::string& path, const TakeConversation& take, const LogOptions& options) {
  TRY_ASSIGN(LogInput input, LogInput::open(path));
  return read(input, take, options);
}

Result<std::vector<LoggedConversation>> read_conversations(const std::string& path,
                                                           const LogOptions& options) {
  std::vector<LoggedConversation> conversations;
  TRY(read_conversations(path, into(conversations), options));
  return conversations;
}

Status read_conversations_from(std::string_view bytes, const std::string& name, const TakeConversation& take,
                               const LogOptions& options) {
  LogInput input = LogInput::from_memory(bytes, name);
  return read(input, take, options);
}

Result<std::vector<LoggedConversation>> read_conversations_from(std::string_view bytes,
                                                                const std::string& name,
                                                                const LogOptions& options) {
  std::vector<LoggedConversation> conversations;
  TRY(read_conversations_from(bytes, name, into(conversations), options));
  return conversations;
}

Result<LogFormat> format_of_log(const std::string& path) {
  TRY_ASSIGN(LogInput input, LogInput::open(path));
  TRY_ASSIGN(const DetectedLog log, detect_format(input, {}));
  return log.format;
}

}  // namespace duologue::store
