#include "cli/logs.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "cli/loading.h"
#include "cli/target.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/signals.h"
#include "cli/terminal/terminal_mode.h"
#include "measure/registry.h"

namespace duologue::cli {
namespace {

constexpr std::uint32_t kMaxJobs = 256;
// Work that is done sooner needs no progress row.
constexpr std::chrono::milliseconds kPatience{500};

// "measuring 12 of 133 files" on a row of its own, which goes away.
class FileProgress {
 public:
  FileProgress(Output& err, bool shown) : err_(err), shown_(shown) {}
  ~FileProgress() {
    if (painted_) err_.write("\r\x1b[K");
    err_.flush();
  }
  void at(std::size_t done, std::size_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || all < 2 || now - last_ < kPatience) return;
    last_ = now;
    painted_ = true;
    err_.print("\r\x1b[Kmeasuring file {} of {}", done, all);
    err_.flush();
  }

 private:
  Output& err_;
  const bool shown_;
  bool painted_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

void add_log_flags(Command command, LogFlags& flags) {
  command.arguments("FILE", flags.files,
                    "recordings (FILE.duo, FILE.duo:TRIAL), exports, or logs of other tools");
  command.option("--jobs,-j", flags.jobs, "conversations at once; 0: one for each processor");
  command.option("--embedder", flags.embedder,
                 "for what rests on meaning: hashed, minilm, an embedding GGUF, a model2vec folder, "
                 "openai:NAME@URL");
}

base::Status check_embedder(std::string_view command, std::span<const std::string_view> series,
                            const LogFlags& flags) {
  if (!flags.embedder.empty()) return {};
  for (const measure::SeriesInfo& info : measure::kSeries) {
    if (info.tier == measure::Tier::kEmbedded && std::ranges::find(series, info.name) != series.end()) {
      return base::fail(base::ErrorKind::kUsage,
                        fmt::format("{}: {} needs an embedder: add --embedder minilm, or --embedder hashed, "
                                    "which needs no weights",
                                    command, info.name));
    }
  }
  return {};
}

base::Result<std::shared_ptr<model::Embedder>> embedder_of(const LogFlags& flags, CommandContext& context) {
  if (flags.embedder.empty()) return std::shared_ptr<model::Embedder>();
  Signals signals;
  return experiment::open_embedder(flags.embedder, embedder_need(context, signals));
}

base::Status measure_files(const LogFlags& flags, experiment::MeasureOptions options, CommandContext& context,
                           const std::function<base::Status(experiment::MeasuredLog&&)>& take) {
  if (flags.files.empty()) {
    return base::fail(base::ErrorKind::kUsage, "which conversations? Give one FILE at least");
  }
  if (flags.jobs > kMaxJobs) {
    return base::fail(base::ErrorKind::kUsage, fmt::format("--jobs must lie in 0..{}", kMaxJobs));
  }
  std::vector<experiment::LogFile> files;
  for (const std::string& word : flags.files) {
    const Target target = target_from(word);
    files.push_back({target.path, target.trial});
  }
  Signals signals;
  options.jobs = flags.jobs > 0 ? flags.jobs : std::max(1U, std::thread::hardware_concurrency());
  options.stop = signals.token();
  FileProgress progress(context.err, can_draw(STDERR_FILENO) && !context.out.is_terminal());
  options.on_progress = [&progress](std::size_t done, std::size_t all) { progress.at(done, all); };
  std::size_t not_finite = 0;
  const base::Status done = experiment::measure_logs(files, options, [&](experiment::MeasuredLog&& measured) {
    not_finite += measured.not_finite;
    return take(std::move(measured));
  });
  if (not_finite > 0) {
    context.err.print(
        "duologue: {} gave no number for {} texts, whose values are null: are its weights whole?\n",
        safe_line(options.embedder->info().name), not_finite);
  }
  return done;
}

}  // namespace duologue::cli
