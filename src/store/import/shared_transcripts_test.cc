// Reads the labelled conversations where they lie beside the repository, if they do. They are other people's
// words: nothing of them is kept here but how many there are.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "measure/instrument.h"
#include "store/import/read_conversations.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

// ../shared/data, seen from the repository or from a worktree deeper down.
fs::path data_folder() {
  const fs::path here(__FILE__);
  for (fs::path up = here.parent_path(); up.has_relative_path(); up = up.parent_path()) {
    if (fs::is_directory(up / "shared/data/transcripts")) return up / "shared/data";
  }
  return here.parent_path() / "../../../../shared/data";
}

// Column n_turns by id.
std::map<std::string, std::size_t> labelled_turns() {
  std::map<std::string, std::size_t> turns;
  std::ifstream file(data_folder() / "labels.tsv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string id, field;
    std::getline(fields, id, '\t');
    for (int i = 0; i < 3; ++i) std::getline(fields, field, '\t');
    turns[id] = std::stoul(field);
  }
  return turns;
}

TEST(SharedTranscripts, AreReadWhole) {
  const fs::path folder = data_folder() / "transcripts";
  if (!fs::is_directory(folder)) {
    GTEST_SKIP() << "the labelled conversations aren't here: no folder " << folder.lexically_normal();
  }
  const auto labels = labelled_turns();
  std::size_t read = 0, harness = 0, human = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto all = read_conversations(entry.path().string());
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 1u);
    const LoggedConversation& log = all->front();
    EXPECT_EQ(log.format, LogFormat::kTranscript);
    EXPECT_EQ(log.id, entry.path().stem());
    ASSERT_TRUE(labels.contains(log.id)) << log.id;
    EXPECT_EQ(log.turns.size(), labels.at(log.id)) << log.id;
    measure::Instrument instrument;
    std::uint32_t number = 0;
    for (const chat::Turn& turn : log.turns) {
      instrument.observe(++number, turn);
      harness += turn.author.kind == chat::AuthorKind::kHarness ? 1 : 0;
      human += turn.author.kind == chat::AuthorKind::kHuman ? 1 : 0;
    }
    ++read;
  }
  EXPECT_EQ(read, labels.size());
  EXPECT_EQ(read, 133u);
  EXPECT_EQ(harness, 2u);
  EXPECT_EQ(human, 20u);
}

}  // namespace
}  // namespace duologue::store
