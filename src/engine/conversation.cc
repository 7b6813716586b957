#include "engine/conversation.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "engine/turn_record.h"

namespace duologue::engine {

namespace {

using base::ErrorKind;
using base::fail;

// A moderator that never stops acting would hold the conversation for ever.
constexpr int kMaxActionsAtOnce = 10'000;

std::uint64_t next_conversation_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

chat::Seat seat_of(const ConversationSpec& spec, chat::ParticipantId id) {
  const Participant& participant = spec.participants[id];
  chat::Seat seat{id, participant.system_prompt, participant.memory, participant.reasoning, {}};
  if (spec.participants.size() > 2) {
    for (const Participant& other : spec.participants) seat.speaker_names.push_back(other.name);
  }
  return seat;
}

}  // namespace

struct Conversation::State {
  // A participant's own state while the conversation runs.
  struct Side {
    chat::ViewBuilder view;
    chat::Sampling sampling;  // with the transcript's changes
    std::string params;       // its JSON
    std::uint32_t last_own_turn = 0;
  };

  State(ConversationSpec s, ConversationDoors d, std::vector<std::unique_ptr<StopCondition>> c)
      : spec(std::move(s)), doors(std::move(d)), conditions(std::move(c)) {
    for (chat::ParticipantId i = 0; i < spec.participants.size(); ++i) {
      sides.push_back({chat::ViewBuilder(seat_of(spec, i)), {}, {}, 0});
    }
    follow_all();
  }

  base::Status open();
  base::Result<bool> moderate(std::stop_token stop);  // true: ended
  base::Status apply(const Moderator& moderator, const Action& action);
  base::Status apply_edit(const chat::Author& author, const EditLastTurn& edit);
  base::Status speak(std::stop_token stop);
  base::Result<model::ModelOutput> generate(chat::ParticipantId speaker, chat::View& view,
                                            std::stop_token stop);
  base::Status forget(chat::ParticipantId speaker, const chat::View& view, const base::Error& overflow);
  base::Status flush_listener(std::stop_token stop);
  model::GenerateConfig config_for(chat::ParticipantId speaker) const;
  base::Status commit_turn(Commit commit);
  base::Status record(const Commit& commit);
  void follow(const chat::EntryPtr& entry);
  void follow_all();
  void check_conditions(const Commit& commit);
  base::Result<EndReason> finish(EndReason reason);
  base::Result<EndReason> finish_failed(base::Error error);
  chat::ParticipantId next_speaker() const;
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(doors.clock->steady() - started);
  }

  ConversationSpec spec;
  ConversationDoors doors;
  std::vector<std::unique_ptr<StopCondition>> conditions;
  const std::uint64_t id = next_conversation_id();
  std::vector<Side> sides;
  chat::Transcript transcript;
  measure::Instrument instrument;
  std::uint64_t tokens_used = 0;
  std::chrono::steady_clock::time_point started = doors.clock->steady();
  std::optional<EndReason> end;
  bool recorder_failed = false;
};

// The opening is entry 0; a conversation resumed before anything was said gets it now.
base::Status Conversation::State::open() {
  if (transcript.size() > 0) return {};
  if (spec.participants.empty())
    return fail(ErrorKind::kUsage, "a conversation needs at least one participant");
  if (spec.opening.empty()) {
    return fail(ErrorKind::kUsage,
                "the opening is empty: give the first speaker something to answer (--opening TEXT)");
  }
  const std::optional<chat::ParticipantId> to =
      spec.opening_to_all ? std::nullopt : std::optional<chat::ParticipantId>(0);
  Commit commit;
  commit.entries.push_back(transcript.append(
      chat::Injection{to, chat::Placement::kAppended, spec.opening, {chat::AuthorKind::kHarness, ""}}));
  return record(commit);
}

chat::ParticipantId Conversation::State::next_speaker() const {
  const std::uint32_t turns = transcript.turn_count();
  if (turns == 0) return 0;
  return (transcript.turn(turns)->as_turn()->speaker + 1) % static_cast<chat::ParticipantId>(sides.size());
}

base::Status Conversation::State::record(const Commit& commit) {
  if (auto recorded = doors.recorder->record(commit); !recorded) {
    recorder_failed = true;
    return std::unexpected(std::move(recorded).error());
  }
  for (Observer* observer : doors.observers) observer->committed(commit, transcript);
  return {};
}

// What the chain itself says about a side: later settings, and who spoke last.
void Conversation::State::follow(const chat::EntryPtr& entry) {
  if (const chat::Turn* turn = entry->as_turn()) {
    sides[turn->speaker].last_own_turn = entry->turn;
  } else if (const chat::ConfigChange* change = entry->as_change(); change != nullptr && change->sampling) {
    Side& side = sides[change->participant];
    side.sampling = *change->sampling;
    side.params = chat::to_json(side.sampling);
  }
}

void Conversation::State::follow_all() {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    sides[i].view.reset();
    sides[i].sampling = spec.participants[i].sampling;
    sides[i].params = chat::to_json(sides[i].sampling);
    sides[i].last_own_turn = 0;
  }
  for (const chat::EntryPtr& entry : transcript.entries()) follow(entry);
}

// Measures the turn that the commit ends in, records everything at once, then asks the stop conditions.
base::Status Conversation::State::commit_turn(Commit commit) {
  const chat::EntryPtr& entry = commit.entries.back();
  measure::Findings findings = instrument.observe(entry->turn, *entry->as_turn());
  commit.measurements = std::move(findings.measurements);
  commit.detections = std::move(findings.detections);
  if (chat::is_blank(entry->as_turn()->text)) {
    commit.events.push_back(
        {entry->turn, "empty_turn", "others are sent \"" + std::string(chat::kEmptyTurnPlaceholder) + "\""});
  }
  if (commit.call) tokens_used += commit.call->usage.prompt_tokens + commit.call->usage.completion_tokens;
  follow(entry);
  TRY(record(commit));
  check_conditions(commit);
  return {};
}

void Conversation::State::check_conditions(const Commit& commit) {
  const Progress progress{transcript, commit, tokens_used, elapsed()};
  for (const auto& condition : conditions) {
    std::optional<EndReason> reason = condition->check(progress);
    if (reason && !end) end = std::move(reason);  // all are asked: each keeps its own count
  }
}

base::Result<bool> Conversation::State::moderate(std::stop_token stop) {
  for (Moderator* moderator : doors.moderators) {
    for (int round = 0; round < kMaxActionsAtOnce; ++round) {
      TRY_ASSIGN(const std::vector<Action> actions, moderator->act(transcript, stop));
      if (actions.empty()) break;
      for (const Action& action : actions) {
        TRY(apply(*moderator, action));
        if (end) return true;
      }
    }
  }
  return false;
}

base::Status Conversation::State::apply(const Moderator& moderator, const Action& action) {
  const chat::Author author = moderator.author();
  if (const auto* inject = std::get_if<Inject>(&action)) {
    if (inject->to && *inject->to >= sides.size())
      return fail(ErrorKind::kUsage, "no such participant to speak to");
    Commit commit;
    commit.entries.push_back(
        transcript.append(chat::Injection{inject->to, inject->as, inject->text, author}));
    return record(commit);
  }
  if (const auto* speech = std::get_if<SpeakAs>(&action)) {
    if (speech->speaker >= sides.size()) return fail(ErrorKind::kUsage, "no such participant to speak as");
    Commit commit;
    commit.entries.push_back(transcript.append(written_turn(speech->speaker, author, speech->text)));
    return commit_turn(std::move(commit));
  }
  if (const auto* edit = std::get_if<EditLastTurn>(&action)) return apply_edit(author, *edit);
  if (const auto* change = std::get_if<Change>(&action)) {
    chat::ConfigChange recorded = change->change;
    if (recorded.participant >= sides.size()) return fail(ErrorKind::kUsage, "no such participant to change");
    if (recorded.model) return fail(ErrorKind::kUsage, "this version can't swap a participant's model");
    recorded.author = author;
    Commit commit;
    commit.entries.push_back(transcript.append(std::move(recorded)));
    follow(commit.entries.back());
    return record(commit);
  }
  const auto& request = std::get<Stop>(action);
  end = EndReason{author.kind == chat::AuthorKind::kHuman ? EndCause::kUser : EndCause::kModerator,
                  request.why};
  return {};
}

// The chain forks before the last turn: the old head stays in the record. What was said to participants since
// goes on after the edited turn.
base::Status Conversation::State::apply_edit(const chat::Author& author, const EditLastTurn& edit) {
  const std::uint32_t last = transcript.turn_count();
  if (last == 0) return fail(ErrorKind::kUsage, "there is no turn to edit yet");
  const std::size_t position = transcript.position_of_turn(last);
  const chat::ParticipantId speaker = transcript.turn(last)->as_turn()->speaker;
  chat::Transcript forked = transcript.fork(position);
  Commit commit;
  commit.fork_at = position;
  commit.entries.push_back(forked.append(written_turn(speaker, author, edit.text)));
  std::vector<chat::EntryPtr> later(transcript.entries().begin() + static_cast<std::ptrdiff_t>(position) + 1,
                                    transcript.entries().end());
  transcript = std::move(forked);
  instrument = measure::Instrument();
  for (std::uint32_t turn = 1; turn < last; ++turn)
    instrument.observe(turn, *transcript.turn(turn)->as_turn());
  follow_all();
  TRY(commit_turn(std::move(commit)));
  Commit rest;
  for (const chat::EntryPtr& entry : later) {
    std::visit([&](const auto& what) { rest.entries.push_back(transcript.append(what)); }, entry->what);
    follow(rest.entries.back());
  }
  return rest.entries.empty() ? base::Status{} : record(rest);
}

model::GenerateConfig Conversation::State::config_for(chat::ParticipantId speaker) const {
  const Side& side = sides[speaker];
  model::GenerateConfig config;
  config.sampling = side.sampling;
  config.key = {spec.seed, spec.trial, transcript.turn_count() + 1, base::RngStream::kToken};
  config.context = {id, speaker};
  config.score_from_turn = spec.listener_stats ? side.last_own_turn + 1 : 0;
  config.raw_prompt = spec.participants[speaker].raw_prompt;
  return config;
}

base::Result<model::ModelOutput> Conversation::State::generate(chat::ParticipantId speaker, chat::View& view,
                                                               std::stop_token stop) {
  const auto on_delta = [this](std::string_view text) {
    for (Observer* observer : doors.observers) observer->delta(text);
  };
  model::Model& model = *spec.participants[speaker].model;
  view = sides[speaker].view.update(transcript);
  auto output = model.generate(view, config_for(speaker), stop, on_delta);
  if (output || output.error().kind != ErrorKind::kContextOverflow) return output;
  TRY(forget(speaker, view, output.error()));
  view = sides[speaker].view.update(transcript);
  return model.generate(view, config_for(speaker), stop, on_delta);
}

// The context is full: old turns leave the speaker's view, by an entry of the chain, so that every later
// view, resume and `show` cut at the same place. About half of the context is kept, or the next cut would
// come at the next turn.
base::Status Conversation::State::forget(chat::ParticipantId speaker, const chat::View& view,
                                         const base::Error& overflow) {
  model::Model& model = *spec.participants[speaker].model;
  TRY_ASSIGN(const auto counts, model.token_counts(view, config_for(speaker)));
  const std::uint32_t cut =
      turn_to_forget_through(view, counts, model.info().context_tokens, sides[speaker].sampling.max_tokens);
  if (cut == 0) return std::unexpected(overflow);
  chat::ConfigChange change;
  change.participant = speaker;
  change.forget_through_turn = cut;
  change.cause = "context full";
  Commit commit;
  commit.entries.push_back(transcript.append(std::move(change)));
  commit.events.push_back(
      {transcript.turn_count() + 1, "context_full",
       spec.participants[speaker].name + " no longer sees turns 1-" + std::to_string(cut)});
  return record(commit);
}

base::Status Conversation::State::speak(std::stop_token stop) {
  const chat::ParticipantId speaker = next_speaker();
  const std::uint32_t number = transcript.turn_count() + 1;
  for (Observer* observer : doors.observers) observer->turn_started(speaker, number);
  chat::View view;
  TRY_ASSIGN(model::ModelOutput output, generate(speaker, view, stop));
  Commit commit;
  commit.call = call_of(spec.participants[speaker], speaker, sides[speaker].params,
                        base::random_bits(config_for(speaker).key, 0), view.hash, output);
  commit.listener = std::move(output.listener);
  for (model::ModelEvent& event : output.events) {
    commit.events.push_back(
        {number, std::move(event.kind), spec.participants[speaker].name + ": " + event.detail});
  }
  output.turn.speaker = speaker;
  output.turn.author = {chat::AuthorKind::kModel, ""};
  commit.entries.push_back(transcript.append(std::move(output.turn)));
  return commit_turn(std::move(commit));
}

// The last turn's surprisal under the next speaker would come with that speaker's prefill, which never
// happens.
base::Status Conversation::State::flush_listener(std::stop_token stop) {
  if (!spec.listener_stats || transcript.turn_count() == 0) return {};
  const chat::ParticipantId listener = next_speaker();
  model::Model& model = *spec.participants[listener].model;
  if (!model.info().listener_stats) return {};
  const chat::View view = sides[listener].view.update(transcript);
  auto scores = model.score(view, config_for(listener), stop);
  if (!scores) return {};  // a full context or a stop: the value stays null
  Commit commit;
  commit.listener = std::move(*scores);
  return commit.listener.empty() ? base::Status{} : record(commit);
}

base::Result<EndReason> Conversation::State::finish(EndReason reason) {
  TRY(doors.recorder->finish(reason));
  for (Observer* observer : doors.observers) observer->ended(reason, transcript);
  return reason;
}

base::Result<EndReason> Conversation::State::finish_failed(base::Error error) {
  // A store that failed can't take the reason either; the trial then has none, which resume reads as
  // interrupted.
  if (!recorder_failed) TRY(finish({EndCause::kFailed, error.message}));
  return std::unexpected(std::move(error));
}

Conversation::Conversation(ConversationSpec spec, ConversationDoors doors,
                           std::vector<std::unique_ptr<StopCondition>> stop_conditions)
    : state_(std::make_unique<State>(std::move(spec), std::move(doors), std::move(stop_conditions))) {}

Conversation::~Conversation() {
  for (chat::ParticipantId i = 0; i < state_->sides.size(); ++i) {
    state_->spec.participants[i].model->release({state_->id, i});
  }
}

void Conversation::restore(Restored restored) {
  State& s = *state_;
  s.transcript = std::move(restored.transcript);
  s.tokens_used = restored.tokens_used;
  s.follow_all();
  chat::Transcript so_far;
  for (const chat::EntryPtr& entry : s.transcript.entries()) {
    std::visit([&so_far](const auto& what) { so_far.append(what); }, entry->what);
    if (entry->as_turn() == nullptr) continue;
    Commit commit;
    commit.entries.push_back(entry);
    commit.detections = s.instrument.observe(entry->turn, *entry->as_turn()).detections;
    // Only the newest turn can end it now: had an earlier one, there would be no later turns.
    s.end.reset();
    const Progress progress{so_far, commit, s.tokens_used, s.elapsed()};
    for (const auto& condition : s.conditions) {
      std::optional<EndReason> reason = condition->check(progress);
      const bool counts = reason && (!restored.had_ended || reason->cause == EndCause::kTurnLimit);
      if (counts && !s.end) s.end = std::move(reason);
    }
  }
}

base::Result<EndReason> Conversation::run(std::stop_token stop) {
  State& s = *state_;
  if (auto opened = s.open(); !opened) return s.finish_failed(std::move(opened).error());
  while (!s.end) {
    if (stop.stop_requested()) {
      s.end = EndReason{EndCause::kUser, "stopped after turn " + std::to_string(s.transcript.turn_count())};
      break;
    }
    auto ended = s.moderate(stop);
    if (!ended) return s.finish_failed(std::move(ended).error());
    if (*ended || stop.stop_requested()) continue;
    if (auto spoken = s.speak(stop); !spoken) {
      if (spoken.error().kind == ErrorKind::kCancelled && stop.stop_requested()) continue;
      return s.finish_failed(std::move(spoken).error());
    }
  }
  if (s.end->cause != EndCause::kUser) {
    if (auto flushed = s.flush_listener(stop); !flushed) return s.finish_failed(std::move(flushed).error());
  }
  return s.finish(*s.end);
}

const chat::Transcript& Conversation::transcript() const { return state_->transcript; }
const measure::Instrument& Conversation::instrument() const { return state_->instrument; }

}  // namespace duologue::engine
