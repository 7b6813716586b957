#include "store/import/markdown_talk.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

const std::string kHead = R"(<!-- duologue:conversation {"id":"c","participants":[)"
                          R"({"name":"Ada","model":"m","system_prompt":"Be."}]} -->)"
                          "\n# Conversation 1\n\n* **Ada**: m\n\n";

TEST(MarkdownTalk, QuotationsAreWhatWasSaid) {
  const LoggedConversation log = read_one(
      kHead +
          R"(<!-- duologue:injection {"to":0,"as":"appended","author":{"kind":"human","name":"Eve"}} -->)"
          "\n*To Ada, from human:*\n\n> Psst\n\n"
          R"(<!-- duologue:turn {"turn":1,"seat":0,"author":{"kind":"model","name":""},)"
          R"("stop_reason":"length"} -->)"
          "\n## 1. Ada\n\n*Thinks:*\n\n>> hm\\\n>> hm\n\n> \\# One\\\n> two\n>\n> three&#32;\n\nnot said\n"
          R"(<!-- duologue:end {"cause":"imported","detail":"done"} -->)"
          "\n",
      LogFormat::kMarkdown);
  EXPECT_EQ(told(log), (Lines{"Ada: # One\ntwo\n\nthree "}));
  EXPECT_EQ(log.turns[0].reasoning, "hm\nhm");
  EXPECT_EQ(log.turns[0].stop_reason, chat::StopReason::kLength);
  EXPECT_EQ(log.participants[0].system_prompt, "Be.");
  EXPECT_EQ(std::get<chat::Injection>(log.between.at(0).what).text, "Psst");
  EXPECT_EQ(log.ended, "done");
}

TEST(MarkdownTalk, SaysWhatIsWrongAndWhere) {
  const auto turn = [](const std::string& json) { return kHead + "<!-- duologue:turn " + json + " -->\n"; };
  EXPECT_NE(error_of(turn(R"({"seat": 1})")).find("'seat' must be one of 1 seats"), std::string::npos);
  EXPECT_TRUE(error_of(turn("{]")).starts_with("logs/log.txt:6: byte ")) << error_of(turn("{]"));
  EXPECT_NE(error_of(turn(R"({"author": {"kind": "model", "name": ""}})")).find("without a seat"),
            std::string::npos);
  EXPECT_NE(error_of(kHead + "<!-- duologue:turn\n").find("cut off"), std::string::npos);
  EXPECT_NE(error_of(kHead + "<!-- duologue:song {} -->\n").find("'song' is no kind"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
