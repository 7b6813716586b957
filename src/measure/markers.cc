#include "measure/markers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"
#include "base/yaml.h"
#include "measure/data_text.h"

namespace duologue::measure {
namespace {

constexpr std::array<std::string_view, kMarkers> kNames{
    "farewell", "closure",         "gratitude", "agreement",      "praise",    "identity",   "as_an_ai",
    "refusal",  "helper",          "bliss",     "shutdown",       "meta_loop", "meta_human", "superlative",
    "fiction",  "system_building", "escape",    "invented_human", "leaked",    "apology"};

std::vector<std::string> known_names() { return {kNames.begin(), kNames.end()}; }

}  // namespace

std::string_view name_of(Marker marker) { return kNames[static_cast<std::size_t>(marker)]; }

std::optional<Marker> marker_from(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Marker>(found - kNames.begin());
}

base::Result<Lexicon> Lexicon::parse(std::string_view yaml, std::string_view file) {
  TRY_ASSIGN(const base::Yaml root, base::Yaml::parse(yaml, std::string(file)));
  TRY_ASSIGN(const auto groups, root.map("the marker groups", known_names()));
  Lexicon lexicon;
  std::vector<bool> seen(kMarkers, false);
  for (const base::YamlMember& group : groups) {
    const auto marker = static_cast<std::uint32_t>(*marker_from(group.key));
    seen[marker] = true;
    TRY_ASSIGN(const auto phrases, group.value.list("a list of phrases"));
    for (const base::Yaml& one : phrases) {
      TRY_ASSIGN(const std::string phrase, one.text("a phrase"));
      if (auto added = lexicon.matcher_.add(phrase, marker); !added) return one.fail(added.error().message);
    }
  }
  const auto missing = std::ranges::find(seen, false);
  if (missing != seen.end()) {
    return root.fail("the group '" + std::string(kNames[static_cast<std::size_t>(missing - seen.begin())]) +
                     "' is missing");
  }
  lexicon.matcher_.build();
  lexicon.hash_ = base::hash_bytes(yaml).short_hex();
  return lexicon;
}

const Lexicon& Lexicon::built_in() {
  // The tests read it: it can't be wrong here.
  static const Lexicon lexicon = std::move(parse(kMarkersYaml, "markers.yaml")).value();
  return lexicon;
}

MarkerCounts Lexicon::count(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word,
                            std::vector<PhraseMatcher::Match>& scratch) const {
  matcher_.find(tokens, is_word, scratch);
  MarkerCounts counts;
  for (const PhraseMatcher::Match& match : scratch) {
    if (counts.counts[match.group]++ == 0) counts.first[match.group] = match.token;
  }
  return counts;
}

}  // namespace duologue::measure
