#include "cli/commands.h"

#include "cli/detect.h"
#include "cli/doctor.h"
#include "cli/export.h"
#include "cli/import.h"
#include "cli/list.h"
#include "cli/measure.h"
#include "cli/models.h"
#include "cli/resume.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/sweep.h"
#include "cli/talk.h"
#include "cli/tools.h"

namespace duologue::cli {

void add_all_commands(Command root, CommandContext& context) {
  add_talk(root, context);
  add_run(root, context);
  add_resume(root, context);
  add_show(root, context);
  add_list(root, context);
  add_export(root, context);
  add_import(root, context);
  add_measure(root, context);
  add_detect(root, context);
  add_sweep(root, context);
  add_tools(root, context);
  add_models(root, context);
  add_doctor(root, context);
}

}  // namespace duologue::cli
