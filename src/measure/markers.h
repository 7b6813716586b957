// Marker counts: how often a turn makes a kind of move that loops are made of, by the phrases of
// src/measure/data/markers.yaml. English first; farewells and thanks in some other languages too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/phrase_matcher.h"
#include "measure/tokens.h"

namespace duologue::measure {

// The groups of the file, in its order.
enum class Marker : std::uint8_t {
  kFarewell,
  kClosure,
  kGratitude,
  kAgreement,
  kPraise,
  kIdentity,
  kAsAnAi,
  kRefusal,
  kHelper,
  kBliss,
  kShutdown,
  kMetaLoop,
  kMetaHuman,
  kSuperlative,
  kFiction,
  kSystemBuilding,
  kEscape,
  kInventedHuman,
  kLeaked,
  kApology,
};
inline constexpr std::size_t kMarkers = 20;
std::string_view name_of(Marker marker);  // as in the file
std::optional<Marker> marker_from(std::string_view name);

struct MarkerCounts {
  std::array<std::uint32_t, kMarkers> counts{};
  std::array<std::uint32_t, kMarkers> first{};  // the first match's token; where the count is above 0

  std::uint32_t operator[](Marker marker) const { return counts[static_cast<std::size_t>(marker)]; }
};

// Immutable once read; any thread.
class Lexicon {
 public:
  // The one that is built in.
  static const Lexicon& built_in();
  // kUsage, with FILE:LINE:COLUMN. Every group must be there, no other may.
  static base::Result<Lexicon> parse(std::string_view yaml, std::string_view file);

  MarkerCounts count(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word,
                     std::vector<PhraseMatcher::Match>& scratch) const;
  // The phrases, hashed: part of an instrument's identity.
  std::string_view hash() const { return hash_; }

 private:
  PhraseMatcher matcher_;
  std::string hash_;
};

}  // namespace duologue::measure
