#include "store/import/eval_log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"
#include "store/import/testing/zip_maker.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

const std::string kHeader =
    R"({"version": 2, "status": "success", "eval": {"task": "talk", "model": "maker/m"}})";

std::string sample(const std::string& id, const std::string& text) {
  return R"({"id": ")" + id + R"(", "epoch": 1, "messages": [{"role": "user", "content": "Hi"},)" +
         R"({"role": "assistant", "content": ")" + text + R"("}]})";
}

TEST(EvalLog, EachSampleIsAConversation) {
  for (const Packing packing : {Packing::kDeflate, Packing::kZstd}) {
    const auto all = read_all(make_zip({{"_journal/start.json", kHeader},
                                        {"samples/a_epoch_1.json", sample("a", "One")},
                                        {"summaries.json", "[]"},
                                        {"samples/b_epoch_1.json", sample("b", "Two")},
                                        {"header.json", kHeader}},
                                       packing));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].format, LogFormat::kInspect);
    EXPECT_EQ(all[0].source_id, "a/1");
    EXPECT_EQ(told(all[0]), (Lines{"user: Hi", "assistant: One"}));
    EXPECT_EQ(all[0].participants[1].model, "maker/m");
    EXPECT_EQ(all[0].ended, "success");
    EXPECT_EQ(told(all[1]), (Lines{"user: Hi", "assistant: Two"}));
  }
}

TEST(EvalLog, ARunThatWasCutOffHasOnlyItsStart) {
  const auto all = read_all(
      make_zip({{"_journal/start.json", R"({"eval": {"model": "m"}})"}, {"samples/a.json", sample("a", "x")}},
               Packing::kDeflate));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].ended, "");
}

TEST(EvalLog, SaysWhatIsWrongAndWhere) {
  const auto zip = [](const std::string& name, const std::string& text) {
    return make_zip({{"header.json", kHeader}, {name, text}}, Packing::kDeflate);
  };
  EXPECT_NE(
      error_of(make_zip({{"a.txt", "x"}}, Packing::kStored)).find("a zip archive, but no Inspect .eval log"),
      std::string::npos);
  EXPECT_NE(error_of(zip("samples/a.json", "{\"id\": 1,\n\"messages\": ]"))
                .find("logs/log.txt:samples/a.json:2: byte 22: not JSON"),
            std::string::npos)
      << error_of(zip("samples/a.json", "{\"id\": 1,\n\"messages\": ]"));
  EXPECT_NE(error_of(zip("samples/a.json", "{}")).find("'messages' is missing"), std::string::npos);
  EXPECT_NE(error_of(zip("other.json", "{}")).find("holds no conversation"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
