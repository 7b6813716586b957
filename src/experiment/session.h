// One .duo file at work: its spec, its models and its one writer. `talk`, `run` and `resume` all open their
// conversations here, so that one that is continued is built exactly as it was begun.
//
// create: a new file. resume: an existing one, with what was already said. Then open_trial() for each of
// pending(), from any thread; what it returns belongs to the caller, and must go before the Session does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/conversation.h"
#include "experiment/model_pool.h"
#include "experiment/spec.h"
#include "store/store.h"

namespace duologue::experiment {

// A conversation ready to run, with its recorder.
struct OpenTrial {
  Trial trial;
  std::uint32_t restored_turns = 0;  // already in the file
  std::unique_ptr<engine::Recorder> recorder;
  std::vector<std::unique_ptr<engine::Moderator>> moderators;
  std::unique_ptr<engine::Conversation> conversation;  // goes first: it records until its end
};

// How far a file's trials have come, as it was when the session opened.
struct TrialState {
  Trial trial;
  std::uint32_t turns = 0;
  bool started = false;
  std::optional<engine::EndReason> end;          // empty: not started, or cut off
  std::optional<std::uint32_t> converged_onset;  // of the first convergence
};

struct ResumeOptions {
  std::uint32_t more_turns = 0;  // `--turns +N`
  PoolOptions pool;              // its conversations: at most so many
  store::Durability durability = store::Durability::kFull;
  store::Seams seams;
  const ModelPool* models = nullptr;  // for callers that have them open; null: opened by the recorded names
};

class Session {
 public:
  // kUsage where the spec is wrong (check() again), kStore where the file exists or can't be made.
  static base::Result<std::unique_ptr<Session>> create(
      const std::string& path, ExperimentSpec spec, ModelPool pool,
      store::Durability durability = store::Durability::kFull, const store::Seams& seams = {});

  // Opens the file to write, reads its spec, opens its models. A participant whose model is no longer the one
  // that it was recorded with is an error: the conversation couldn't go on where it stopped.
  //
  // more_turns: an experiment's limit grows by so many, and the trials that had reached it go on. A file with
  // one conversation that had come to any end goes on for so many turns from there. The new spec is recorded.
  // With nothing pending no model is opened.
  static base::Result<std::unique_ptr<Session>> resume(const std::string& path, const ResumeOptions& options);

  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& path() const;
  const ExperimentSpec& spec() const;
  const ModelPool& models() const;
  const std::vector<TrialState>& trial_states() const;  // all of the spec, by id
  std::vector<Trial> pending() const;                   // those to run, by id

  // `doors` without a recorder: the session's own is filled in. `extra`: stop conditions beside the spec's
  // own.
  base::Result<OpenTrial> open_trial(const Trial& trial, engine::ConversationDoors doors,
                                     std::vector<std::unique_ptr<engine::StopCondition>> extra = {});

  // Prompt and answer tokens of every call in the file when the session opened, where the spec has a budget
  // of them; and what those calls cost whose price was known.
  std::uint64_t tokens_used() const;
  double cost_usd() const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// How the end of a conversation that was cut by the experiment's budget begins: it goes on once there is
// budget again.
inline constexpr std::string_view kBudgetEnd = "the experiment's budget ";

// kStore where a file of this name can't be made: it exists (the message has the resume line), or its folder
// can't be written. For refusing before models are loaded; create() refuses too.
base::Status check_new_file(const std::string& path);

}  // namespace duologue::experiment
