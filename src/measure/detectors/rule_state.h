// A rule at work: what its ways have said so far, and whether its state stands. One conversation, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "measure/detectors/evidence.h"
#include "measure/detectors/rules.h"

namespace duologue::measure {

class RuleState {
 public:
  struct Entered {
    std::uint32_t onset = 0;
    const Way* way = nullptr;  // never null
  };

  // The rule must outlive this.
  explicit RuleState(const Rule& rule);

  // After the turn was added to `window`. Where the state begins at this turn: since when, by which way (the
  // one that began first).
  std::optional<Entered> observe(const EvidenceWindow& window, std::uint32_t turn);
  bool stands() const { return stands_; }
  std::string_view label() const { return rule_->label; }

 private:
  struct Sum {
    double value = 0;
    std::uint32_t since = 0;  // the onset, once it has left 0
    bool stands = false;
  };

  const Rule* rule_;
  std::vector<Sum> sums_;  // one a way
  bool stands_ = false;
  std::uint32_t free_from_ = 1;  // no onset lies before the end of the episode before
};

}  // namespace duologue::measure
