#include "model/embedders/hashed_ngrams.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::model {

namespace {

// Whatever changes a vector changes this, and with it the identity.
constexpr std::string_view kRecipe = "duologue hashed n-grams, version 1";

constexpr std::uint64_t kBitsACharacter = 21;
constexpr std::uint64_t kThreeCharacters = (std::uint64_t{1} << (3 * kBitsACharacter)) - 1;

// Two multiplications and two shifts (the finaliser of splitmix64, shortened), of which the top bits are
// good.
std::uint32_t bucket_of(std::uint64_t gram) {
  gram = (gram ^ (gram >> 30)) * 0xBF58476D1CE4E5B9ull;
  gram = (gram ^ (gram >> 27)) * 0x94D049BB133111EBull;
  return static_cast<std::uint32_t>(gram >> 52);
}
static_assert(kHashedDimensions == 1u << 12, "bucket_of takes the top 12 bits");

using Counts = std::vector<std::uint32_t>;

// Takes the code points one after the other and counts the grams that end there.
class GramCounter {
 public:
  explicit GramCounter(Counts& counts) : counts_(counts) {}

  void take(char32_t c) {
    const std::uint64_t before = last_;  // the three characters before this one
    last_ = (last_ << kBitsACharacter | c) & kThreeCharacters;
    ++taken_;
    if (taken_ >= 3) ++counts_[bucket_of(last_)];
    // Two of the four characters' bits would overlap in 64: the three before are mixed first.
    if (taken_ >= 4) ++counts_[bucket_of(before * 0x9E3779B97F4A7C15ull + c + 1)];
  }

 private:
  Counts& counts_;
  std::uint64_t last_ = 0;
  std::uint64_t taken_ = 0;
};

// False: there is nothing but white space.
bool count_grams(std::string_view folded, Counts& counts) {
  GramCounter counter(counts);
  bool after_space = false;
  bool anything = false;
  for (std::size_t at = 0; at < folded.size();) {
    const auto byte = static_cast<unsigned char>(folded[at]);
    char32_t c = byte;
    if (byte < 0x80) {
      ++at;
    } else {
      const base::Utf8Step step = base::decode_utf8(folded.substr(at));
      c = step.code_point;
      at += step.length;
    }
    if (base::is_space(c)) {
      after_space = true;
      continue;
    }
    if (after_space || !anything) counter.take(U' ');
    after_space = false;
    anything = true;
    counter.take(c);
  }
  if (anything) counter.take(U' ');
  return anything;
}

using Logs = std::array<float, 256>;

Logs first_logs() {
  Logs logs{};
  for (std::size_t i = 0; i < logs.size(); ++i)
    logs[i] = static_cast<float>(std::log1p(static_cast<double>(i)));
  return logs;
}

float log_of(std::uint32_t count, const Logs& known) {
  return count < known.size() ? known[count] : static_cast<float>(std::log1p(static_cast<double>(count)));
}

class HashedNgrams final : public Embedder {
 public:
  const EmbedderInfo& info() const override { return info_; }

  base::Result<Embeddings> embed(std::span<const std::string_view> texts, std::stop_token stop) override {
    Embeddings out(texts.size(), kHashedDimensions);
    Counts counts(kHashedDimensions);
    std::vector<float> vector(kHashedDimensions);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "stopped embedding texts");
      std::ranges::fill(counts, 0);
      if (!count_grams(base::nfc_lower(texts[i]), counts)) continue;
      std::ranges::transform(counts, vector.begin(), [&](std::uint32_t n) { return log_of(n, logs_); });
      out.set(i, std::span<const float>(vector));
    }
    return out;
  }

 private:
  const EmbedderInfo info_{.name = std::string(kHashedName),
                           .identity = base::Hasher().field(kRecipe).finish().hex(),
                           .dimensions = kHashedDimensions,
                           .max_tokens = 0};
  const Logs logs_ = first_logs();
};

}  // namespace

std::unique_ptr<Embedder> make_hashed_ngrams() { return std::make_unique<HashedNgrams>(); }

}  // namespace duologue::model
