#include "cli/application.h"

#include <cstdio>

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

struct Said {
  ExitCode code = ExitCode::kDone;
  std::string out;
  std::string err;
};

std::string content_of(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

Said run(const std::vector<std::string>& words) {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  CommandContext context{Output(out), Output(err), {}};
  Said said;
  said.code = run_application(words, context);
  said.out = content_of(out);
  said.err = content_of(err);
  return said;
}

TEST(Application, UnknownWordsGetTheNearestRightOne) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"tlak"}, "unknown command 'tlak'; did you mean 'talk'?"},
      {{"--versoin"}, "unknown flag '--versoin'; did you mean '--version'?"},
      {{"talk", "--trun", "3"}, "talk: unknown flag '--trun'; did you mean '--turns'?"},
      {{"talk", "--temprature=1"}, "talk: unknown flag '--temprature'; did you mean '--temperature'?"},
      {{"models", "pul", "x"}, "models: unknown command 'pul'; did you mean 'pull'?"},
      {{"list", "a.duo", "b.duo"}, "list: one argument too many 'b.duo'; see `duologue list --help`"},
  };
  for (const auto& [words, message] : cases) {
    const Said said = run(words);
    EXPECT_EQ(said.code, ExitCode::kUsage);
    EXPECT_EQ(said.out, "");
    EXPECT_EQ(said.err, "duologue: " + message + "\n");
  }
}

TEST(Application, AMissingArgumentIsOneLine) {
  for (const char* command : {"show", "list", "export", "resume"}) {
    const Said said = run({command});
    EXPECT_EQ(said.code, ExitCode::kUsage);
    EXPECT_EQ(said.out, "");
    EXPECT_TRUE(said.err.starts_with("duologue: ")) << said.err;
    EXPECT_EQ(said.err.find('\n'), said.err.size() - 1) << said.err;
  }
}

TEST(Application, ErrorsShowWhatTheyQuoteSafely) {
  const Said said = run({"ta\nlk\x1b[31m"});
  EXPECT_EQ(said.err.find('\x1b'), std::string::npos);
  EXPECT_EQ(said.err.find('\n'), said.err.size() - 1);
}

TEST(Application, EveryCommandHasHelpWithAnExample) {
  const std::string overview = run({"--help"}).out;
  for (const char* command : {"talk", "run", "resume", "show", "list", "export", "models", "doctor"}) {
    EXPECT_NE(overview.find(std::string("\n  ") + command + " "), std::string::npos) << command;
    const Said said = run({command, "--help"});
    EXPECT_EQ(said.code, ExitCode::kDone);
    EXPECT_NE(said.out.find("Example"), std::string::npos) << command;
    EXPECT_NE(said.out.find(std::string("\n  duologue ") + command), std::string::npos) << command;
    for (std::size_t at = 0, end = 0; at < said.out.size(); at = end + 1) {
      end = std::min(said.out.find('\n', at), said.out.size());
      EXPECT_LE(end - at, 120u) << said.out.substr(at, end - at);
    }
  }
}

TEST(Application, AnEmptyValueAfterAnEqualsSignStaysEmpty) {
  const Said said = run({"talk", "--opening=", "--turns", "1", "-o", "/nowhere/a.duo"});
  EXPECT_EQ(said.code, ExitCode::kUsage);
  EXPECT_NE(said.err.find("opening is empty"), std::string::npos) << said.err;
}

TEST(Application, Version) {
  const Said said = run({"--version"});
  EXPECT_EQ(said.code, ExitCode::kDone);
  EXPECT_TRUE(said.out.starts_with("duologue ")) << said.out;
}

TEST(ExitCodes, AreThosePromised) {
  using base::ErrorKind;
  EXPECT_EQ(exit_code(ErrorKind::kUsage), ExitCode::kUsage);
  EXPECT_EQ(exit_code(ErrorKind::kNotFound), ExitCode::kUsage);
  EXPECT_EQ(exit_code(ErrorKind::kContextOverflow), ExitCode::kModelFailed);
  EXPECT_EQ(exit_code(ErrorKind::kModel), ExitCode::kModelFailed);
  EXPECT_EQ(exit_code(ErrorKind::kStore), ExitCode::kStoreFailed);
  EXPECT_EQ(exit_code(ErrorKind::kCancelled), ExitCode::kInterrupted);
  EXPECT_EQ(static_cast<int>(ExitCode::kInterrupted), 130);
}

}  // namespace
}  // namespace duologue::cli
