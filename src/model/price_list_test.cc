#include "model/price_list.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

TEST(PriceList, TheBuiltInListIsReadAndEveryRowSaysWhenAndWhence) {
  const PriceList& list = PriceList::built_in();
  EXPECT_GE(list.newest(), "2025-01");
  const auto price = list.find("api.openai.com", "gpt-4o-mini");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->input, 0.15);
  EXPECT_EQ(price->cached, 0.075);
  EXPECT_EQ(price->output, 0.6);
  EXPECT_FALSE(price->dated.empty());
  EXPECT_FALSE(price->source.empty());
  EXPECT_EQ(list.find("api.openai.com", "davinci-002")->cached, 2.0) << "no discount is said: none is given";
}

TEST(PriceList, ADatedVersionCostsTheSameAndNothingElseDoes) {
  const PriceList& list = PriceList::built_in();
  EXPECT_TRUE(list.find("api.openai.com", "gpt-4o-2024-08-06"));
  EXPECT_TRUE(list.find("api.anthropic.com", "claude-3-5-haiku-20241022"));
  EXPECT_TRUE(list.find("api.anthropic.com", "claude-3-5-haiku-latest"));
  EXPECT_FALSE(list.find("api.openai.com", "gpt-4o-audio-preview"));
  EXPECT_FALSE(list.find("api.openai.com", "gpt-4o-"));
  EXPECT_FALSE(list.find("api.anthropic.com", "claude-opus-4-5-20251101")) << "another model";
  EXPECT_FALSE(list.find("127.0.0.1", "gpt-4o")) << "somebody else's server";
  EXPECT_FALSE(list.find("", ""));
}

TEST(PriceList, TheUsersListComesFirst) {
  const std::string path = testing::TempDir() + "prices.yaml";
  std::ofstream(path)
      << "prices:\n"
         "  - {model: gpt-4o, input: 1, output: 2}\n"
         "  - {at: example.org, model: local, input: 0, output: 0.5, cached: 0, dated: 2026-11}\n";
  const auto list = PriceList::with_file(path);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->find("api.openai.com", "gpt-4o")->input, 1);
  EXPECT_EQ(list->find("anywhere", "gpt-4o")->cached, 1);
  EXPECT_EQ(list->find("example.org", "local")->output, 0.5);
  EXPECT_FALSE(list->find("example.com", "local"));
  EXPECT_TRUE(list->find("api.openai.com", "gpt-4.1"));
  std::remove(path.c_str());
  EXPECT_TRUE(PriceList::with_file(path)) << "no such file: the built-in list";
}

TEST(PriceList, SlipsAreNamedWithTheirPlace) {
  const auto complaint = [](const char* yaml) { return PriceList::parse(yaml, "p.yaml").error().message; };
  EXPECT_EQ(complaint("prices:\n  - {model: a, input: 1}\n"),
            "p.yaml:2:5: a price needs output: (dollars a million tokens)");
  EXPECT_EQ(complaint("prices:\n  - {model: a, input: -1, output: 1}\n"),
            "p.yaml:2:23: input must be from 0 to 1000000 dollars a million tokens");
  EXPECT_EQ(complaint("prices:\n  - {input: 1, output: 1}\n"), "p.yaml:2:5: a price needs a model:");
  EXPECT_EQ(complaint("prices:\n  - {model: a, imput: 1, output: 1}\n"),
            "p.yaml:2:16: unknown key 'imput' in a price; did you mean 'input'?");
}

TEST(Price, CountsCachedTokensByTheirOwnPrice) {
  const Price price{2.0, 0.5, 8.0, "", ""};
  EXPECT_DOUBLE_EQ(cost_of({1'000'000, 1'000'000, 0}, price), 2.0);
  EXPECT_DOUBLE_EQ(cost_of({1'000'000, 400'000, 100'000}, price), 0.8 + 0.3 + 0.8);
  EXPECT_DOUBLE_EQ(cost_of({10, 20, 0}, price), 20e-6) << "no more is new than there is";
}

}  // namespace
}  // namespace duologue::model
