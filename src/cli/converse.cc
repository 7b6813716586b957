#include "cli/converse.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "cli/aliases.h"
#include "cli/json_view.h"
#include "cli/summary.h"
#include "cli/terminal/keyboard.h"
#include "cli/terminal/plain_sink.h"
#include "cli/terminal/screen.h"
#include "cli/terminal/talk_view.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::Result;

// Nobody reads any more: the conversation ends as if by Ctrl-C.
class StopWhenClosed final : public engine::Observer {
 public:
  StopWhenClosed(const Output& out, Signals& signals) : out_(out), signals_(signals) {}
  void committed(const engine::Commit&, const chat::Transcript&) override {
    if (out_.closed()) signals_.request_stop();
  }

 private:
  const Output& out_;
  Signals& signals_;
};

// What a conversation that goes on has behind it.
struct Past {
  std::uint32_t turns = 0;
  chat::ParticipantId last_speaker = 0;
  std::vector<measure::Measurement> measurements;
  std::vector<measure::Detection> detections;
};

// `reader` keeps the measurements' names.
Result<Past> past_of(store::Reader& reader, std::uint32_t trial) {
  Past past;
  TRY_ASSIGN(const chat::Transcript transcript, reader.transcript(trial));
  past.turns = transcript.turn_count();
  if (past.turns > 0) past.last_speaker = transcript.turn(past.turns)->as_turn()->speaker;
  TRY_ASSIGN(past.measurements, reader.measurements(trial));
  TRY_ASSIGN(past.detections, reader.detections(trial));
  return past;
}

struct Ran {
  std::optional<engine::EndReason> end;
  std::optional<base::Error> error;
};

std::vector<std::string> names_of(const experiment::ExperimentSpec& spec) {
  std::vector<std::string> names;
  names.reserve(spec.participants.size());
  for (const experiment::ParticipantSpec& participant : spec.participants) names.push_back(participant.name);
  return names;
}

Result<Ran> run_trial(experiment::Session& session, const experiment::Trial& trial,
                      engine::ConversationDoors doors, const Signals& signals) {
  TRY_ASSIGN(experiment::OpenTrial open, session.open_trial(trial, std::move(doors)));
  auto end = open.conversation->run(signals.token());
  if (end) return Ran{std::move(*end), std::nullopt};
  return Ran{std::nullopt, std::move(end).error()};
}

Result<Ran> run_plain(experiment::Session& session, const experiment::Trial& trial, const ShowOptions& show,
                      const Past& past, Signals& signals, CommandContext& context) {
  StopWhenClosed stop_when_closed(context.out, signals);
  if (show.json) {
    TRY_ASSIGN(const auto reader, store::Reader::open(session.path()));
    TRY_ASSIGN(const store::FileInfo file, reader->file_info());
    store::TrialSummary names;
    names.row.id = trial.id;
    for (const std::string& name : names_of(session.spec())) {
      names.row.participants.emplace_back();
      names.row.participants.back().name = name;
    }
    JsonView view(context.out, file, names);
    return run_trial(session, trial, {nullptr, {&view, &stop_when_closed}, {}}, signals);
  }
  PlainSink sink(context.out, context.out.is_terminal());
  TalkViewOptions options;
  options.names = names_of(session.spec());
  options.turn_limit = session.spec().turns;
  TalkView view(sink, std::move(options));
  view.restore(past.turns, past.measurements, past.detections);
  return run_trial(session, trial, {nullptr, {&view, &stop_when_closed}, {}}, signals);
}

Result<Ran> run_live(experiment::Session& session, const experiment::Trial& trial, const Past& past,
                     Signals& signals, CommandContext& context) {
  const bool has_keys = isatty(STDIN_FILENO) == 1;
  context.out.flush();
  TerminalMode mode(STDIN_FILENO, STDOUT_FILENO);
  Screen screen(mode, STDOUT_FILENO, wants_color(), signals.token());
  const std::stop_callback on_hangup(signals.token(), [&] {
    if (signals.received() == StopSignal::kHangup) screen.abandon();
  });
  TalkViewOptions options;
  options.names = names_of(session.spec());
  options.turn_limit = session.spec().turns;
  options.typed_here = has_keys;
  if (has_keys) options.hint = kKeyHint;
  TalkView view(screen, std::move(options));
  view.restore(past.turns, past.measurements, past.detections);

  std::unique_ptr<Keyboard> keyboard;
  engine::HumanModerator human("", [&keyboard] {
    if (keyboard) keyboard->waiting();
  });
  if (has_keys) {
    keyboard = std::make_unique<Keyboard>(screen, mode, human, names_of(session.spec()), STDIN_FILENO,
                                          STDOUT_FILENO);
    if (past.turns > 0) keyboard->restore(past.turns, past.last_speaker);
  }
  signals.watch_terminal({[&] { screen.resized(); }, [&] { screen.suspend(); },
                          [&] {
                            screen.continued();
                            if (keyboard) keyboard->continued();
                          }});
  engine::ConversationDoors doors{nullptr, {&view}, {&human}};
  if (keyboard) doors.observers.push_back(keyboard.get());
  auto ran = run_trial(session, trial, std::move(doors), signals);
  signals.unwatch_terminal();
  keyboard.reset();
  screen.close();
  return ran;
}

// Models that are ready on this machine, can talk, and don't in this conversation.
std::vector<std::string> other_models(const experiment::ExperimentSpec& spec) {
  std::vector<std::string> names;
  for (const model::CatalogRow& row : user_catalog().list()) {
    const bool talks = std::ranges::any_of(
        spec.participants, [&](const auto& participant) { return participant.model == row.name; });
    if (row.present && !talks && user_catalog().resolve(row.name)) names.push_back(row.name);
  }
  return names;
}

Result<TalkSummary> summarize(const experiment::Session& session, const experiment::Trial& trial) {
  TalkSummary summary;
  summary.path = session.path();
  summary.spec = &session.spec();
  TRY_ASSIGN(const auto reader, store::Reader::open(session.path()));
  TRY_ASSIGN(const store::TrialSummary stored, reader->trial(trial.id));
  summary.turns = stored.turns;
  summary.end = stored.end;
  summary.cost_usd = stored.cost_usd;
  summary.unpriced_calls = stored.unpriced_calls;
  TRY_ASSIGN(summary.detections, reader->detections(trial.id));
  return summary;
}

}  // namespace

Output& words_to(CommandContext& context, const ShowOptions& show) {
  return show.json ? context.err : context.out;
}

Result<ExitCode> converse(experiment::Session& session, const experiment::Trial& trial,
                          const ShowOptions& show, Signals& signals, CommandContext& context) {
  TRY_ASSIGN(const auto reader, store::Reader::open(session.path()));
  Past past;
  if (session.trial_states()[trial.id - 1].started) {
    TRY_ASSIGN(past, past_of(*reader, trial.id));
  }
  signals.set_last_words("\nduologue: stopped at once; go on with `" + resume_command(session.path(), false) +
                         "`\n");
  const bool live = !show.plain && !show.json && can_draw(STDOUT_FILENO);
  auto ran = live ? run_live(session, trial, past, signals, context)
                  : run_plain(session, trial, show, past, signals, context);
  if (!ran) return std::unexpected(std::move(ran).error());
  if (signals.received() == StopSignal::kHangup) return ExitCode::kInterrupted;

  Output& words = words_to(context, show);
  if (auto summary = summarize(session, trial); summary) {
    summary->interrupted = signals.token().stop_requested();
    summary->other_models = other_models(session.spec());
    if (ran->error) summary->end = engine::EndReason{engine::cause_of(ran->error->kind), ""};
    words.write("\n");
    for (const std::string& line : summary_lines(*summary)) words.write(line + "\n");
    words.flush();
  } else if (!ran->error) {
    return std::unexpected(std::move(summary).error());
  }
  if (ran->error) return std::unexpected(std::move(*ran->error));
  return signals.token().stop_requested() ? ExitCode::kInterrupted : ExitCode::kDone;
}

}  // namespace duologue::cli
