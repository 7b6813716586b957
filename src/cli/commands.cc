#include "cli/commands.h"

#include "cli/doctor.h"
#include "cli/run.h"
#include "cli/talk.h"

namespace duologue::cli {

void add_all_commands(CLI::App& app, CommandContext& context) {
  add_talk(app, context);
  add_run(app, context);
  add_doctor(app, context);
}

}  // namespace duologue::cli
