// What a provider charges for tokens, and what a call cost by that. Values; pure.
#pragma once

#include <string>

#include "chat/turn.h"

namespace duologue::model {

// US dollars per million tokens, each >= 0.
struct Price {
  double input = 0;
  double cached = 0;  // of prompt tokens that the provider's cache knew
  double output = 0;
  std::string dated;   // the month it was written down for, e.g. 2025-06
  std::string source;  // what it was taken from, e.g. "price page"

  bool operator==(const Price&) const = default;
};

// In US dollars.
double cost_of(const chat::Usage& usage, const Price& price);

}  // namespace duologue::model
