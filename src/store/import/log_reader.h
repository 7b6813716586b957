// What a file of this folder is for the others: one format's recognising and reading. Three shapes: a stream
// of JSON lines that make up conversations together, JSON documents that stand alone, and text. For .cc files
// only: it brings the JSON library.
//
// Recognising looks at the few keys that tell the format from all others, so that a log that is damaged
// further in is still reported as what it is. Reading is forgiving of what is more than it needs, and fails
// with a place where something it needs is missing. Errors are kBadInput. Any thread; a reader's state
// belongs to one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "store/import/json_node.h"
#include "store/import/log_sink.h"

namespace duologue::store {

class LineReader {
 public:
  virtual ~LineReader() = default;
  // The lines in order.
  virtual base::Status take(const JsonNode& line) = 0;
  // There is no more: puts what is left into the sink.
  virtual base::Status finish() = 0;
};

struct LineFormat {
  LogFormat format;
  std::string_view shape;  // for people, when nothing fits
  bool (*recognise)(const base::Json& first_line);
  std::unique_ptr<LineReader> (*open)(LogSink& sink);
};

struct DocumentFormat {
  LogFormat format;
  std::string_view shape;
  bool (*recognise)(const base::Json& document);
  base::Status (*read)(const JsonNode& document, LogSink& sink);
};

struct TextFormat {
  LogFormat format;
  std::string_view shape;
  bool (*recognise)(std::string_view text);
  base::Status (*read)(const std::string& file, const LogPiece& text, LogSink& sink);
};

}  // namespace duologue::store
