#include "cli/talk.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/rng.h"
#include "cli/converse.h"
#include "cli/loading.h"
#include "cli/recording.h"
#include "cli/talk_flags.h"
#include "cli/terminal/safe_text.h"
#include "experiment/session.h"

namespace duologue::cli {
namespace {

using base::Result;

// Who speaks with what, where that isn't one model for all.
std::string seats_line(const experiment::ExperimentSpec& spec) {
  std::string line;
  bool alike = true;
  for (const experiment::ParticipantSpec& participant : spec.participants) {
    alike = alike && participant.model == spec.participants.front().model;
    line += fmt::format("{}{} is {}", line.empty() ? "" : ", ", participant.name, participant.model);
  }
  return alike ? "" : line;
}

// The progress of loading leaves the terminal with this.
Result<experiment::ModelPool> open_models(const experiment::ExperimentSpec& spec, const TalkFlags& flags,
                                          const ShowOptions& show, Signals& signals,
                                          CommandContext& context) {
  TRY_ASSIGN(experiment::PoolOptions pool, pool_options(context, show, flags.yes, signals));
  TRY(set_wire(flags.wire, pool));
  return experiment::ModelPool::open(spec, pool);
}

Result<ExitCode> run_talk(const TalkFlags& flags, CommandContext& context) {
  TRY_ASSIGN(experiment::ExperimentSpec spec, spec_from(flags, base::random_seed()));
  const ShowOptions show{flags.plain, flags.json};
  Output& words = words_to(context, show);
  std::string path = flags.output;
  if (path.empty()) {
    TRY_ASSIGN(path, new_recording("talk", words));
  }
  TRY(experiment::check_new_file(path));

  Signals signals;
  TRY_ASSIGN(experiment::ModelPool models, open_models(spec, flags, show, signals, context));
  const std::string_view level = model::to_string(models.determinism());
  TRY_ASSIGN(const auto session, experiment::Session::create(path, std::move(spec), std::move(models)));
  if (const std::string seats = seats_line(session->spec()); !seats.empty())
    words.write(safe_line(seats) + "\n");
  words.print("seed {}, determinism {}\n", session->spec().seed, level);
  words.write("recording to " + safe_line(path) + "\n\n");
  words.flush();
  return converse(*session, session->pending().front(), show, signals, context);
}

}  // namespace

void add_talk(Command root, CommandContext& context) {
  auto flags = std::make_shared<TalkFlags>();
  Command command =
      root.add_command(context,
                       {"talk", "One conversation between models, live and recorded",
                        "duologue talk smollm2 --turns 24 --seed 7 -o a.duo\n"
                        "  duologue talk Ada=smollm2 Bob=gemma2:9b --system Bob=\"You are a poet.\""},
                       [flags, &context] { return run_talk(*flags, context); });
  add_talk_flags(command, *flags);
}

}  // namespace duologue::cli
