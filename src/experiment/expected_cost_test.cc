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
  spec.participants[0].name = "A";
  spec.participants[0].model = "first";
  spec.participants[1].name = "B";
  spec.participants[1].model = "second";
  spec.openings = {std::string(40, 'o'), std::string(80, 'o')};
  spec.turns = turns;
  spec.repeats = 3;
  return spec;
}

const model::Price kPrice{2, 1, 10, "", ""};
const model::Price kTwice{4, 1, 20, "", ""};
const std::map<std::string, model::Price> kBoth{{"first", kPrice}, {"second", kPrice}};

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
  for (const std::uint32_t turns : {1U, 2U, 7U, 40U}) {
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kFull, 0}), kBoth), counted(turns, 1e9),
                1e-9);
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kWindow, 3}), kBoth), counted(turns, 6),
                1e-9);
    EXPECT_NEAR(*most_it_costs(spec_of(turns, {chat::MemoryKind::kLast, 0}), kBoth), counted(turns, 2), 1e-9);
  }
}

TEST(ExpectedCost, OnlyThoseWithAPriceCount) {
  const ExperimentSpec spec = spec_of(9, {chat::MemoryKind::kFull, 0});
  EXPECT_NEAR(*most_it_costs(spec, {{"second", kPrice}}), counted(9, 1e9, 1), 1e-9);
  EXPECT_EQ(most_it_costs(spec, {}), std::nullopt) << "unknown isn't 0";
  EXPECT_EQ(most_it_costs(spec_of(0, {chat::MemoryKind::kFull, 0}), kBoth), std::nullopt);
}

TEST(ExpectedCost, EveryArmCountsByItsOwnModels) {
  ExperimentSpec spec = spec_of(9, {chat::MemoryKind::kFull, 0});
  spec.arms = {{"dear", spec}, {"half", spec}, {"free", spec}};
  for (ParticipantSpec& seat : spec.arms[0].form.participants) seat.model = "dear";
  spec.arms[1].form.participants[0].model = "scripted:x.txt";
  for (ParticipantSpec& seat : spec.arms[2].form.participants) seat.model = "scripted:x.txt";
  for (ParticipantSpec& seat : spec.participants) seat.model = "only what the arms began from";
  EXPECT_NEAR(*most_it_costs(spec, {{"dear", kTwice}, {"second", kPrice}}),
              2 * counted(9, 1e9) + counted(9, 1e9, 1), 1e-9);
}

TEST(ExpectedCost, WhoIsHandedOverCostsWhatTheDearestDoes) {
  ExperimentSpec spec = spec_of(9, {chat::MemoryKind::kFull, 0});
  engine::Instruction handover;
  handover.deed = engine::Deed::kModel;
  handover.who = "B";
  handover.text = "dear";
  spec.moderators.push_back(handover);
  EXPECT_NEAR(*most_it_costs(spec, {{"dear", kTwice}, {"second", kPrice}}), 2 * counted(9, 1e9, 1), 1e-9);
}

}  // namespace
}  // namespace duologue::experiment
