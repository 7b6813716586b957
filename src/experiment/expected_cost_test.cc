#include "experiment/expected_cost.h"

#include <gtest/gtest.h>

namespace duologue::experiment {
namespace {

ExperimentSpec spec_of(std::uint32_t turns, chat::MemoryPolicy memory) {
  ExperimentSpec spec;
  spec.participants.resize(2);
  for (ParticipantSpec& seat : spec.participants) {
    seat.system_prompt = std::string(400, 's');
    seat.memory = memory;
    seat.sampling.max_tokens = 100;
  }
  spec.openings = {std::string(40, 'o'), std::string(80, 'o')};
  spec.turns = turns;
  spec.repeats = 3;
  return spec;
}

const model::Price kPrice{2, 1, 10, "", ""};

// Turn by turn, as it would happen.
double counted(std::uint32_t turns, double most_seen, std::uint32_t seat_only = 2) {
  double usd = 0;
  for (std::uint32_t turn = 1; turn <= turns; ++turn) {
    if (seat_only < 2 && (turn - 1) % 2 != seat_only) continue;
    const double prompt = 100 + 4 + 15 + 4 + std::min<double>(turn - 1, most_seen) * 104;
    usd += (prompt * 2 + 100 * 10) / 1e6;
  }
  return usd * 6;
}

TEST(ExpectedCost, IsWhatItComesToTurnByTurn) {
  const std::vector<std::optional<model::Price>> both{kPrice, kPrice};
  for (const std::uint32_t turns : {1U, 2U, 7U, 40U}) {
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kFull, 0}), both), counted(turns, 1e9),
                1e-9);
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kWindow, 3}), both), counted(turns, 6),
                1e-9);
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kLast, 0}), both), counted(turns, 2), 1e-9);
  }
}

TEST(ExpectedCost, OnlyThoseWithAPriceCount) {
  const ExperimentSpec spec = spec_of(9, {chat::MemoryKind::kFull, 0});
  const std::vector<std::optional<model::Price>> second{std::nullopt, kPrice};
  EXPECT_NEAR(*most_it_costs(spec, second), counted(9, 1e9, 1), 1e-9);
  const std::vector<std::optional<model::Price>> nobody(2);
  EXPECT_EQ(most_it_costs(spec, nobody), std::nullopt) << "unknown isn't 0";
  const std::vector<std::optional<model::Price>> both{kPrice, kPrice};
  EXPECT_EQ(most_it_costs(spec_of(0, {chat::MemoryKind::kFull, 0}), both), std::nullopt);
}

}  // namespace
}  // namespace duologue::experiment
