#include "cli/doctor.h"

#include <CLI/CLI.hpp>

#include "cli/application.h"

namespace duologue::cli {

void add_doctor(CLI::App& app, CommandContext& context) {
  add_command(app, context,
              {"doctor", "Says what works on this machine, and how to mend what doesn't", "duologue doctor"},
              [&context]() -> base::Result<ExitCode> {
                context.out.print("✓ {}\n", version_line());
                return ExitCode::kDone;
              });
}

}  // namespace duologue::cli
