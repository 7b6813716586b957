// What a .duo file holds, as values: the store writes them, a reader gives them back. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "chat/sampling.h"
#include "chat/transcript.h"
#include "chat/turn.h"
#include "chat/view.h"
#include "engine/end_reason.h"
#include "engine/recorder.h"
#include "measure/findings.h"

namespace duologue::store {

// The experiment, and what runs it. A resume may go on with another build or spec: the newest one is given.
struct FileInfo {
  std::string name;  // the experiment's, may be empty
  std::string spec_json;
  std::uint64_t seed = 0;
  std::string duologue_version;
  std::string determinism;      // exact | seeded | none
  std::string build;            // compiler, engine version, CPU, threads: one JSON object
  std::string instrument;       // measure::Instrument::identity()
  std::int64_t created_ms = 0;  // 0 when creating: now
  std::string uid;              // 32 hexadecimal digits, unique to the file; create() fills it in
};

struct TrialParticipant {
  std::string name;
  std::string model;           // as the user gave it
  std::string model_resolved;  // model::ModelInfo::resolved
  std::string identity;        // model::ModelInfo::identity
  std::string system_prompt;
  chat::MemoryPolicy memory;
  chat::ReasoningPolicy reasoning = chat::ReasoningPolicy::kStrip;
  bool raw_prompt = false;
  chat::Sampling sampling;
};

// One conversation, before it starts.
struct TrialRow {
  std::uint32_t id = 1;  // from 1; also the random numbers' trial
  std::string opening;
  std::uint32_t repeat = 1;
  std::vector<TrialParticipant> participants;  // in speaking order
};

using BranchId = std::uint32_t;  // unique in the file

// A line of entries. The entries before `fork_seq` are its parent's.
struct BranchInfo {
  BranchId id = 0;
  std::optional<BranchId> parent;
  std::uint64_t fork_seq = 0;
  std::uint64_t entries = 0;  // with the parents'
  std::uint32_t turns = 0;    // with the parents'
  bool head = false;          // the trial's current one
  std::int64_t created_ms = 0;
};

// One conversation at a glance; counts and findings are those of its current branch.
struct TrialSummary {
  TrialRow row;
  BranchId head = 0;
  std::uint64_t entries = 0;
  std::uint32_t turns = 0;
  std::optional<engine::EndReason> end;  // empty: still running, or cut off
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::optional<measure::Detection> converged;  // the first one
  std::vector<std::string> labels;              // of all detections, each once, by first detected_at
  std::optional<double> cost_usd;               // of all its calls of known cost, of older branches too
  std::uint64_t unpriced_calls = 0;             // those of unknown cost
  std::string damage;                           // not empty: why some of this couldn't be read
};

struct StoredCall {
  std::uint32_t turn = 0;  // as chat::Entry::turn of the entry that it made
  engine::Call call;
};

struct StoredEvent {
  engine::Event event;
  std::uint64_t seq = 0;  // the chain had this many entries once the event was recorded
  std::int64_t created_ms = 0;
};

// A text's vector, as an embedder gave it.
struct StoredEmbedding {
  base::Hash text;            // plain SHA-256 of its bytes
  std::vector<float> vector;  // of length 1
};

// One turn with all that is known of it, and what came since the turn before.
struct TurnRecord {
  std::vector<chat::EntryPtr> before;  // injections and configuration changes since the last turn, in order
  chat::EntryPtr turn;               // null in a last record: `before` and `events` came after the last turn
  std::uint64_t seq = 0;             // the turn's position in the chain
  std::int64_t created_ms = 0;       // when the turn was recorded
  std::optional<engine::Call> call;  // empty: no model made this turn
  std::vector<measure::Measurement> measurements;
  std::vector<chat::ListenerStats> listener;
  std::vector<measure::Detection> detections;  // made by this turn
  std::vector<StoredEvent> events;             // of this turn
};

}  // namespace duologue::store
