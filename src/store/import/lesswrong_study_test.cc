#include "store/import/lesswrong_study.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

const std::string kFirst =
    R"({"model_a": "one", "model_b": "two", "generated_at": "2026", "conversations": [
 {"seed_prompt": "Go", "full_conversation": [{"speaker": "B", "model": "2", "content": "b"},
  {"speaker": "A", "content": "a"}, {"speaker": "system", "content": "tick"}]},
 {"seed_prompt": "Stop", "full_conversation": []}]})";
const std::string kSecond =
    R"({"model": "both", "conversations": [{"full_conversation": [{"speaker": "A", "content": "x"}]}]})";

TEST(LesswrongStudy, EachOfItsConversationsIsOne) {
  const auto all = read_all(kFirst);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].format, LogFormat::kStudy);
  EXPECT_EQ(all[0].id, "log#1");
  EXPECT_EQ(told(all[0]), (Lines{"B: b", "A: a", "harness(harness): tick"}));
  EXPECT_EQ(all[0].participants[0].model, "one");
  EXPECT_EQ(all[0].participants[1].model, "two");
  EXPECT_EQ(opening(all[0]), "Go");
  EXPECT_EQ(all[1].id, "log#2");
  EXPECT_TRUE(all[1].turns.empty());
}

TEST(LesswrongStudy, SeveralMayBeJoined) {
  for (const std::string& joined : {"[" + kFirst + "," + kSecond + "]",
                                    "{\"about\": 1, \"a\": " + kFirst + ", \"b\": " + kSecond + "}"}) {
    const auto all = read_all(joined);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[2].id, "log#3");
    EXPECT_EQ(all[2].participants[1].model, "both");
  }
}

TEST(LesswrongStudy, SaysWhatIsMissing) {
  EXPECT_NE(error_of(R"({"model": "m", "conversations": [{"seed_prompt": "s"}]})")
                .find("conversations[0]: 'full_conversation' is missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"a": {"conversations": [{"full_conversation": [{"speaker": "A"}]}]}})")
                .find("a.conversations[0].full_conversation[0]: 'content' is missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"generated_at": "x", "conversations": []})").find("holds no conversation"),
            std::string::npos);
}

}  // namespace
}  // namespace duologue::store
