// A value of a log's JSON that knows where it stands, so that every complaint names file, line, byte and the
// way to it ("messages[3].content"). The document must outlive it, as must the text. A small value; one
// thread. Errors are kBadInput.
//
// Extra keys are never looked at; a key that is null counts as missing. For .cc files only: it brings the
// JSON library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "store/import/log_input.h"

namespace duologue::store {

// The text that a document was parsed from.
struct JsonSource {
  const std::string* file = nullptr;
  LogPiece piece;
};

// Parses a piece; the error names the place.
base::Result<base::Json> parse_piece(const std::string& file, const LogPiece& piece);
std::unexpected<base::Error> fail_in_piece(const std::string& file, const LogPiece& piece,
                                           const base::JsonError& error);

class JsonNode {
 public:
  JsonNode(const base::Json& document, const JsonSource& source) : value_(&document), source_(&source) {}

  const base::Json& value() const { return *value_; }
  const std::string& file() const { return *source_->file; }
  std::uint64_t line() const { return source_->piece.line; }  // where the document begins
  bool is_text() const { return value_->is_string(); }
  bool is_list() const { return value_->is_array(); }
  bool is_object() const { return value_->is_object(); }

  // A list's items.
  std::size_t size() const { return value_->size(); }
  JsonNode operator[](std::size_t index) const;
  // An object's member; empty where it is missing or null.
  std::optional<JsonNode> find(std::string_view key) const;

  // What must be there.
  base::Result<JsonNode> object(std::string_view key) const;
  base::Result<JsonNode> list(std::string_view key) const;
  base::Result<std::string> text(std::string_view key) const;
  base::Result<std::int64_t> integer(std::string_view key) const;
  // What may be there: anything else of that name is passed over.
  std::string text_or_empty(std::string_view key) const;

  // This value as an object or a text, where it must be one.
  base::Status must_be_object() const;
  base::Result<std::string> as_text() const;

  // "FILE:LINE: byte OFFSET: WAY: message".
  std::unexpected<base::Error> fail(std::string_view message) const;
  // Ok for an empty message.
  base::Status check(std::string_view problem) const;

 private:
  struct Step {
    std::string_view key;  // of an object, or
    std::size_t index = 0;
    bool is_index = false;
  };

  JsonNode below(const base::Json& value, Step step) const;
  base::Result<JsonNode> member(std::string_view key, std::string_view what) const;
  std::string way() const;
  std::size_t offset_in(std::string_view text) const;

  const base::Json* value_;
  const JsonSource* source_;
  std::vector<Step> way_;
};

// A foreign word for a message: in quotes, shortened, without control characters.
std::string in_quotes(std::string_view word);

}  // namespace duologue::store
