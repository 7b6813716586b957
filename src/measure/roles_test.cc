#include "measure/roles.h"

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using testing::turn_of;

constexpr std::string_view kCode = "Here it is:\n```python\nprint(1)\n```\n";
constexpr std::string_view kProse = "We should print the number.";
constexpr std::string_view kQuestion = "Shall we print the number?";

struct Talk {
  std::vector<chat::Turn> turns;
  std::vector<Findings> findings;
};

Talk talk_of(const std::vector<std::string_view>& texts) {
  Talk talk;
  Instrument instrument;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    talk.turns.push_back(turn_of(texts[i], static_cast<chat::ParticipantId>(i % 2)));
    talk.findings.push_back(instrument.observe(static_cast<std::uint32_t>(i + 1), talk.turns.back()));
  }
  return talk;
}

std::vector<RoleCompliance> judged(const Talk& talk, const std::vector<DeclaredRole>& declared) {
  return role_compliance(declared, talk.turns, talk.findings);
}

TEST(Roles, NamesAreReadBack) {
  for (std::size_t i = 0; i < kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    EXPECT_EQ(role_from(name_of(role)), role);
  }
  EXPECT_FALSE(role_from("writes code"));
}

TEST(Roles, CountTheTurnsThatKeepThem) {
  const Talk talk = talk_of({kProse, kCode, kCode, kCode, kQuestion, kProse});
  const auto results = judged(talk, {{0, Role::kNeverWritesCode}, {1, Role::kWritesCode}});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].kept.successes(), 2u);
  EXPECT_EQ(results[0].kept.trials(), 3u);
  EXPECT_EQ(results[0].first_broken, 3u);
  EXPECT_EQ(results[1].kept.successes(), 2u);
  EXPECT_EQ(results[1].first_broken, 6u);
}

TEST(Roles, InversionIsDoingTheOthersPart) {
  const Talk talk = talk_of({kProse, kCode, kCode, kProse, kQuestion, kCode});
  const auto results = judged(talk, {{0, Role::kNeverWritesCode}, {1, Role::kWritesCode}});
  EXPECT_EQ(results[0].inverted.successes(), 1u);
  EXPECT_EQ(results[0].first_inverted, 3u);
  EXPECT_EQ(results[1].inverted.successes(), 1u);  // turn 4 writes none, as the other should
  const auto alone = judged(talk, {{0, Role::kNeverWritesCode}});
  EXPECT_FALSE(alone[0].inverted.rate());
  EXPECT_FALSE(alone[0].first_inverted);
}

TEST(Roles, EmptyTurnsAndPeoplesTurnsDontCount) {
  Talk talk = talk_of({kQuestion, "", kProse, "", kQuestion, ""});
  talk.turns[2].author.kind = chat::AuthorKind::kHuman;
  const auto results = judged(talk, {{0, Role::kAsks}, {1, Role::kNeverAsks}});
  EXPECT_EQ(results[0].kept.trials(), 2u);
  EXPECT_EQ(results[0].kept.rate(), 1.0);
  EXPECT_FALSE(results[1].kept.rate());
}

TEST(Roles, StayingInCharacter) {
  const Talk talk = talk_of({"Arr, the sea is rough.", "As an AI, I have no ship.", "Arr!"});
  const auto results = judged(talk, {{0, Role::kInCharacter}, {1, Role::kInCharacter}});
  EXPECT_EQ(results[0].kept.rate(), 1.0);
  EXPECT_EQ(results[1].kept.rate(), 0.0);
  EXPECT_FALSE(results[1].inverted.rate());  // the same role is nobody's else
}

}  // namespace
}  // namespace duologue::measure
