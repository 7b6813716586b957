#include "cli/terminal/screen.h"

#include <termios.h>

#include <gtest/gtest.h>

#include "cli/terminal/testing/pseudo_terminal.h"

namespace duologue::cli {
namespace {

class ScreenTest : public testing::Test {
 protected:
  std::string written() { return terminal_.written(); }

  PseudoTerminal terminal_{40, 10};
  const int program_side_ = terminal_.fd();
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(ScreenTest, TextStreamsAboveTheStatusRow) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  TalkStatus status;
  status.turn = 3;
  screen.set_status(status);
  screen.put("A: Hello", Style::name(0));
  std::string text = written();
  EXPECT_TRUE(has(text, "A: Hello")) << text;
  EXPECT_TRUE(has(text, "\r\n── turn 3\x1b[A\rA: Hello")) << text;  // the cursor goes back to the text
  screen.put(" there", {});
  text = written();
  EXPECT_TRUE(has(text, "\r\x1b[JA: Hello there")) << text;
  screen.close();
  text = written();
  EXPECT_TRUE(has(text, "\x1b[?7h")) << text;
  EXPECT_FALSE(has(text, "turn 3")) << text;  // the status row is gone
}

TEST_F(ScreenTest, NoColoursWhenNotWanted) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.put("A: ", Style::name(0));
  screen.put("quiet", Style::quiet());
  screen.close();
  EXPECT_EQ(written().find("m"), std::string::npos);  // no SGR sequence: it would end in m
}

TEST_F(ScreenTest, ColoursWhenWanted) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, true, {});
  screen.put("A: ", Style::name(0));
  screen.close();
  EXPECT_TRUE(has(written(), "\x1b[1;36mA: \x1b[0m"));
}

TEST_F(ScreenTest, NoRowReachesTheLastColumn) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.put(std::string(100, 'x'), {});
  screen.close();
  const std::string text = written();
  EXPECT_TRUE(has(text, std::string(39, 'x') + "\r\n")) << text;
  EXPECT_FALSE(has(text, std::string(40, 'x'))) << text;
}

TEST_F(ScreenTest, AtANewSizeTheRowUnderWayIsLeftAsItIs) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.put("one two three", {});
  written();
  terminal_.resize(20, 10);
  screen.resized();
  const std::string text = written();
  EXPECT_TRUE(text.starts_with("\x1b[J\r\n")) << text;  // erases the status row only
  EXPECT_FALSE(has(text, "one two")) << text;
  screen.put(" four", {});
  screen.close();
  EXPECT_TRUE(has(written(), " four"));
}

TEST_F(ScreenTest, TooFewRowsForAStatusRow) {
  terminal_.resize(40, 3);
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  TalkStatus status;
  status.turn = 3;
  screen.set_status(status);
  screen.put("text", {});
  screen.close();
  EXPECT_FALSE(has(written(), "turn 3"));
}

TEST_F(ScreenTest, AHoldGivesTheTerminalAway) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.set_menu("Paused  [Enter] go on", "Paused");
  screen.put("A: half", {});
  written();
  screen.hold();
  std::string text = written();
  EXPECT_TRUE(text.ends_with("A: half\r\n\x1b[?7h")) << text;  // an empty row, no menu, wrapping
  screen.put("later", {});
  EXPECT_EQ(written(), "");
  screen.release();
  text = written();
  EXPECT_TRUE(has(text, "later")) << text;
  EXPECT_TRUE(has(text, "Paused  [Enter] go on")) << text;
}

TEST_F(ScreenTest, ANarrowTerminalGetsTheBriefMenu) {
  terminal_.resize(12, 10);
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.set_menu("Paused  [Enter] go on", "Paused");
  const std::string text = written();
  EXPECT_TRUE(has(text, "── Paused\x1b[A")) << text;
}

TEST_F(ScreenTest, SuspendedItPutsTheTerminalBackAndGoesOnAfterwards) {
  termios before{};
  tcgetattr(program_side_, &before);
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.put("A: text", {});
  written();
  screen.suspend();
  EXPECT_TRUE(has(written(), "\x1b[?7h"));
  termios suspended{};
  tcgetattr(program_side_, &suspended);
  EXPECT_EQ(suspended.c_lflag, before.c_lflag);
  screen.put("more", {});
  EXPECT_EQ(written(), "");
  screen.continued();
  screen.end_row();
  EXPECT_TRUE(has(written(), "more"));
}

TEST_F(ScreenTest, ATerminalThatHasGoneIsNotWrittenTo) {
  TerminalMode mode(program_side_, program_side_);
  Screen screen(mode, program_side_, false, {});
  screen.put("A: text", {});
  written();
  screen.abandon();
  screen.put("more", {});
  screen.hold();  // returns all the same
  screen.release();
  screen.close();
  EXPECT_FALSE(has(written(), "more"));
}

TEST_F(ScreenTest, ATerminalThatTakesNothingDoesNotHoldUpTheEnd) {
  TerminalMode mode(program_side_, program_side_);
  std::stop_source stop;
  Screen screen(mode, program_side_, false, stop.get_token());
  screen.put(std::string(100'000, 'x'), {});  // nobody reads the other side
  stop.request_stop();
  screen.put("after", {});
  screen.close();  // gives up after two seconds
}

}  // namespace
}  // namespace duologue::cli
