#include "experiment/import_logs.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "chat/transcript.h"
#include "experiment/build_info.h"
#include "experiment/session.h"
#include "measure/instrument.h"
#include "store/import/provenance.h"
#include "store/import/read_conversations.h"
#include "store/store.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using store::LogFormat;
using store::LoggedConversation;

// Stands where the log says that it is, so that the record has the log's times.
class LogClock final : public base::Clock {
 public:
  std::int64_t unix_ms() const override { return at_ms_ > 0 ? at_ms_ : base::Clock::system().unix_ms(); }
  std::chrono::steady_clock::time_point steady() const override { return base::Clock::system().steady(); }
  void set(std::int64_t at_ms) { at_ms_ = at_ms; }  // 0: now

 private:
  std::int64_t at_ms_ = 0;
};

store::TrialRow trial_row(std::uint32_t id, const LoggedConversation& log) {
  store::TrialRow row;
  row.id = id;
  row.opening = store::opening(log);
  for (const store::LoggedParticipant& one : log.participants) {
    store::TrialParticipant seat;
    seat.name = one.name;
    seat.model = one.model;
    seat.model_resolved = one.model;
    seat.system_prompt = one.system_prompt;
    row.participants.push_back(std::move(seat));
  }
  return row;
}

// One conversation into its trial, a turn with what stands before it at a time.
class LogRecorder {
 public:
  LogRecorder(const LoggedConversation& log, engine::Recorder& recorder, LogClock& clock)
      : log_(log), recorder_(recorder), clock_(clock) {}

  Status record() {
    engine::Commit commit;
    commit.events.push_back({0, std::string(store::kImportedEvent), store::origin_of(log_)});
    for (const auto& [key, value] : log_.declared) {
      commit.events.push_back({0, std::string(store::kDeclaredEvent), store::declared_text(key, value)});
    }
    TRY(recorder_.record(commit));
    for (std::uint32_t number = 1; number <= log_.turns.size(); ++number) TRY(record_turn(number));
    const auto turns = static_cast<std::uint32_t>(log_.turns.size());
    TRY(record_beside(turns));
    return recorder_.finish({engine::EndCause::kImported, log_.ended});
  }

 private:
  // Entries and notes that stand before turn `turns` + 1. Notes come first: an entry isn't known to be older.
  Status record_beside(std::uint32_t turns) {
    engine::Commit commit;
    for (; note_ < log_.notes.size() && log_.notes[note_].turn <= turns; ++note_) {
      const store::LoggedNote& note = log_.notes[note_];
      commit.events.push_back({note.turn, note.kind, note.detail});
    }
    if (!commit.events.empty()) TRY(recorder_.record(commit));
    commit = {};
    for (; entry_ < log_.between.size() && log_.between[entry_].after_turn <= turns; ++entry_) {
      commit.entries.push_back(
          std::visit([&](const auto& what) { return transcript_.append(what); }, log_.between[entry_].what));
    }
    return commit.entries.empty() ? Status() : recorder_.record(commit);
  }

  Status record_turn(std::uint32_t number) {
    const store::LoggedCall* call = nullptr;
    if (call_ < log_.calls.size() && log_.calls[call_].turn == number) call = &log_.calls[call_++];
    if (call != nullptr && call->created_ms > 0) clock_.set(call->created_ms);
    TRY(record_beside(number - 1));
    const chat::Turn& turn = log_.turns[number - 1];
    engine::Commit commit;
    commit.entries.push_back(transcript_.append(turn));
    measure::Findings found = instrument_.observe(number, turn);
    commit.measurements = std::move(found.measurements);
    commit.detections = std::move(found.detections);
    if (call != nullptr && (call->usage || call->timing)) commit.call = call_of(turn, *call);
    return recorder_.record(commit);
  }

  engine::Call call_of(const chat::Turn& turn, const store::LoggedCall& logged) const {
    engine::Call call;
    call.participant = turn.speaker;
    if (turn.speaker < log_.participants.size()) call.model = log_.participants[turn.speaker].model;
    call.params = "{}";  // not known
    call.usage = logged.usage.value_or(chat::Usage{});
    call.timing = logged.timing.value_or(chat::Timing{});
    return call;
  }

  const LoggedConversation& log_;
  engine::Recorder& recorder_;
  LogClock& clock_;
  chat::Transcript transcript_;
  measure::Instrument instrument_;
  std::size_t entry_ = 0, note_ = 0, call_ = 0;  // the next of each
};

// What each log is, before anything is written.
Result<std::vector<store::ImportedLog>> look_at(const std::vector<std::string>& paths) {
  std::vector<store::ImportedLog> logs;
  for (const std::string& path : paths) {
    TRY_ASSIGN(const LogFormat format, store::format_of_log(path));
    if (format == LogFormat::kDuo) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: is a recording already; show, list, measure and export read it", path));
    }
    store::ImportedLog log;
    log.file = path;
    log.format = to_string(format);
    TRY_ASSIGN(log.sha256, base::hash_file(path));
    std::error_code ignored;
    log.bytes = std::filesystem::file_size(path, ignored);
    logs.push_back(std::move(log));
  }
  return logs;
}

// The recording under its draft's name, which goes again unless the import came to its end.
class Import {
 public:
  Import(std::string out, std::stop_token stop)
      : out_(std::move(out)), draft_(fmt::format("{}.import-{}", out_, getpid())), stop_(std::move(stop)) {}
  ~Import() {
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) unlink((draft_ + suffix).c_str());
  }
  Import(const Import&) = delete;
  Import& operator=(const Import&) = delete;

  Status begin(const std::string& name, const std::vector<store::ImportedLog>& logs) {
    TRY(check_new_file(out_));
    store::FileInfo info;
    info.name = name;
    info.spec_json = store::spec_of_imports(logs);
    info.duologue_version = program_version();
    info.determinism = to_string(model::Determinism::kNone);
    info.build = build_json();
    info.instrument = measure::Instrument::identity();
    TRY_ASSIGN(store_, store::Store::create(draft_, info, store::Durability::kNormal, {.clock = &clock_}));
    return {};
  }

  Status take(const LoggedConversation& log) {
    if (stop_.stop_requested()) return fail(ErrorKind::kCancelled, "stopped; nothing was imported");
    const std::uint32_t id = ++counts_.conversations;
    clock_.set(0);
    TRY(store_->add_trial(trial_row(id, log)));
    TRY_ASSIGN(const auto recorder, store_->recorder(id));
    TRY(LogRecorder(log, *recorder, clock_).record());
    counts_.turns += log.turns.size();
    return {};
  }

  void count_skipped() { ++counts_.skipped; }

  Result<ImportCounts> end() {
    store_.reset();  // all of it is in the one file now
    // link, unlike rename, never takes the place of a file that has come meanwhile.
    if (link(draft_.c_str(), out_.c_str()) != 0) {
      return fail(ErrorKind::kStore,
                  fmt::format("can't write {}: {}: choose another place", out_, std::strerror(errno)));
    }
    return counts_;
  }

 private:
  const std::string out_;
  const std::string draft_;
  const std::stop_token stop_;
  LogClock clock_;
  std::unique_ptr<store::Store> store_;
  ImportCounts counts_;
};

}  // namespace

Result<ImportCounts> import_logs(const std::vector<std::string>& paths, const std::string& out,
                                 const ImportOptions& options) {
  TRY_ASSIGN(const auto logs, look_at(paths));
  Import made(out, options.stop);
  TRY(made.begin(std::filesystem::path(paths.front()).stem().string(), logs));
  store::LogOptions log_options;
  log_options.format = options.format;
  log_options.on_skip = [&](const std::string& what) {
    made.count_skipped();
    if (options.on_skip) options.on_skip(what);
  };
  for (const std::string& path : paths) {
    TRY(store::read_conversations(
        path, [&made](LoggedConversation&& log) { return made.take(log); }, log_options));
  }
  return made.end();
}

Result<ImportCounts> import_conversations(const std::vector<LoggedConversation>& conversations,
                                          const std::string& out) {
  std::vector<store::ImportedLog> logs;
  for (const LoggedConversation& log : conversations) {
    logs.push_back({log.file, std::string(to_string(log.format)), {}, 0});
  }
  Import made(out, {});
  TRY(made.begin("", logs));
  for (const LoggedConversation& log : conversations) TRY(made.take(log));
  return made.end();
}

}  // namespace duologue::experiment
