// SHA-256 over length-prefixed fields: the one content hash of duologue (turns, views, prompts, model files).
// Hash is a value; a Hasher belongs to one thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::base {

struct Hash {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Hash&) const = default;
  bool is_zero() const;
  std::string hex() const;        // 64 lower-case digits
  std::string short_hex() const;  // the first 12
  static Result<Hash> from_hex(std::string_view hex);
};

// Every field is preceded by its length, so that no two different sequences of fields give the same input.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& field(std::string_view bytes);
  Hasher& field(const Hash& hash);
  Hasher& number(std::uint64_t value);  // 8 bytes, little-endian, no length
  Hash finish();                        // resets: the hasher can be used again

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash hash_bytes(std::string_view bytes);  // plain SHA-256, as sha256sum prints it

// Plain SHA-256 of a file's content. kNotFound or kIo with the path.
Result<Hash> hash_file(const std::string& path);

}  // namespace duologue::base
