#include "store/import/detect_format.h"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "store/import/attractor_states.h"
#include "store/import/backrooms.h"
#include "store/import/csv_talk.h"
#include "store/import/duo_log.h"
#include "store/import/duologue_jsonl.h"
#include "store/import/inspect_log.h"
#include "store/import/lesswrong_study.h"
#include "store/import/markdown_talk.h"
#include "store/import/openai_messages.h"
#include "store/import/pidgin.h"
#include "store/import/plain_text.h"
#include "store/import/sharegpt.h"
#include "store/import/transcript_json.h"
#include "store/import/two_agents.h"
#include "store/import/zip_archive.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;

// All formats, in the order in which they are tried. A new one has its line here, and nowhere else.
constexpr std::array kLineFormats{&kDuologueJsonl, &kAttractorStates, &kPidgin};
constexpr std::array kDocumentFormats{&kTranscriptJson, &kLesswrongStudy, &kInspectLog,
                                      &kTwoAgents,      &kOpenAiMessages, &kShareGpt};
constexpr std::array kTextFormats{&kMarkdownTalk, &kCsvTalk, &kBackrooms, &kPlainText};

constexpr std::size_t kStartBytes = 64;
constexpr std::size_t kNamedKeys = 8;

// Files that no reader here can take, by their first bytes.
struct Stranger {
  std::string_view start;
  std::string_view what;
};
constexpr std::array kStrangers{
    Stranger{"\x1F\x8B", "compressed with gzip; unpack it first"},
    Stranger{"\x28\xB5\x2F\xFD", "compressed with zstd; unpack it first"},
    Stranger{"\xFF\xFE", "text in UTF-16; save it as UTF-8"},
    Stranger{"\xFE\xFF", "text in UTF-16; save it as UTF-8"},
    Stranger{"GGUF", "a model's weights, not a conversation"},
    Stranger{"%PDF", "a PDF; save its text"},
};

// For a person: the shapes that were tried.
template <typename... Formats>
std::string tried(const Formats&... formats) {
  std::string list;
  const auto add = [&list](const auto& group) {
    for (const auto* format : group) {
      list += list.empty() ? "" : "; ";
      list += format->shape;
    }
  };
  (add(formats), ...);
  return list;
}

// What the value is, for a person who must find out why nothing knows it.
std::string described(const Json& value) {
  if (value.is_array()) {
    if (value.empty()) return "an empty list";
    return value.front().is_object() ? "a list that begins with " + described(value.front())
                                     : "a list of no objects";
  }
  if (!value.is_object()) return "no object";
  std::string keys;
  std::size_t named = 0;
  for (const auto& item : value.items()) {
    if (named++ == kNamedKeys) break;
    keys += (keys.empty() ? "" : ", ") + in_quotes(item.key());
  }
  return keys.empty() ? "an empty object" : "an object with the keys " + keys;
}

std::unexpected<base::Error> unknown_json(const std::string& file, const LogPiece& piece, const Json& value) {
  return fail_at(file, piece.line, piece.offset,
                 fmt::format("{}, but no log that is known; tried {}", described(value),
                             tried(kLineFormats, kDocumentFormats)));
}

const LineFormat* recognise_line(const Json& line) {
  for (const LineFormat* format : kLineFormats) {
    if (format->recognise(line)) return format;
  }
  return nullptr;
}

const DocumentFormat* recognise_document(const Json& document) {
  for (const DocumentFormat* format : kDocumentFormats) {
    if (format->recognise(document)) return format;
  }
  return nullptr;
}

DetectedLog found(const DocumentFormat* format, bool on_lines, Json json, const LogPiece& piece) {
  DetectedLog log;
  log.format = format->format;
  log.document = format;
  log.on_lines = on_lines;
  log.json = std::move(json);
  log.piece = piece;
  return log;
}

// Of a document that fills the file: itself, or the items of the list that it is.
const DocumentFormat* recognise_whole(const Json& json) {
  if (const DocumentFormat* format = recognise_document(json)) return format;
  return json.is_array() && !json.empty() ? recognise_document(json.front()) : nullptr;
}

std::optional<DetectedLog> recognise_text(const LogPiece& piece) {
  for (const TextFormat* format : kTextFormats) {
    if (!format->recognise(piece.text)) continue;
    DetectedLog log;
    log.format = format->format;
    log.text = format;
    log.piece = piece;
    return log;
  }
  return std::nullopt;
}

Result<DetectedLog> detect_json(LogInput& input, const LogPiece& first, const LogOptions& options) {
  auto line = base::parse_foreign_json(first.text, {.max_bytes = first.text.size()});
  if (line && line->is_object()) {
    if (const LineFormat* format = recognise_line(*line)) {
      DetectedLog log;
      log.format = format->format;
      log.lines = format;
      return log;
    }
  }
  if (line) {
    if (const DocumentFormat* format = recognise_whole(*line)) {
      return found(format, true, std::move(*line), first);
    }
    return unknown_json(input.name(), first, *line);
  }
  // What is wrong within the line stays wrong, whatever follows. (A text may begin with "[Ada]: …".)
  const bool is_object = first.text[first.text.find_first_of("{[")] == '{';
  if (is_object && line.error().offset < first.text.size()) {
    return fail_in_piece(input.name(), first, line.error());
  }
  TRY_ASSIGN(const LogPiece piece, input.rest(options.max_document_bytes));
  auto json = parse_piece(input.name(), piece);
  if (!json) {
    if (auto text = recognise_text(piece)) return std::move(*text);
    return std::unexpected(std::move(json).error());
  }
  if (const DocumentFormat* format = recognise_whole(*json))
    return found(format, false, std::move(*json), piece);
  return unknown_json(input.name(), piece, *json);
}

Result<DetectedLog> detect_text(LogInput& input, const LogOptions& options) {
  TRY_ASSIGN(const LogPiece piece, input.rest(options.max_document_bytes));
  if (auto log = recognise_text(piece)) return std::move(*log);
  const bool binary = piece.text.find('\0') != std::string_view::npos;
  return fail_at(
      input.name(), piece.line, piece.offset,
      fmt::format("{}; tried {}",
                  binary ? "neither text nor a log that is known" : "text, but no log that is known",
                  tried(kTextFormats)));
}

}  // namespace

std::span<const LineFormat* const> line_formats() { return kLineFormats; }
std::span<const DocumentFormat* const> document_formats() { return kDocumentFormats; }
std::span<const TextFormat* const> text_formats() { return kTextFormats; }

Result<DetectedLog> detect_format(LogInput& input, const LogOptions& options) {
  TRY_ASSIGN(const std::string_view start, input.peek(kStartBytes));
  if (is_duo_file(start)) return DetectedLog{};
  if (is_zip(start)) {
    DetectedLog log;
    log.format = LogFormat::kInspect;
    log.zipped = true;
    return log;
  }
  for (const Stranger& stranger : kStrangers) {
    if (start.starts_with(stranger.start)) {
      return fail(ErrorKind::kBadInput, fmt::format("{}: is {}", input.name(), stranger.what));
    }
  }
  TRY_ASSIGN(const std::optional<LogPiece> first, input.peek_line(options.max_document_bytes));
  if (!first) return fail(ErrorKind::kBadInput, fmt::format("{}: is empty", input.name()));
  const char c = first->text[first->text.find_first_not_of(" \t\r\v\f")];
  if (c == '{' || c == '[') return detect_json(input, *first, options);
  return detect_text(input, options);
}

}  // namespace duologue::store
