#include "base/nearest.h"

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("Turns", "turns"), 0U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // alignment: nothing is edited twice
}

TEST(Nearest, FindsSlips) {
  const std::vector<std::string> words = {"temperature", "top_p", "top_k", "turns", "seed"};
  EXPECT_EQ(nearest("temprature", words), std::vector<std::string>{"temperature"});
  EXPECT_EQ(nearest("tunrs", words), std::vector<std::string>{"turns"});
  EXPECT_EQ(nearest("top-p", words), (std::vector<std::string>{"top_p"}));
  EXPECT_EQ(nearest("top_q", words), (std::vector<std::string>{"top_p", "top_k"}));
  EXPECT_EQ(nearest("smolm", {"minilm", "smollm2"}), std::vector<std::string>{"smollm2"});
  EXPECT_EQ(nearest("temp", words), std::vector<std::string>{"temperature"});
  EXPECT_TRUE(nearest("participants", words).empty());
  EXPECT_TRUE(nearest("", words).empty());
  EXPECT_TRUE(nearest(std::string(65, 't'), words).empty());
}

TEST(Nearest, GivesAtMostAsManyAsAsked) {
  EXPECT_EQ(nearest("aaab", {"aaaa", "aaac", "aaad", "aaae"}, 2).size(), 2U);
}

TEST(Nearest, Asks) {
  EXPECT_EQ(did_you_mean("smolm2", {"smollm2", "minilm"}), "; did you mean 'smollm2'?");
  EXPECT_EQ(did_you_mean("top_q", {"top_p", "top_k"}), "; did you mean 'top_p' or 'top_k'?");
  EXPECT_EQ(did_you_mean("zzz", {"smollm2"}), "");
}

}  // namespace
}  // namespace duologue::base
