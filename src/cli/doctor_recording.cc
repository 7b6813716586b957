// The check of the data folder that takes a recording: does this disk keep what is written, and how fast?
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/paths.h"
#include "cli/doctor_checks.h"
#include "store/reader.h"
#include "store/sqlite_version.h"
#include "store/store.h"

namespace duologue::cli {
namespace {

using base::Result;

constexpr int kCommits = 20;

// Network file systems, where locks and syncs can't be trusted (statfs(2)).
bool is_network(const std::string& folder) {
  struct statfs stats{};
  if (statfs(folder.c_str(), &stats) != 0) return false;
  constexpr std::array<unsigned long, 5> kNetwork{0x6969, 0xFF534D42, 0xFE534D42, 0x517B, 0x01021997};
  for (const unsigned long type : kNetwork) {
    if (static_cast<unsigned long>(stats.f_type) == type) return true;
  }
  return false;
}

class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  ~Scratch() {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path_ + suffix, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Milliseconds that a durable commit takes, by a recording that is read back.
Result<double> try_recording(const std::string& path) {
  const Scratch scratch(path);
  store::FileInfo info;
  info.name = "doctor";
  TRY_ASSIGN(auto store, store::Store::create(scratch.path(), info));
  store::TrialRow row;
  row.opening = "Hello there";
  row.participants.emplace_back();
  row.participants.back().name = "A";
  TRY(store->add_trial(row));
  TRY_ASSIGN(auto recorder, store->recorder(row.id));
  chat::Transcript transcript;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCommits; ++i) {
    chat::Turn turn;
    turn.text = "a turn of a test recording";
    engine::Commit commit;
    commit.entries.push_back(transcript.append(turn));
    TRY(recorder->record(commit));
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  recorder.reset();
  store.reset();
  TRY_ASSIGN(const auto reader, store::Reader::open(scratch.path()));
  TRY_ASSIGN(const chat::Transcript read, reader->transcript(row.id));
  if (read.head() != transcript.head()) {
    return base::fail(base::ErrorKind::kStore,
                      scratch.path() + ": what was read back isn't what was written");
  }
  return took.count() / kCommits;
}

}  // namespace

std::vector<Check> check_recording() {
  const base::Folder folder = base::data_folder();
  const std::string sqlite = "SQLite " + store::sqlite_version();
  Check check{"recording", true, sqlite, ""};
  if (const auto made = base::make_folder(folder); !made) {
    return {{"recording", false, made.error().message, "record elsewhere with -o, or set XDG_DATA_HOME"}};
  }
  const auto commit_ms = try_recording(fmt::format("{}/.doctor-{}.duo", folder.path, getpid()));
  if (!commit_ms)
    return {
        {"recording", false, commit_ms.error().message, "record elsewhere with -o, or set XDG_DATA_HOME"}};
  check.detail +=
      fmt::format(", written, synced and read back in {}; {:.1f} ms a commit", folder.path, *commit_ms);
  if (is_network(folder.path)) {
    check.ok = false;
    check.detail += "; a network file system, whose locks and syncs can't be trusted";
    check.mend = "record to a local disk with -o, or set XDG_DATA_HOME";
  }
  return {check};
}

}  // namespace duologue::cli
