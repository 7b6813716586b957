// The Recorder door: durable, may fail. Nothing is shown as done before it is recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "chat/transcript.h"
#include "chat/turn.h"
#include "engine/end_reason.h"
#include "measure/findings.h"

namespace duologue::engine {

// One model call, as made: what `show --prompt` and the cost table are read from.
struct Call {
  chat::ParticipantId participant = 0;
  std::string model;     // ModelInfo::resolved
  std::string identity;  // ModelInfo::identity
  std::string params;    // chat::to_json of the sampling used, one of few: stored once
  std::uint64_t seed =
      0;  // base::random_bits of the turn's key at counter 0: names the stream, for the record
  base::Hash view_hash;
  base::Hash prompt_hash;  // zero: the provider hides the prompt
  chat::Usage usage;
  chat::Timing timing;
  chat::TokenStats stats;
  std::optional<double> cost_usd;  // by the prices of its time; empty: unknown
};

// Something worth keeping that is neither said nor measured, e.g. "context_full", "empty_turn",
// "attempt_failed".
struct Event {
  std::uint32_t turn = 0;
  std::string kind;
  std::string detail;
};

// Everything that one step adds: recorded in one transaction, or not at all.
struct Commit {
  // Set: first fork the conversation so that its new head is this many entries long; the old head stays in
  // the file.
  std::optional<std::uint64_t> fork_at;
  std::vector<chat::EntryPtr> entries;  // in order, continuing the current branch
  std::optional<Call> call;             // of the last entry, where a model made it
  std::vector<chat::ListenerStats> listener;
  std::vector<measure::Measurement> measurements;
  std::vector<measure::Detection> detections;
  std::vector<Event> events;
};

// One conversation's recorder. One thread at a time.
class Recorder {
 public:
  virtual ~Recorder() = default;
  // Returns when the commit is as durable as the store was asked to make it. kStore with the file's path.
  virtual base::Status record(const Commit& commit) = 0;
  virtual base::Status finish(const EndReason& reason) = 0;

  // record() in two steps, for what can be done meanwhile. The commit stays where it is until settle() has
  // returned what record() would; nothing else is called between the two.
  virtual void begin(const Commit& commit) { begun_ = record(commit); }
  virtual base::Status settle() { return begun_; }

 private:
  base::Status begun_;
};

// Keeps nothing: for benches and tests.
class NullRecorder final : public Recorder {
 public:
  base::Status record(const Commit&) override { return {}; }
  base::Status finish(const EndReason&) override { return {}; }
};

}  // namespace duologue::engine
