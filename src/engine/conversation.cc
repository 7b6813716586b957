#include "engine/conversation.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "engine/publisher.h"
#include "engine/summary.h"
#include "engine/turn_record.h"
#include "engine/utterance.h"

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

}  // namespace

struct Conversation::State {
  State(ConversationSpec s, ConversationDoors d, std::vector<std::unique_ptr<StopCondition>> c)
      : spec(std::move(s)),
        doors(std::move(d)),
        conditions(std::move(c)),
        publisher(*doors.recorder, doors.observers, transcript) {
    for (chat::ParticipantId i = 0; i < spec.participants.size(); ++i)
      sides.emplace_back(spec.participants, i);
  }

  base::Status open();
  base::Result<bool> moderate(std::stop_token stop);  // true: ended
  base::Status apply(const Moderator& moderator, const Action& action);
  base::Status apply_change(const chat::Author& author, const chat::ConfigChange& change);
  base::Status apply_floor(const chat::Author& author, const GiveFloor& given);
  base::Status apply_edit(const chat::Author& author, const EditLastTurn& edit);
  base::Status summarize(chat::ParticipantId speaker, std::stop_token stop);
  base::Status speak(std::stop_token stop);
  base::Result<model::ModelOutput> generate(chat::ParticipantId speaker, const chat::EntryPtr& unfinished,
                                            std::uint32_t part, base::Hash& view_hash, std::stop_token stop);
  base::Status forget(chat::ParticipantId speaker, const chat::View& view, const base::Error& overflow);
  std::optional<EndReason> end_by_tool(const chat::Entry& entry) const;
  base::Status flush_listener(std::stop_token stop);
  base::Status note_undone();
  model::GenerateConfig config_for(chat::ParticipantId speaker, std::uint32_t part = 0) const;
  void note_failed_attempt(const model::FailedAttempt& attempt);
  base::Status commit_turn(Commit commit);
  base::Status record(const Commit& commit);
  void follow(const chat::EntryPtr& entry);
  void follow_all();
  void count(const std::optional<Call>& call);
  void check_conditions(const Commit& commit);
  base::Result<EndReason> finish(EndReason reason);
  base::Result<EndReason> finish_failed(base::Error error);
  chat::ParticipantId next_speaker() const {
    return floor ? *floor : engine::next_speaker(spec.order, transcript, sides.size(), spec.seed, spec.trial);
  }
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
  double cost_usd = 0;
  std::chrono::steady_clock::time_point started = doors.clock->steady();
  std::optional<EndReason> end;
  std::vector<Event> failed_attempts;        // at the turn under way, to be recorded with it
  std::optional<chat::ParticipantId> floor;  // given by a moderator for the next turn
  std::optional<base::Error> broken;         // the stored chain asks for what isn't there
  Publisher publisher;
};

// The opening is entry 0; a conversation resumed before anything was said gets it now.
base::Status Conversation::State::open() {
  if (broken) return std::unexpected(*broken);
  if (transcript.size() > 0) return {};
  if (spec.participants.empty())
    return fail(ErrorKind::kUsage, "a conversation needs at least one participant");
  if (spec.opening.empty())
    return fail(ErrorKind::kUsage,
                "the opening is empty: give the first speaker something to answer (--opening TEXT)");
  const std::optional<chat::ParticipantId> to =
      spec.opening_to_all ? std::nullopt : std::optional(first_speaker(spec.order));
  Commit commit;
  commit.entries.push_back(transcript.append(
      chat::Injection{to, chat::Placement::kAppended, spec.opening, {chat::AuthorKind::kHarness, ""}}));
  return record(commit);
}

void Conversation::State::count(const std::optional<Call>& call) {
  if (!call) return;
  tokens_used += call->usage.prompt_tokens + call->usage.completion_tokens;
  cost_usd += call->cost_usd.value_or(0);
}

base::Status Conversation::State::record(const Commit& commit) {
  TRY(publisher.record(commit));
  count(commit.call);
  return {};
}

void Conversation::State::follow(const chat::EntryPtr& entry) {
  for (Side& side : sides) {
    if (auto followed = side.follow(*entry, spec.model_for); !followed) broken = followed.error();
  }
}

void Conversation::State::follow_all() {
  for (Side& side : sides) side.restart(spec.participants[side.id]);
  for (const chat::EntryPtr& entry : transcript.entries()) follow(entry);
}

// Measures the turn that the commit ends in, begins to record everything at once, and asks the stop
// conditions.
base::Status Conversation::State::commit_turn(Commit commit) {
  TRY(publisher.settle());
  const chat::EntryPtr entry = commit.entries.back();
  measure::Findings findings = instrument.observe(entry->turn, *entry->as_turn());
  commit.measurements = std::move(findings.measurements);
  commit.detections = std::move(findings.detections);
  if (chat::is_blank(entry->as_turn()->text)) {
    commit.events.push_back(
        {entry->turn, "empty_turn", "others are sent \"" + std::string(chat::kEmptyTurnPlaceholder) + "\""});
  }
  follow(entry);
  floor.reset();
  const auto turn = std::make_shared<const Commit>(std::move(commit));
  publisher.begin(turn);
  count(turn->call);
  check_conditions(*turn);
  if (doors.moderators.empty()) return {};
  TRY(publisher.settle());  // a person sees what was said before saying what to do
  for (Moderator* moderator : doors.moderators) moderator->observe(*entry, turn->detections);
  return {};
}

void Conversation::State::check_conditions(const Commit& commit) {
  const Progress progress{transcript, commit, tokens_used, cost_usd, elapsed()};
  for (const auto& condition : conditions) {
    std::optional<EndReason> reason = condition->check(progress);
    if (reason && !end) end = std::move(reason);  // all are asked: each keeps its own count
  }
}

base::Result<bool> Conversation::State::moderate(std::stop_token stop) {
  int left = kMaxActionsAtOnce;
  for (std::size_t i = 0; i < doors.moderators.size() && left > 0; --left) {
    const std::uint32_t turns_before = transcript.turn_count();
    TRY_ASSIGN(const std::vector<Action> actions, doors.moderators[i]->act(transcript, stop));
    for (const Action& action : actions) {
      TRY(apply(*doors.moderators[i], action));
      if (end) return true;
    }
    if (actions.empty()) ++i;
    // One that spoke has made a boundary between turns, at which all are asked.
    if (transcript.turn_count() != turns_before) i = 0;
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
  if (const auto* change = std::get_if<Change>(&action)) return apply_change(author, change->change);
  if (const auto* floor_given = std::get_if<GiveFloor>(&action)) return apply_floor(author, *floor_given);
  const auto& request = std::get<Stop>(action);
  end = EndReason{author.kind == chat::AuthorKind::kHuman ? EndCause::kUser : EndCause::kModerator,
                  request.why};
  return {};
}

base::Status Conversation::State::apply_change(const chat::Author& author, const chat::ConfigChange& change) {
  if (change.participant >= sides.size()) return fail(ErrorKind::kUsage, "no such participant to change");
  if (change.model && (!spec.model_for || !spec.model_for(change.participant, *change.model))) {
    return fail(ErrorKind::kUsage, spec.participants[change.participant].name + " can't be handed over to " +
                                       *change.model + ": no such model is open");
  }
  chat::ConfigChange recorded = change;
  recorded.author = author;
  Commit commit;
  commit.entries.push_back(transcript.append(std::move(recorded)));
  follow(commit.entries.back());
  return record(commit);
}

base::Status Conversation::State::apply_floor(const chat::Author& author, const GiveFloor& given) {
  if (given.speaker >= sides.size()) return fail(ErrorKind::kUsage, "no such participant to speak next");
  floor = given.speaker;
  Commit commit;
  commit.events.push_back(
      {transcript.turn_count() + 1, "floor",
       spec.participants[given.speaker].name + " speaks next, says " +
           (author.name.empty() ? std::string(chat::to_string(author.kind)) : author.name)});
  return record(commit);
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

model::GenerateConfig Conversation::State::config_for(chat::ParticipantId speaker, std::uint32_t part) const {
  const Side& side = sides[speaker];
  model::GenerateConfig config;
  config.sampling = side.sampling;
  config.key = {spec.seed, spec.trial, transcript.turn_count() + 1,
                base::stream_of_part(base::RngStream::kToken, part)};
  config.context = {id, speaker};
  config.score_from_turn = spec.listener_stats ? side.last_own_turn + 1 : 0;
  config.raw_prompt = spec.participants[speaker].raw_prompt;
  config.tools = side.tools.declarations();
  if (part == 0) config.prefill = spec.participants[speaker].prefill;
  config.plays_user = spec.participants[speaker].plays_user;
  return config;
}

void Conversation::State::note_failed_attempt(const model::FailedAttempt& attempt) {
  failed_attempts.push_back({transcript.turn_count() + 1, "attempt_failed",
                             "attempt " + std::to_string(attempt.number) + ": " + attempt.error.message});
  publisher.restart(attempt);
}

base::Result<model::ModelOutput> Conversation::State::generate(chat::ParticipantId speaker,
                                                               const chat::EntryPtr& unfinished,
                                                               std::uint32_t part, base::Hash& view_hash,
                                                               std::stop_token stop) {
  const auto on_delta = [this](std::string_view text) { publisher.delta(text); };
  const auto ask = [&](const chat::View& view, bool is_new) {
    if (is_new) view_hash = view.hash;
    model::GenerateConfig config = config_for(speaker, part);
    config.on_failed_attempt = [this](const model::FailedAttempt& attempt) { note_failed_attempt(attempt); };
    config.on_waiting = [this] { (void)publisher.start(); };
    if (!unfinished) return sides[speaker].model->generate(view, config, stop, on_delta);
    const chat::OwnedView longer = chat::view_within_turn(view, sides[speaker].view.seat(), unfinished);
    return sides[speaker].model->generate(longer.view(), config, stop, on_delta);
  };
  const chat::View view = sides[speaker].view.update(transcript);
  auto output = ask(view, !unfinished);
  if (output || output.error().kind != ErrorKind::kContextOverflow) return output;
  TRY(forget(speaker, view, output.error()));
  return ask(sides[speaker].view.update(transcript), true);
}

// The context is full: old turns leave the speaker's view, by an entry of the chain, so that every later
// view, resume and `show` cut at the same place. About half of the context is kept, or the next cut would
// come at the next turn.
base::Status Conversation::State::forget(chat::ParticipantId speaker, const chat::View& view,
                                         const base::Error& overflow) {
  TRY(publisher.start());
  model::Model& model = *sides[speaker].model;
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
  follow(commit.entries.back());
  commit.events.push_back(
      {transcript.turn_count() + 1, "context_full",
       spec.participants[speaker].name + " no longer sees turns 1-" + std::to_string(cut)});
  return record(commit);
}

base::Status Conversation::State::summarize(chat::ParticipantId speaker, std::stop_token stop) {
  Side& side = sides[speaker];
  const auto through = turn_to_summarize_through(side.memory, transcript.turn_count(), side.forgotten);
  if (!through) return {};
  TRY(publisher.settle());
  const chat::OwnedView asked = view_to_summarize(side.view.update(transcript), *through);
  model::GenerateConfig config;
  config.sampling = summary_sampling(side.sampling);
  config.key = {spec.seed, spec.trial, transcript.turn_count() + 1, base::RngStream::kSummary};
  // A cache of its own: the side's own stays as it is.
  config.context = {id, static_cast<chat::ParticipantId>(sides.size()) + speaker};
  config.raw_prompt = spec.participants[speaker].raw_prompt;
  config.on_failed_attempt = [this](const model::FailedAttempt& attempt) { note_failed_attempt(attempt); };
  auto output = side.model->generate(asked.view(), config, stop, {});
  side.model->release(config.context);
  if (!output) {
    // Too long to be summarised: then it is forgotten once it is too long to be read.
    if (output.error().kind == ErrorKind::kContextOverflow) return {};
    return std::unexpected(std::move(output).error());
  }
  Commit commit;
  commit.call = call_of(side.model->info(), speaker, chat::to_json(config.sampling),
                        base::random_bits(config.key, 0), asked.hash, *output);
  commit.events = std::exchange(failed_attempts, {});
  chat::ConfigChange change;
  change.participant = speaker;
  change.forget_through_turn = through;
  change.summary = std::move(output->turn.text);
  change.cause = "memory summary:" + std::to_string(side.memory.count);
  commit.entries.push_back(transcript.append(std::move(change)));
  follow(commit.entries.back());
  return record(commit);
}

base::Status Conversation::State::speak(std::stop_token stop) {
  const chat::ParticipantId speaker = next_speaker();
  const std::uint32_t number = transcript.turn_count() + 1;
  TRY(summarize(speaker, stop));
  std::stop_source turn_stop;
  const std::stop_callback stops_turn(stop, [&turn_stop] { turn_stop.request_stop(); });
  publisher.ask(speaker, number, turn_stop);
  base::Hash view_hash;
  const auto ask = [&](const chat::EntryPtr& unfinished, std::uint32_t part) {
    return generate(speaker, unfinished, part, view_hash, turn_stop.get_token());
  };
  base::Result<Utterance> answered = utter(sides[speaker].tools, speaker, number, ask);
  TRY(publisher.start());
  TRY_ASSIGN(Utterance said, std::move(answered));
  model::ModelOutput& output = said.output;
  Commit commit;
  commit.call = call_of(sides[speaker].model->info(), speaker, sides[speaker].params,
                        base::random_bits(config_for(speaker).key, 0), view_hash, output);
  commit.listener = std::move(output.listener);
  commit.events = std::exchange(failed_attempts, {});
  for (model::ModelEvent& event : output.events) {
    commit.events.push_back(
        {number, std::move(event.kind), spec.participants[speaker].name + ": " + event.detail});
  }
  std::ranges::move(said.events, std::back_inserter(commit.events));
  output.turn.speaker = speaker;
  output.turn.author = {chat::AuthorKind::kModel, ""};
  commit.entries.push_back(transcript.append(std::move(output.turn)));
  const chat::EntryPtr entry = commit.entries.back();
  TRY(commit_turn(std::move(commit)));
  if (!end) end = end_by_tool(*entry);
  return {};
}

std::optional<EndReason> Conversation::State::end_by_tool(const chat::Entry& entry) const {
  const chat::Turn& turn = *entry.as_turn();
  for (const chat::ToolCall& call : turn.tool_calls) {
    if (!sides[turn.speaker].tools.answer(call).ends_talk) continue;
    return EndReason{EndCause::kTool, spec.participants[turn.speaker].name + " called " + call.name +
                                          " at turn " + std::to_string(entry.turn)};
  }
  return std::nullopt;
}

// The last turn's surprisal under the next speaker would come with that speaker's prefill, which never
// happens.
base::Status Conversation::State::flush_listener(std::stop_token stop) {
  if (!spec.listener_stats || transcript.turn_count() == 0) return {};
  const chat::ParticipantId listener = next_speaker();
  model::Model& model = *sides[listener].model;
  if (!model.info().listener_stats) return {};
  const chat::View view = sides[listener].view.update(transcript);
  auto scores = model.score(view, config_for(listener), stop);
  if (!scores) return {};  // a full context or a stop: the value stays null
  Commit commit;
  commit.listener = std::move(*scores);
  return commit.listener.empty() ? base::Status{} : record(commit);
}

// What moderators were to do later than the end came.
base::Status Conversation::State::note_undone() {
  Commit commit;
  for (const Moderator* moderator : doors.moderators) {
    std::string words = moderator->left_undone();
    if (!words.empty()) commit.events.push_back({transcript.turn_count(), "not_reached", std::move(words)});
  }
  return commit.events.empty() ? base::Status{} : record(commit);
}

base::Result<EndReason> Conversation::State::finish(EndReason reason) {
  if (!failed_attempts.empty()) {  // at a turn that never came
    Commit commit;
    commit.events = std::exchange(failed_attempts, {});
    TRY(record(commit));
  }
  TRY(publisher.finish(reason));
  return reason;
}

base::Result<EndReason> Conversation::State::finish_failed(base::Error error) {
  // A store that failed can't take the reason either: resume reads a trial without one as interrupted.
  if (publisher.status()) TRY(finish({cause_of(error.kind), error.message}));
  return std::unexpected(std::move(error));
}

Conversation::Conversation(ConversationSpec spec, ConversationDoors doors,
                           std::vector<std::unique_ptr<StopCondition>> stop_conditions)
    : state_(std::make_unique<State>(std::move(spec), std::move(doors), std::move(stop_conditions))) {}

Conversation::~Conversation() {
  for (Side& side : state_->sides) side.release(state_->id);
}

void Conversation::restore(Restored restored) {
  State& s = *state_;
  s.transcript = std::move(restored.transcript);
  s.tokens_used = restored.tokens_used;
  s.cost_usd = restored.cost_usd;
  s.follow_all();
  chat::Transcript so_far;
  for (const chat::EntryPtr& entry : s.transcript.entries()) {
    std::visit([&so_far](const auto& what) { so_far.append(what); }, entry->what);
    if (entry->as_turn() == nullptr) continue;
    Commit commit;
    commit.entries.push_back(entry);
    commit.detections = s.instrument.observe(entry->turn, *entry->as_turn()).detections;
    for (Moderator* moderator : s.doors.moderators) moderator->observe(*entry, commit.detections);
    // Only the newest turn can end it now: had an earlier one, there would be no later turns.
    s.end.reset();
    const Progress progress{so_far, commit, s.tokens_used, s.cost_usd, s.elapsed()};
    for (const auto& condition : s.conditions) {
      std::optional<EndReason> reason = condition->check(progress);
      const bool counts = reason && (!restored.had_ended || reason->cause == EndCause::kTurnLimit);
      if (counts && !s.end) s.end = std::move(reason);
    }
  }
  const std::uint32_t last = s.transcript.turn_count();
  if (last > 0 && !restored.had_ended && !s.end) s.end = s.end_by_tool(*s.transcript.turn(last));
  for (Moderator* moderator : s.doors.moderators) moderator->restore(s.transcript, restored.had_ended);
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
    if (auto noted = s.note_undone(); !noted) return s.finish_failed(std::move(noted).error());
  }
  return s.finish(*s.end);
}

const chat::Transcript& Conversation::transcript() const { return state_->transcript; }
const measure::Instrument& Conversation::instrument() const { return state_->instrument; }

}  // namespace duologue::engine
