// Which format a log has, told from its content and never from its name. One thread for each input. Errors
// are those of LogInput, and kBadInput: empty, a kind of file that can't be read (says what to do), JSON that
// is broken (with the place), or of no known format, with all that was tried.
#pragma once

#include <optional>
#include <span>

#include "base/json.h"
#include "base/result.h"
#include "store/import/log_input.h"
#include "store/import/log_reader.h"

namespace duologue::store {

// What the detector learned; exactly one of the three readers is set, none for a .duo file or a zip.
struct DetectedLog {
  LogFormat format = LogFormat::kDuo;
  const LineFormat* lines = nullptr;         // JSON Lines that belong together
  const DocumentFormat* document = nullptr;  // JSON that stands alone
  const TextFormat* text = nullptr;

  bool zipped = false;  // an .eval log, as far as the first bytes say

  // Of documents. On lines of their own: the input still stands before the first of them. Otherwise the one
  // document, or a list of them, is all of `piece`.
  bool on_lines = false;
  std::optional<base::Json> json;  // what `piece` holds, parsed
  LogPiece piece;                  // valid until the input is read further
};

// Reads only what it needs: of a file of lines the first one.
base::Result<DetectedLog> detect_format(LogInput& input, const LogOptions& options);

// All of them, in the order in which they are tried.
std::span<const LineFormat* const> line_formats();
std::span<const DocumentFormat* const> document_formats();
std::span<const TextFormat* const> text_formats();

}  // namespace duologue::store
