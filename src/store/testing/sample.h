// What the store's tests share: a folder that goes, and a made-up conversation with everything that can be
// recorded.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "chat/transcript.h"
#include "engine/recorder.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/values.h"

namespace duologue::store {

class TempFolder {
 public:
  // In memory where the machine has such a place: for tests that would wait for a disk thousands of times.
  explicit TempFolder(bool in_memory = false);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Every look is one millisecond later.
class TickingClock final : public base::Clock {
 public:
  std::int64_t unix_ms() const override { return ++now_ms_; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }

 private:
  mutable std::atomic<std::int64_t> now_ms_ = 1'700'000'000'000;
};

// Fails the test with the error's message.
void must(const base::Status& status);

// These fail the test and give null where they can't.
std::unique_ptr<Store> made(const std::string& path, Durability durability = Durability::kNormal);
std::unique_ptr<Reader> reading(const std::string& path);
std::unique_ptr<engine::Recorder> recorder_of(Store& store, std::uint32_t trial);
chat::Transcript read_back(const std::string& path, std::uint32_t trial = 1);

FileInfo sample_info();
TrialRow sample_trial(std::uint32_t id = 1);

// Grows a transcript and gives the commits that record it. The same steps give the same entries.
class SampleTalk {
 public:
  const chat::Transcript& transcript() const { return transcript_; }

  engine::Commit inject(chat::Injection injection);
  engine::Commit change(chat::ConfigChange change);
  // The next speaker's turn, with a call, nine measurements, a listener's surprisal of the turn before.
  engine::Commit say(const std::string& text);
  engine::Commit say(chat::Turn turn);
  // Forks before turn `number`; the next commit says so.
  void edit_before_turn(std::uint32_t number);

 private:
  engine::Commit commit_of(const chat::EntryPtr& entry);

  chat::Transcript transcript_;
  std::optional<std::uint64_t> fork_at_;
};

// Everything in them is the same: hashes, texts, tokens.
bool same(const chat::Transcript& a, const chat::Transcript& b);

}  // namespace duologue::store
