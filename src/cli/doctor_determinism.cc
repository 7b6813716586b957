// The check of level `exact` on this machine, with the default model.
#include "cli/doctor_checks.h"

#if defined(DUOLOGUE_WITH_LLAMA)

#include <unistd.h>

#include <cstdio>
#include <functional>

#include <fmt/format.h>

#include "cli/aliases.h"
#include "cli/talk_flags.h"
#include "cli/terminal/terminal_mode.h"
#include "model/llama/determinism_check.h"
#include "model/llama/gpu.h"

namespace duologue::cli {

std::vector<Check> check_determinism(std::stop_token stop) {
  const auto resolved = user_catalog().resolve(kDefaultModel);
  if (!resolved || resolved->fetchable) {
    return {{"determinism", std::nullopt, "not tested: the default model's weights aren't here",
             fmt::format("duologue models pull {}", kDefaultModel)}};
  }
  model::LlamaOptions options;
  options.path = resolved->path;
  options.name = resolved->name;
  options.identity = resolved->expected_sha256;
  std::function<void(double)> on_progress;
  if (can_draw(STDERR_FILENO)) {
    on_progress = [](double done) {
      fmt::print(stderr, "\r\x1b[Ktesting determinism … {:.0f} %", done * 100);
    };
  }
  const auto report = model::check_determinism(options, on_progress, stop);
  if (on_progress) fmt::print(stderr, "\r\x1b[K");
  if (!report) return {{"determinism", false, report.error().message, "duologue talk --determinism seeded"}};
  std::vector<Check> checks;
  for (const model::DeterminismProbe& probe : report->probes) {
    // One that level exact doesn't need tells only what level seeded may do.
    const std::optional<bool> ok =
        probe.equal || probe.needed ? std::optional<bool>(probe.equal) : std::nullopt;
    checks.push_back(
        {"determinism", ok,
         probe.what + (probe.equal ? ": equal to the bit"
                                   : fmt::format(": logits differ by up to {:.2g}", probe.max_difference)),
         ""});
  }
  if (report->exact_holds) {
    checks.push_back(
        {"determinism", true,
         fmt::format("level exact holds here ({:.1f} s); conversations at it {}", report->seconds,
                     report->joins_conversations ? "are decoded together" : "take turns"),
         ""});
    if (const auto layers = model::llama::wanted_gpu_layers(); layers && model::llama::runs_on_gpu(*layers)) {
      checks.push_back({"determinism", std::nullopt,
                        "that is on the processor: conversations on the GPU are seeded, never exact",
                        "DUOLOGUE_GPU_LAYERS=0 duologue …"});
    }
  } else {
    checks.push_back({"determinism", false, "level exact doesn't hold here",
                      "use --determinism seeded, and report this machine"});
  }
  return checks;
}

}  // namespace duologue::cli

#else

namespace duologue::cli {

std::vector<Check> check_determinism(std::stop_token /*stop*/) {
  return {
      {"determinism", std::nullopt, "this build runs no models in process: there is nothing to test", ""}};
}

}  // namespace duologue::cli

#endif
