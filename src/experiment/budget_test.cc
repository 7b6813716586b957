// Money: what calls cost is recorded, and a budget of dollars ends an experiment.
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "experiment/runner.h"
#include "model/scripted/scripted_model.h"
#include "store/reader.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;

// Hosted by somebody, and nobody knows what it costs.
class Hosted final : public model::Model {
 public:
  Hosted() { info_.hosted = true; }
  const model::ModelInfo& info() const override { return info_; }
  base::Result<model::ModelOutput> generate(const chat::View&, const model::GenerateConfig&, std::stop_token,
                                            const model::OnDelta&) override {
    return model::ModelOutput{};
  }

 private:
  model::ModelInfo info_;
};

class BudgetTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("budget_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "a.duo").string(); }

  static ExperimentSpec spec(std::uint32_t repeats, std::uint32_t turns) {
    ExperimentSpec spec;
    spec.participants.resize(2);
    spec.participants[0].name = "A";
    spec.participants[1].name = "B";
    spec.participants[0].model = spec.participants[1].model = "it";
    spec.repeats = repeats;
    spec.turns = turns;
    return spec;
  }
  // 20 words a turn at 10 dollars a million: $0.0002.
  static ModelPool priced() {
    const auto script = model::parse_script("#generate 20\n#price 1 10\n");
    return ModelPool({{"it", model::make_scripted("priced", script.value())}});
  }
  static ModelPool hosted() { return ModelPool({{"it", std::make_shared<Hosted>()}}); }

  base::Result<std::unique_ptr<Session>> created(const ExperimentSpec& spec, const ModelPool& models) const {
    return Session::create(path(), spec, models, store::Durability::kNormal);
  }
  std::vector<store::TrialSummary> trials() const { return *(*store::Reader::open(path()))->trials(); }

  fs::path folder_;
};

TEST_F(BudgetTest, DollarsAreEverybodys) {
  ExperimentSpec wanted = spec(10, 10);
  wanted.budget.usd = 0.01;  // 50 turns
  {
    const auto session = created(wanted, priced());
    ASSERT_TRUE(session) << session.error().message;
    const auto summary = run_pending(**session, {.jobs = 3}, {});
    EXPECT_TRUE(summary->out_of_budget);
    EXPECT_GE(summary->turns, 50U);
    EXPECT_LE(summary->turns, 53U) << "at most what was being said";
  }
  double cost = 0;
  for (const store::TrialSummary& trial : trials()) {
    EXPECT_EQ(trial.unpriced_calls, 0U);
    cost += trial.cost_usd.value_or(0);
  }
  EXPECT_GE(cost, 0.01 - 1e-9);
  EXPECT_LE(cost, 0.0106 + 1e-9);
  const ModelPool models = priced();
  ResumeOptions options;
  options.models = &models;
  const auto session = Session::resume(path(), options);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_DOUBLE_EQ((*session)->cost_usd(), cost);
  EXPECT_EQ(run_pending(**session, {.jobs = 3}, {})->turns, 0U) << "what was spent stays spent";
}

TEST_F(BudgetTest, OneConversationEndsByItsOwn) {
  ExperimentSpec wanted = spec(2, 20);
  wanted.stop.usd = 0.0011;  // 6 turns
  const auto session = created(wanted, priced());
  ASSERT_TRUE(session) << session.error().message;
  run_pending(**session, {.jobs = 1}, {});
  for (const store::TrialSummary& trial : trials()) {
    EXPECT_EQ(trial.turns, 6U);
    EXPECT_EQ(trial.end->cause, engine::EndCause::kBudget);
    EXPECT_EQ(trial.end->detail, "$0.0012 spent, the budget was $0.0011");
  }
}

TEST_F(BudgetTest, SummariesCostToo) {
  ExperimentSpec wanted = spec(1, 100);
  wanted.budget.usd = 0.01;  // 50 calls
  for (ParticipantSpec& seat : wanted.participants) seat.memory = {chat::MemoryKind::kSummary, 2};
  const auto session = created(wanted, priced());
  ASSERT_TRUE(session) << session.error().message;
  const auto summary = run_pending(**session, {.jobs = 1}, {});
  EXPECT_TRUE(summary->out_of_budget);
  EXPECT_LT(summary->turns, 45U) << "some of the calls were for summaries";
  EXPECT_GE(*trials().front().cost_usd, 0.01 - 1e-9);
  EXPECT_LE(*trials().front().cost_usd, 0.0104 + 1e-9) << "at most a summary and a turn more";
}

TEST_F(BudgetTest, AnArmsOwnBudgetNeedsThePriceToo) {
  ExperimentSpec wanted = spec(1, 2);
  wanted.arms = {{"without", wanted}, {"with", wanted}};
  wanted.arms[1].form.stop.usd = 1;
  const auto session = created(wanted, hosted());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, base::ErrorKind::kUsage);
}

TEST_F(BudgetTest, NeedsEveryPrice) {
  ExperimentSpec wanted = spec(1, 2);
  wanted.budget.usd = 5;
  const auto session = created(wanted, hosted());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(session.error().message.find("prices.yaml"), std::string::npos) << session.error().message;
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(BudgetTest, AnUnknownCostIsNotZero) {
  const auto session = created(spec(1, 2), hosted());
  ASSERT_TRUE(session) << session.error().message;
  run_pending(**session, {.jobs = 1}, {});
  EXPECT_EQ(trials().front().turns, 2U);
  EXPECT_EQ(trials().front().cost_usd, std::nullopt);
  EXPECT_EQ(trials().front().unpriced_calls, 2U);
}

}  // namespace
}  // namespace duologue::experiment
