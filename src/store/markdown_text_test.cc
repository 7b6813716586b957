#include "store/markdown_text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::store {
namespace {

using namespace std::literals;

TEST(MarkdownText, ShowsTheTextItself) {
  EXPECT_EQ(to_markdown("Plain words, 2 + 2 = 4 - ok."), "Plain words, 2 + 2 = 4 - ok.");
  EXPECT_EQ(to_markdown("<script>alert('x')</script>"), "&lt;script&gt;alert('x')&lt;/script&gt;");
  EXPECT_EQ(to_markdown("![x](http://a.b/c) & `y`"), R"(\!\[x\](http://a.b/c) &amp; \`y\`)");
  EXPECT_EQ(to_markdown("- item"), "\\- item");
  EXPECT_EQ(to_markdown("  12) item"), "&nbsp;&nbsp;12\\) item");
  EXPECT_EQ(to_markdown("# 3.5"), "\\# 3.5");
  EXPECT_EQ(to_markdown("3.5"), "3\\.5");
  EXPECT_EQ(to_markdown("end "), "end&#32;");
  EXPECT_EQ(to_markdown("\x1b[31m\u200b\u202e\r\0"sv), "&#x1B;\\[31m&#x200B;&#x202E;&#xD;&#x0;");
}

TEST(MarkdownText, ComesBackExactly) {
  const std::vector<std::string> lines{"",
                                       " ",
                                       "   ",
                                       "\t",
                                       "\\",
                                       "\\\\",
                                       "a\\",
                                       "&lt;&#x41;&nbsp;&amp;",
                                       "> q",
                                       ">> q",
                                       "***",
                                       "- - -",
                                       "1.",
                                       "=====",
                                       "<!-- x -->",
                                       "\u00a0x\u00a0",
                                       "\x7f\x85",
                                       "\r",
                                       "a  b  ",
                                       "~~x~~",
                                       "\u2028\u2029",
                                       "🌾\u200d🧑",
                                       "\U000E0041",
                                       "```\tx"};
  for (const std::string& line : lines) {
    if (line == "\x7f\x85") continue;  // not UTF-8
    EXPECT_EQ(from_markdown(to_markdown(line)), line) << to_markdown(line);
  }
  EXPECT_EQ(from_markdown("what & I <b>wrote</b> &copy; &#xZZ; &#99999999999;"),
            "what & I <b>wrote</b> &copy; &#xZZ; &#99999999999;");
}

TEST(MarkdownText, BlocksKeepTheirLines) {
  EXPECT_EQ(quoted_block("", "> "), "");
  EXPECT_EQ(quoted_block("a\nb\n\nc", "> "), "> a\\\n> b\n>\n> c\n");
  EXPECT_EQ(quoted_block("a\n", "> "), "> a\n>\n");
  EXPECT_EQ(quoted_block("\n", ">> "), ">>\n>>\n");
  EXPECT_EQ(from_block_line("a\\"), "a");
  EXPECT_EQ(from_block_line("a\\\\"), "a\\");
  EXPECT_EQ(from_block_line("a\\\\\\"), "a\\");
}

TEST(MarkdownText, ACommentCantBeLeft) {
  base::Json json = base::Json::object();
  json["text"] = "--> <b> --- \u202e 🌾 \x1b";
  const std::string text = comment_json(json);
  for (const char* bad : {"--", "<", ">", "\u202e", "\x1b"})
    EXPECT_EQ(text.find(bad), std::string::npos) << text;
  EXPECT_EQ(*base::parse_json(text), json);
}

}  // namespace
}  // namespace duologue::store
