#include "cli/generate.h"

#include <cstdlib>
#include <fstream>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "cli/commands.h"

namespace duologue::cli {
namespace {

class GenerateTest : public testing::Test {
 protected:
  GenerateTest() : app_("what it does", "duologue") { add_all_commands(Command(app_), context_); }

  std::string make(const char* kind) const { return generate(app_, kind, "1.2.3"); }

  CommandContext context_;
  CLI::App app_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(GenerateTest, ThePageHasEveryCommandAndFlagThatHelpShows) {
  const std::string page = make("man");
  for (const CLI::App* command : app_.get_subcommands(nullptr)) {
    EXPECT_TRUE(has(page, ".SS duologue " + command->get_name() + "\n"));
    for (const CLI::Option* option : command->get_options()) {
      for (std::string name : option->get_lnames()) {
        for (std::size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2)
          name.insert(at, "\\");
        if (!option->get_group().empty()) {
          EXPECT_TRUE(has(page, "\\-\\-" + name)) << name;
        }
      }
    }
  }
  for (const char* line : {".TH DUOLOGUE 1", "duologue 1.2.3", ".SH EXIT STATUS", ".SH ENVIRONMENT"})
    EXPECT_TRUE(has(page, line));
  EXPECT_FALSE(has(page, "code\\-dir"));  // of a later version
}

TEST_F(GenerateTest, BashReadsItsCompletions) {
  const std::string path = testing::TempDir() + "duologue.bash";
  std::ofstream(path) << make("bash") << R"(
COMP_WORDS=(duologue talk --temp)
COMP_CWORD=2
_duologue
echo "${COMPREPLY[@]}" > )"
                      << path << ".out\n";
  ASSERT_EQ(std::system(("bash " + path).c_str()), 0);
  std::string reply;
  std::getline(std::ifstream(path + ".out"), reply);
  EXPECT_EQ(reply, "--temperature");
}

TEST_F(GenerateTest, TheOtherShellsGetEveryCommand) {
  for (const char* shell : {"zsh", "fish"}) {
    const std::string text = make(shell);
    for (const char* word : {"talk", "resume", "doctor", "pull"}) {
      if (std::string(shell) == "zsh" && std::string(word) == "pull") continue;
      EXPECT_TRUE(has(text, word)) << shell << ' ' << word;
    }
    EXPECT_TRUE(has(text, "temperature"));
    EXPECT_FALSE(has(text, "claude-moderator"));
  }
}

TEST_F(GenerateTest, NothingElse) { EXPECT_EQ(make("tcsh"), ""); }

}  // namespace
}  // namespace duologue::cli
