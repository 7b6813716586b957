#include "cli/commands.h"

#include "cli/doctor.h"

namespace duologue::cli {

void add_all_commands(CLI::App& app, CommandContext& context) { add_doctor(app, context); }

}  // namespace duologue::cli
