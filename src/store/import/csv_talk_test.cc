#include "store/import/csv_talk.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/export/csv.h"
#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

TEST(CsvTalk, ATableOfSpeakersAndTexts) {
  const LoggedConversation log =
      read_one("text,mood,speaker\r\nHi,good,Ada\r\n\"So, \"\"you\"\"\r\nagain\",,Bo\r\n\r\n,bad,Ada\r\n",
               LogFormat::kCsv);
  EXPECT_EQ(told(log), (Lines{"Ada: Hi", "Bo: So, \"you\"\r\nagain", "Ada: "}));
}

TEST(CsvTalk, ConversationsAndKindsOfRows) {
  const auto all = read_all(
      "conversation,kind,speaker,author_kind,author,text,to,model,created_ms,prompt_tokens,total_ms\n"
      "c1,injection,,human,Eve,Psst,Ada,,,,\n"
      "c1,turn,Ada,model,,'=1+1,,m1,1767323045000,7,12.5\n"
      "c2,turn,harness,harness,,tick,,,,,\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(told(all[0]), (Lines{"Ada: =1+1"}));
  EXPECT_EQ(all[0].source_id, "c1");
  EXPECT_EQ(all[0].participants[0].model, "m1");
  EXPECT_EQ(std::get<chat::Injection>(all[0].between.at(0).what).to, 0u);
  EXPECT_EQ(all[0].calls.at(0).created_ms, 1'767'323'045'000);
  EXPECT_EQ(all[0].calls.at(0).usage->prompt_tokens, 7u);
  EXPECT_EQ(all[0].calls.at(0).timing->total_ms, 12.5);
  EXPECT_EQ(told(all[1]), (Lines{"harness(harness): tick"}));
  EXPECT_EQ(all[1].turns[0].speaker, kNobody);
}

TEST(CsvTalk, SaysWhatIsWrongAndWhere) {
  EXPECT_TRUE(error_of("speaker,text\nA,\"x\ny\"\nB\n").starts_with("logs/log.txt:4: byte 21: 1 cells"))
      << error_of("speaker,text\nA,\"x\ny\"\nB\n");
  EXPECT_NE(error_of("speaker,text\nA,\"x\n").find("closing quote is missing"), std::string::npos);
  EXPECT_NE(error_of("speaker,text\nA,x\"y\n").find("a quote within a cell"), std::string::npos);
  EXPECT_NE(error_of("speaker,text\nA,\"x\"y\n").find("after a cell's closing quote"), std::string::npos);
  EXPECT_NE(error_of("speaker,text,kind\nA,x,song\n").find("'song' is no kind of row"), std::string::npos);
  EXPECT_NE(error_of("speaker,text,tool_calls\nA,x,[1]\n").find("tool_calls must be"), std::string::npos);
  EXPECT_NE(error_of("speaker,text\n").find("holds no conversation"), std::string::npos);
}

TEST(CsvTalk, AFormulaComesBackExactly) {
  for (const std::string text :
       {"", "'", "''", "=", "'=", "''=", "'x", "x=", "-5", "'-5", "\t", "'\t", "\uFF1D", "'\uFF1D"}) {
    EXPECT_EQ(with_formula(without_formula(text)), text);
  }
  EXPECT_EQ(without_formula("=1"), "'=1");
  EXPECT_EQ(without_formula("'=1"), "''=1");
  EXPECT_EQ(without_formula("'tis"), "'tis");
  EXPECT_EQ(with_formula("'tis"), "'tis");
}

}  // namespace
}  // namespace duologue::store
