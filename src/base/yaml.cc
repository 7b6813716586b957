#include "base/yaml.h"

#include <charconv>
#include <cmath>
#include <exception>
#include <fstream>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/nearest.h"
#include "base/utf8.h"

namespace duologue::base {

struct Yaml::Item {
  YamlKind kind = YamlKind::kNull;
  bool plain = false;  // a scalar without quotes: may be a number or a truth value
  std::string text;    // of a scalar
  std::vector<Yaml> items;
  std::vector<YamlMember> members;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t nodes = 1;   // this one and all below, aliases written out
  std::uint32_t height = 1;  // levels, this one included
  std::shared_ptr<const std::string> file;
};

namespace {

std::string place(std::string_view file, std::size_t line, std::size_t column) {
  return fmt::format("{}:{}:{}", file, line, column);
}

// YAML's rule, and needed: the library takes 0x04 for the end of the file and would silently read half of it.
bool is_forbidden(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F; }

std::size_t code_points(std::string_view bytes) {
  std::size_t count = 0;
  for (const char c : bytes) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

Status check_characters(std::string_view text, const std::string& file) {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = decode_utf8(text.substr(i));
    if (!step.valid || is_forbidden(static_cast<unsigned char>(text[i]))) {
      const std::size_t column = code_points(text.substr(line_start, i - line_start)) + 1;
      return base::fail(ErrorKind::kUsage,
                        fmt::format("{}: {}; save the file as UTF-8 text", place(file, line, column),
                                    step.valid ? "a control character" : "bytes that are not UTF-8"));
    }
    if (text[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
    i += step.length;
  }
  return {};
}

std::optional<unsigned> hex4(std::string_view text) {
  unsigned value = 0;
  if (text.size() < 4) return std::nullopt;
  text = text.substr(0, 4);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// At text[i] a JSON escape of a surrogate pair: its code point.
std::optional<char32_t> surrogate_pair(std::string_view text, std::size_t i) {
  if (text.substr(i, 2) != "\\u" || text.substr(i + 6 < text.size() ? i + 6 : text.size(), 2) != "\\u")
    return {};
  const auto high = hex4(text.substr(i + 2));
  const auto low = hex4(text.substr(i + 8));
  if (!high || !low || (*high & 0xFC00U) != 0xD800U || (*low & 0xFC00U) != 0xDC00U) return {};
  return 0x10000U + ((*high & 0x3FFU) << 10U) + (*low & 0x3FFU);
}

// JSON is YAML but for two things the library doesn't take: tabs between values, and characters beyond the
// first plane escaped as two. Both are written in YAML's way here; columns before the first such escape of a
// line stay true.
std::string json_as_yaml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string) {
      in_string = c == '"';
      out += c == '\t' ? ' ' : c;
    } else if (c == '\\') {
      if (const auto code_point = surrogate_pair(text, i)) {
        append_utf8(out, *code_point);
        i += 11;
      } else {
        out.append(text.substr(i, 2));
        ++i;
      }
    } else {
      in_string = c != '"';
      out += c;
    }
  }
  return out;
}

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

struct Stop {  // thrown through the library by the builder below, and caught in this file
  std::string message;
  YAML::Mark mark;
};

}  // namespace

// Takes the library's events and builds the tree, counting as it goes: nothing over the limits is ever held.
struct Yaml::Builder final : YAML::EventHandler {
  Builder(std::string_view text_in, std::string file_in, const YamlLimits& limits_in)
      : limits(limits_in), file(std::make_shared<const std::string>(std::move(file_in))), text(text_in) {
    line_starts.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts.push_back(i + 1);
    }
  }

  struct Open {  // a list or map that is being read
    std::shared_ptr<Item> node;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::shared_ptr<const Item> key;  // set: a map's key that waits for its value
    std::unordered_map<std::string, std::uint32_t> key_lines;
  };

  YamlLimits limits;
  std::shared_ptr<const std::string> file;
  std::string_view text;
  std::vector<std::size_t> line_starts;
  std::vector<Open> open;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<const Item>> anchors;
  struct {
    std::size_t line_index, bytes, columns;
  } last{0, 0, 0};
  std::uint32_t nodes = 0;
  std::uint32_t documents = 0;
  std::shared_ptr<const Item> root;

  // The library counts bytes. Marks mostly go forward: counting goes on from the last one, since a file may
  // be one line.
  void locate(const YAML::Mark& mark, std::uint32_t& line, std::uint32_t& column) {
    const std::size_t index = std::min<std::size_t>(mark.line < 0 ? 0 : mark.line, line_starts.size() - 1);
    const std::size_t start = line_starts[index];
    const std::size_t bytes = mark.column < 0 ? 0 : static_cast<std::size_t>(mark.column);
    if (index != last.line_index || bytes < last.bytes) last = {index, 0, 0};
    last.columns += code_points(text.substr(start + last.bytes, bytes - last.bytes));
    last.bytes = bytes;
    line = static_cast<std::uint32_t>(index + 1);
    column = static_cast<std::uint32_t>(last.columns + 1);
  }

  std::shared_ptr<Item> make(const YAML::Mark& mark, YamlKind kind) {
    auto node = std::make_shared<Item>();
    node->kind = kind;
    node->file = file;
    locate(mark, node->line, node->column);
    return node;
  }

  void count(const YAML::Mark& mark, std::uint32_t more, std::uint32_t height) {
    if (more > limits.max_nodes - nodes) {
      throw Stop{
          fmt::format("more than {} values, those repeated by aliases counted again", limits.max_nodes),
          mark};
    }
    nodes += more;
    if (open.size() + height > limits.max_depth) {
      throw Stop{fmt::format("more than {} levels deep", limits.max_depth), mark};
    }
  }

  void add(const YAML::Mark& mark, std::shared_ptr<const Item> node) {
    if (open.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = open.back();
    parent.node->nodes += node->nodes;
    parent.node->height = std::max(parent.node->height, node->height + 1);
    if (parent.node->kind == YamlKind::kList) {
      parent.node->items.push_back(Yaml(std::move(node)));
    } else if (!parent.key) {
      add_key(mark, parent, std::move(node));
    } else {
      parent.node->members.push_back({parent.key->text, Yaml(parent.key), Yaml(std::move(node))});
      parent.key.reset();
    }
  }

  static void add_key(const YAML::Mark& mark, Open& map, std::shared_ptr<const Item> node) {
    if (node->kind != YamlKind::kScalar) throw Stop{"a key must be a word", mark};
    const auto [old, fresh] = map.key_lines.emplace(node->text, node->line);
    if (!fresh) {
      throw Stop{fmt::format("{} is given twice, first on line {}", in_quotes(node->text), old->second),
                 mark};
    }
    map.key = std::move(node);
  }

  static void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Stop{fmt::format("tags such as {} aren't read", in_quotes(tag)), mark};
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    check_tag(mark, tag);
    count(mark, 1, 1);
    open.push_back({make(mark, kind), mark, anchor, nullptr, {}});
  }

  void end() {
    Open done = std::move(open.back());
    open.pop_back();
    if (done.anchor != 0) anchors[done.anchor] = done.node;
    add(done.mark, std::move(done.node));
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, std::shared_ptr<Item> node) {
    count(mark, 1, 1);
    if (anchor != 0) anchors[anchor] = node;
    add(mark, std::move(node));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents > 1) throw Stop{"a second document: a file holds one", mark};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, anchor, make(mark, YamlKind::kNull));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors.find(anchor);
    if (found == anchors.end()) throw Stop{"an alias inside what it stands for", mark};
    count(mark, found->second->nodes, found->second->height);
    add(mark, found->second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    auto node = make(mark, YamlKind::kScalar);
    node->plain = tag == "?";
    node->text = value;
    scalar(mark, anchor, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(mark, tag, anchor, YamlKind::kList);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(mark, tag, anchor, YamlKind::kMap);
  }
  void OnMapEnd() override { end(); }

  std::unexpected<Error> fail(std::string_view message, const YAML::Mark& mark) {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    locate(mark, line, column);
    return base::fail(ErrorKind::kUsage, fmt::format("{}: {}", place(*file, line, column), message));
  }
};

Result<Yaml> Yaml::parse(std::string_view text, const std::string& file, const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return base::fail(ErrorKind::kUsage, fmt::format("{}:1:1: larger than {} bytes", file, limits.max_bytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TRY(check_characters(text, file));
  const std::string yaml = looks_like_json(text) ? json_as_yaml(text) : std::string(text);
  Builder builder(yaml, file, limits);
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    return builder.fail(stop.message, stop.mark);
  } catch (const YAML::Exception& error) {
    return builder.fail(fmt::format("not YAML: {}", error.msg), error.mark);
  } catch (const std::exception& error) {
    return builder.fail(fmt::format("not YAML: {}", error.what()), {});
  }
  if (!builder.root) builder.root = builder.make({}, YamlKind::kNull);
  return Yaml(builder.root);
}

Result<Yaml> Yaml::parse_file(const std::string& path, const YamlLimits& limits) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return base::fail(ErrorKind::kNotFound, fmt::format("{}: can't be opened; is the name right?", path));
  std::string text(limits.max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.fail() && !stream.eof())) {
    return base::fail(ErrorKind::kIo, fmt::format("{}: can't be read; is it a file?", path));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse(text, path, limits);
}

YamlKind Yaml::kind() const { return node_->kind; }
std::uint32_t Yaml::line() const { return node_->line; }
std::uint32_t Yaml::column() const { return node_->column; }
std::string Yaml::where() const { return place(*node_->file, node_->line, node_->column); }

std::string Yaml::described() const {
  switch (node_->kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      return "a map";
    case YamlKind::kScalar:
      break;
  }
  return node_->plain ? in_quotes(node_->text) : fmt::format("the text {}", in_quotes(node_->text));
}

std::unexpected<Error> Yaml::fail(std::string_view message) const {
  return base::fail(ErrorKind::kUsage, fmt::format("{}: {}", where(), message));
}

Result<std::string> Yaml::text(std::string_view what) const {
  if (node_->kind != YamlKind::kScalar)
    return fail(fmt::format("{} must be text, not {}", what, described()));
  return node_->text;
}

Result<bool> Yaml::boolean(std::string_view what) const {
  if (node_->kind == YamlKind::kScalar && node_->plain) {
    for (const std::string_view yes : {"true", "True", "TRUE"}) {
      if (node_->text == yes) return true;
    }
    for (const std::string_view no : {"false", "False", "FALSE"}) {
      if (node_->text == no) return false;
    }
  }
  return fail(fmt::format("{} must be true or false, not {}", what, described()));
}

Result<std::uint64_t> Yaml::integer(std::string_view what, std::uint64_t min, std::uint64_t max) const {
  const auto wrong = [&] {
    const std::string range = max == ~std::uint64_t{0}
                                  ? (min == 0 ? "that fits in 64 bits" : fmt::format("of {} or more", min))
                                  : fmt::format("from {} to {}", min, max);
    return fail(fmt::format("{} must be a whole number {}, not {}", what, range, described()));
  };
  if (node_->kind != YamlKind::kScalar || !node_->plain) return wrong();
  std::string_view digits = node_->text;
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || value < min || value > max) return wrong();
  return value;
}

Result<double> Yaml::number(std::string_view what) const {
  double value = 0;
  if (node_->kind == YamlKind::kScalar && node_->plain) {
    const char* begin = node_->text.data();
    const char* end = begin + node_->text.size();
    const auto [stopped, error] = std::from_chars(begin, end, value);
    if (begin != end && error == std::errc() && stopped == end && std::isfinite(value)) return value;
  }
  return fail(fmt::format("{} must be a number, not {}", what, described()));
}

Result<std::size_t> Yaml::word(std::string_view what, const std::vector<std::string>& words) const {
  const bool scalar = node_->kind == YamlKind::kScalar;
  for (std::size_t i = 0; scalar && i < words.size(); ++i) {
    if (node_->text == words[i]) return i;
  }
  return fail(fmt::format("{} must be {}, not {}{}", what, fmt::join(words, " or "), described(),
                          scalar ? did_you_mean(node_->text, words) : ""));
}

Result<std::span<const Yaml>> Yaml::list(std::string_view what) const {
  if (node_->kind != YamlKind::kList)
    return fail(fmt::format("{} must be a list, not {}", what, described()));
  return std::span<const Yaml>(node_->items);
}

Result<std::span<const YamlMember>> Yaml::map(std::string_view what,
                                              const std::vector<std::string>& known) const {
  if (node_->kind != YamlKind::kMap) {
    return fail(fmt::format("{} must be a map with keys such as '{}', not {}", what,
                            known.empty() ? "" : known.front(), described()));
  }
  for (const YamlMember& member : node_->members) {
    bool found = false;
    for (const std::string& key : known) found = found || key == member.key;
    if (!found) {
      return member.at.fail(fmt::format("unknown key {} in {}{}", in_quotes(member.key), what,
                                        did_you_mean(member.key, known)));
    }
  }
  return std::span<const YamlMember>(node_->members);
}

Result<std::span<const YamlMember>> Yaml::members(std::string_view what) const {
  if (node_->kind != YamlKind::kMap) return fail(fmt::format("{} must be a map, not {}", what, described()));
  return std::span<const YamlMember>(node_->members);
}

Result<Yaml> Yaml::with(std::string_view path, const Yaml& key, const Yaml& value) const {
  if (path.empty()) return value;
  const std::size_t dot = std::min(path.find('.'), path.size());
  const std::string word(path.substr(0, dot));
  const std::string_view rest = path.substr(std::min(dot + 1, path.size()));
  auto copy = std::make_shared<Item>(*node_);
  if (kind() == YamlKind::kList) {
    bool found = false;
    for (Yaml& item : copy->items) {
      const Yaml* name = item.find("name");
      const bool wanted = word == "*" || (name != nullptr && name->node_->text == word);
      if (!wanted) continue;
      found = true;
      TRY_ASSIGN(item, item.with(rest, key, value));
    }
    if (!found) return key.fail(fmt::format("nothing in this list is called {}", in_quotes(word)));
    return Yaml(std::move(copy));
  }
  if (kind() != YamlKind::kMap) {
    return key.fail(fmt::format("{} leads into {}, which holds no keys", in_quotes(path), described()));
  }
  for (YamlMember& member : copy->members) {
    if (member.key != word) continue;
    TRY_ASSIGN(member.value, member.value.with(rest, key, value));
    return Yaml(std::move(copy));
  }
  auto below = std::make_shared<Item>(*key.node_);  // a map where more keys follow
  below->kind = YamlKind::kMap;
  below->members.clear();
  TRY_ASSIGN(Yaml made, rest.empty() ? value : Yaml(std::move(below)).with(rest, key, value));
  copy->members.push_back({word, key, std::move(made)});
  return Yaml(std::move(copy));
}

const Yaml* Yaml::find(std::string_view key) const {
  for (const YamlMember& member : node_->members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t kMaxBytes = 60;
  std::string out = "'";
  for (const char c : word.substr(0, floor_boundary(word, kMaxBytes))) {
    out += is_forbidden(static_cast<unsigned char>(c)) || c == '\n' || c == '\r' || c == '\t' ? '?' : c;
  }
  if (word.size() > kMaxBytes) out += "…";
  return out + "'";
}

}  // namespace duologue::base
