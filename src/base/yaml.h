// The one door to the YAML library (yaml-cpp): text from outside becomes a tree of our own in which every
// node knows where it stands, so that every complaint begins with FILE:LINE:COLUMN. JSON is read too.
//
// Within limits: of bytes, depth and nodes, a node counted as often as aliases repeat it. Refused: a key
// given twice, keys that aren't words, tags, a second document, an alias inside its own anchor. Yaml is a
// handle on an immutable tree: cheap to copy, any thread. Errors are kUsage, of a file that can't be read
// kNotFound or kIo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::base {

struct YamlLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::uint32_t max_depth = 32;
  std::uint32_t max_nodes = 100'000;  // after aliases are written out
};

enum class YamlKind { kNull, kScalar, kList, kMap };

struct YamlMember;

class Yaml {
 public:
  // `file` is what messages call the text.
  static Result<Yaml> parse(std::string_view text, const std::string& file, const YamlLimits& limits = {});
  static Result<Yaml> parse_file(const std::string& path, const YamlLimits& limits = {});

  YamlKind kind() const;
  // What stands here, in words: "a list", "the word 'yes'".
  std::string described() const;
  std::uint32_t line() const;    // from 1
  std::uint32_t column() const;  // from 1, in code points
  std::string where() const;     // FILE:LINE:COLUMN

  // The error "FILE:LINE:COLUMN: message".
  std::unexpected<Error> fail(std::string_view message) const;

  // The value, or an error that says what `what` must be. Words in quotes are text, never numbers.
  Result<std::string> text(std::string_view what) const;
  Result<bool> boolean(std::string_view what) const;
  Result<std::uint64_t> integer(std::string_view what, std::uint64_t min, std::uint64_t max) const;  // 0x too
  Result<double> number(std::string_view what) const;                                                // finite
  // The index of the word in `words`.
  Result<std::size_t> word(std::string_view what, const std::vector<std::string>& words) const;
  Result<std::span<const Yaml>> list(std::string_view what) const;
  // The members in their order. Any key that isn't among `known` is an error with the nearest one.
  Result<std::span<const YamlMember>> map(std::string_view what, const std::vector<std::string>& known) const;

  // The same where any key may stand.
  Result<std::span<const YamlMember>> members(std::string_view what) const;

  // The tree with `value` at the path: keys with dots between them, e.g. sampling.temperature. In a list of
  // maps a word is the one whose `name` it is, and * is all of them. A map gets a key that it lacks. The
  // error, said at `key`, is a path that leads nowhere.
  Result<Yaml> with(std::string_view path, const Yaml& key, const Yaml& value) const;

  // The member's value, or null: also where this is no map.
  const Yaml* find(std::string_view key) const;

 private:
  struct Item;
  struct Builder;
  explicit Yaml(std::shared_ptr<const Item> node) : node_(std::move(node)) {}

  std::shared_ptr<const Item> node_;
};

struct YamlMember {
  std::string key;
  Yaml at;  // the key's place, for complaints about it
  Yaml value;
};

// A foreign word for a message: in single quotes, cut at 60 bytes, controls as '?'.
std::string in_quotes(std::string_view word);

}  // namespace duologue::base
