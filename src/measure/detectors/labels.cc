#include "measure/detectors/labels.h"

#include <algorithm>
#include <string>

#include "measure/tokens.h"

namespace duologue::measure {
namespace {

// The first match of the markers that the way counts, as a token's number; 0 where it counts none or none is
// here.
std::size_t first_marker(const Way& way, const TurnFeatures& features) {
  std::vector<Marker> counted;
  for (const Condition& condition : way.all) condition.collect(counted);
  std::size_t first = 0;
  bool found = false;
  for (const Marker marker : counted) {
    const auto index = static_cast<std::size_t>(marker);
    if (features.markers.counts[index] == 0) continue;
    const std::size_t token = features.markers.first[index];
    first = found ? std::min(first, token) : token;
    found = true;
  }
  return first;
}

// Where the sentence or line begins in which the token stands; a few words before it where that is far away.
std::string_view from_sentence_of(std::string_view text, std::size_t token) {
  constexpr std::size_t kMostBefore = kQuoteBytes / 2;
  const std::size_t place = token_place(text, token);
  std::size_t begin = place > kMostBefore ? place - kMostBefore : 0;
  const std::size_t end_of_last = text.substr(0, place).find_last_of(".!?\n");
  if (end_of_last != std::string_view::npos && end_of_last + 1 > begin) {
    begin = end_of_last + 1;
  } else if (begin > 0) {
    const std::size_t space = text.find(' ', begin);
    begin = space < place ? space + 1 : place;
  }
  return text.substr(begin);
}

}  // namespace

Detection detection(std::string_view label, const RuleState::Entered& entered, const EvidenceWindow& window,
                    const TurnFeatures& features) {
  const std::size_t token = first_marker(*entered.way, features);
  const std::string_view text = features.said->text;
  return {.label = std::string(label),
          .kind = "",
          .onset = entered.onset,
          .detected_at = features.turn,
          .period = window.period(),
          .quote_turn = features.turn,
          .quote = quote_of(token == 0 ? text : from_sentence_of(text, token)),
          .by = entered.way->name};
}

Labels::Labels(const RuleBook& book) {
  for (const Rule& rule : book.labels()) states_.emplace_back(rule);
}

void Labels::observe(const EvidenceWindow& window, const TurnFeatures& features,
                     std::vector<Detection>& found) {
  for (RuleState& state : states_) {
    if (const auto entered = state.observe(window, features.turn))
      found.push_back(detection(state.label(), *entered, window, features));
  }
}

}  // namespace duologue::measure
