// Most of the time goes into waiting for memory: the table of parts is one array of slots and one of bytes.
#include <algorithm>
#include <bit>
#include <functional>

#include "base/utf8.h"
#include "model/embedders/subwords.h"

namespace duologue::model {

namespace {

// Texts to ids by open addressing, at most half full.
class Table {
 public:
  explicit Table(std::size_t most) : slots_(std::bit_ceil(2 * most + 1)) {}

  void add(std::string_view text, std::uint32_t id) {  // the first id of equal texts stays
    Slot& slot = slots_[place_of(text)];
    if (slot.used) return;
    slot = {tag_of(text), static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(text.size()),
            id, true};
    bytes_ += text;
  }
  // Null where there is none.
  const std::uint32_t* find(std::string_view text) const {
    const Slot& slot = slots_[place_of(text)];
    return slot.used ? &slot.id : nullptr;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t begin = 0;  // in bytes_
    std::uint32_t size = 0;
    std::uint32_t id = 0;
    bool used = false;
  };

  static std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }
  static std::uint32_t tag_of(std::string_view text) {
    return static_cast<std::uint32_t>(hash_of(text) >> 32);
  }
  // Where the text is, or the empty slot where it belongs.
  std::size_t place_of(std::string_view text) const {
    const std::size_t hash = hash_of(text);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = hash;; ++at) {
      const std::size_t place = at & (slots_.size() - 1);
      const Slot& slot = slots_[place];
      if (!slot.used) return place;
      if (slot.tag == tag && std::string_view(bytes_).substr(slot.begin, slot.size) == text) return place;
    }
  }

  std::vector<Slot> slots_;
  std::string bytes_;
};

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

class WordPiece final : public Subwords {
 public:
  WordPiece(const WordPieceSpec& spec, std::uint32_t unknown)
      : first_(spec.vocabulary.size()),
        continuing_(spec.vocabulary.size()),
        unknown_(unknown),
        max_word_characters_(spec.max_word_characters) {
    for (const auto& [token, id] : spec.vocabulary) {
      largest_ = std::max(largest_, id);
      longest_ = std::max(longest_, token.size());
      first_.add(token, id);
      if (!token.starts_with(spec.continuing_prefix)) continue;
      continuing_.add(std::string_view(token).substr(spec.continuing_prefix.size()), id);
    }
  }

  void append(std::string_view word, TokenIds& ids) const override {
    const std::size_t before = ids.size();
    bool known = word.size() <= max_word_characters_ || code_points(word) <= max_word_characters_;
    for (std::size_t at = 0; known && at < word.size();) {
      const std::size_t size = longest_part(word.substr(at), at == 0 ? first_ : continuing_, ids);
      known = size > 0;
      at += size;
    }
    if (known) return;
    ids.resize(before);
    ids.push_back(unknown_);
  }
  std::uint32_t largest_id() const override { return largest_; }
  std::optional<std::uint32_t> unknown_id() const override { return unknown_; }

 private:
  // Its bytes, 0 where there is none; its id is appended.
  std::size_t longest_part(std::string_view rest, const Table& table, TokenIds& ids) const {
    std::size_t size = base::floor_boundary(rest, std::min(rest.size(), longest_));
    while (size > 0) {
      if (const std::uint32_t* id = table.find(rest.substr(0, size))) {
        ids.push_back(*id);
        return size;
      }
      size = base::floor_boundary(rest, size - 1);
    }
    return 0;
  }

  Table first_;
  Table continuing_;  // without their prefix
  std::size_t longest_ = 0;
  std::uint32_t largest_ = 0;
  std::uint32_t unknown_;
  std::uint32_t max_word_characters_;
};

}  // namespace

base::Result<std::unique_ptr<Subwords>> make_word_piece(const WordPieceSpec& spec) {
  for (const auto& [token, id] : spec.vocabulary) {
    if (token == spec.unknown) return std::make_unique<WordPiece>(spec, id);
  }
  return base::fail(base::ErrorKind::kModel, "the vocabulary lacks its own token for unknown words");
}

}  // namespace duologue::model
