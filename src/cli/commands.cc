#include "cli/commands.h"

#include "cli/doctor.h"
#include "cli/export.h"
#include "cli/list.h"
#include "cli/models.h"
#include "cli/resume.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/talk.h"

namespace duologue::cli {

void add_all_commands(CLI::App& app, CommandContext& context) {
  add_talk(app, context);
  add_run(app, context);
  add_resume(app, context);
  add_show(app, context);
  add_list(app, context);
  add_export(app, context);
  add_models(app, context);
  add_doctor(app, context);
}

}  // namespace duologue::cli
