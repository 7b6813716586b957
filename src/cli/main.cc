#include <csignal>
#include <string>
#include <vector>

#include "cli/application.h"

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) shows as a failed write, which Output takes for a clean end.
  std::signal(SIGPIPE, SIG_IGN);
  duologue::cli::CommandContext context;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(duologue::cli::run_application(words, context));
}
