#include "cli/doctor.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/doctor_checks.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/signals.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

struct DoctorFlags {
  bool json = false;
  bool determinism = false;
};

// Writes each check as soon as it is made: some take seconds.
class Report {
 public:
  Report(CommandContext& context, bool json) : out_(context.out), json_(json) {}

  void take(const std::vector<Check>& checks) {
    for (const Check& check : checks) {
      failed_ = failed_ || check.ok == false;
      out_.write(json_ ? json_line(check) : line(check));
    }
    out_.flush();
  }
  bool failed() const { return failed_; }

 private:
  static std::string line(const Check& check) {
    const char* mark = !check.ok ? "–" : *check.ok ? "✓" : "✗";
    std::string text = fmt::format("{} {}: {}", mark, check.name, safe_line(check.detail));
    if (!check.mend.empty()) text += fmt::format(" → {}", safe_line(check.mend));
    return text + "\n";
  }

  static std::string json_line(const Check& check) {
    base::Json json = base::Json::object();
    json["check"] = check.name;
    json["ok"] = check.ok ? base::Json(*check.ok) : base::Json(nullptr);
    store::put_text(json, "detail", check.detail);
    store::put_text(json, "mend", check.mend);
    return base::dump_json(json) + "\n";
  }

  Output& out_;
  const bool json_;
  bool failed_ = false;
};

base::Result<ExitCode> run_doctor(const DoctorFlags& flags, CommandContext& context) {
  Report report(context, flags.json);
  report.take(check_build());
  report.take(check_machine());
  report.take(check_folders());
  report.take(check_configuration());
  report.take(check_recording());
  report.take(check_weights());
  report.take(check_terminal());
  {
    Signals signals;
    report.take(check_providers(signals.token()));
    if (signals.token().stop_requested()) return ExitCode::kInterrupted;
  }
  if (flags.determinism) {
    Signals signals;
    report.take(check_determinism(signals.token()));
    if (signals.token().stop_requested()) return ExitCode::kInterrupted;
  }
  return report.failed() ? ExitCode::kCheckFailed : ExitCode::kDone;
}

}  // namespace

void add_doctor(Command root, CommandContext& context) {
  auto flags = std::make_shared<DoctorFlags>();
  Command command = root.add_command(
      context,
      {"doctor", "What works on this machine, with the mend for each ✗", "duologue doctor --determinism"},
      [flags, &context] { return run_doctor(*flags, context); });
  command.flag("--determinism", flags->determinism,
               "test too which determinism level the default model keeps here (seconds)");
  command.flag("--json", flags->json, "JSON Lines, one a check");
}

}  // namespace duologue::cli
