#include "cli/doctor_checks.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "base/paths.h"
#include "cli/aliases.h"
#include "cli/terminal/terminal_mode.h"
#include "experiment/build_info.h"
#include "model/catalog.h"
#include "model/gguf_file.h"
#include "model/ollama_store.h"
#include "model/weights.h"
#if defined(DUOLOGUE_WITH_LLAMA)
#include "model/llama/gpu.h"
#endif

namespace duologue::cli {
namespace {

constexpr std::array<std::string_view, 8> kVectorUnits{"neon", "asimd",   "sse4_2",      "avx",
                                                       "avx2", "avx512f", "avx512_bf16", "amx_int8"};

// A field of /proc/cpuinfo's first processor; empty where there is no such file or field.
std::string cpu_field(std::string_view field) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with(field)) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return "";
}

std::string vector_units() {
  std::string flags = cpu_field("flags");
  if (flags.empty()) flags = cpu_field("Features");
  std::istringstream words(flags);
  std::string units;
  for (std::string word; words >> word;) {
    if (std::ranges::find(kVectorUnits, word) != kVectorUnits.end())
      units += (units.empty() ? "" : " ") + word;
  }
  return units.empty() ? "vector units unknown" : units;
}

Check check_folder(const char* name, const base::Folder& folder, const char* variable) {
  Check check{name, true, folder.path, ""};
  base::Status made = base::make_folder(folder);
  if (made && access(folder.path.c_str(), W_OK | X_OK) != 0) {
    made = base::fail(base::ErrorKind::kIo, folder.path + " can't be written");
  }
  if (!made) {
    check.ok = false;
    check.detail = made.error().message;
    check.mend = fmt::format("set {} to a folder that can be written", variable);
  } else if (!folder.note.empty()) {
    check.detail += " (" + folder.note + ")";
  }
  return check;
}

Check check_known(const model::KnownWeights& weights, const model::CatalogPlaces& places) {
  const model::WeightsState state = model::weights_state(weights, places.models_folder);
  const std::string pull = "duologue models pull " + weights.name;
  Check check{"model " + weights.name, true, state.path, ""};
  if (!state.ready) {
    const bool is_default = &weights == &model::known_weights().front();
    check.ok = is_default ? std::optional<bool>(false) : std::nullopt;
    check.detail = "its weights aren't here yet";
    check.mend = pull;
    return check;
  }
  base::Status good;
  if (state.fetched)
    good = model::verify_sha256(places.models_folder + "/" + weights.file, weights.sha256, pull);
  if (good) {
    if (const auto summary = model::read_gguf_summary(state.path); !summary)
      good = std::unexpected(summary.error());
  }
  if (!good) return {check.name, false, good.error().message, pull};
  check.detail += state.fetched ? ", whole, of the known hash" : ", whole";
  return check;
}

#if defined(DUOLOGUE_WITH_LLAMA)
Check check_gpu() {
  const auto layers = model::llama::wanted_gpu_layers();
  if (!layers) return {"GPU", false, layers.error().message, "unset DUOLOGUE_GPU_LAYERS"};
  const std::vector<model::llama::Gpu> gpus = model::llama::gpus();
  if (gpus.empty())
    return {"GPU", std::nullopt, "none that this build can use: models run on the processor", ""};
  std::string names;
  for (const model::llama::Gpu& gpu : gpus) {
    names += fmt::format("{}{}, {:.1f} GiB", names.empty() ? "" : "; ", gpu.name,
                         static_cast<double>(gpu.total_bytes) / (1U << 30));
  }
  if (*layers == 0) return {"GPU", std::nullopt, names + ": left out (DUOLOGUE_GPU_LAYERS=0)", ""};
  return {"GPU", true,
          names + (*layers < 0 ? ": models run on it" : fmt::format(": {} layers of each model", *layers)),
          ""};
}
#endif

}  // namespace

std::vector<Check> check_build() {
  std::vector<Check> checks;
  const auto build = base::parse_json(experiment::build_json());
  const std::string compiler = build ? base::string_at(*build, "compiler").value_or("?") : "?";
  checks.push_back(
      {"build", true, fmt::format("duologue {}, {}", experiment::program_version(), compiler), ""});
#if defined(DUOLOGUE_WITH_LLAMA)
  const std::string engine = build ? base::string_at(*build, "engine").value_or("llama.cpp") : "llama.cpp";
  checks.push_back({"engine", true, "models run in process on " + engine, ""});
  checks.push_back(check_gpu());
#else
  checks.push_back(
      {"engine", false, "built without the in-process engine: only scripted models talk", "make build"});
#endif
  return checks;
}

std::vector<Check> check_machine() {
  const std::string cpu = cpu_field("model name");
  struct sysinfo info{};
  const bool known = sysinfo(&info) == 0;
  const double gib = known ? static_cast<double>(info.totalram) * info.mem_unit / (1U << 30) : 0;
  return {{"processor", true,
           fmt::format("{}, {} threads, {}", cpu.empty() ? "unknown" : cpu,
                       std::thread::hardware_concurrency(), vector_units()),
           ""},
          {"memory", true, known ? fmt::format("{:.1f} GiB", gib) : "unknown", ""}};
}

std::vector<Check> check_folders() {
  std::vector<Check> checks{check_folder("cache folder", base::cache_folder(), "XDG_CACHE_HOME"),
                            check_folder("data folder", base::data_folder(), "XDG_DATA_HOME")};
  const std::string names = alias_file();
  if (const auto aliases = read_aliases(names); !aliases) {
    checks.push_back({"model names", false, aliases.error().message, "mend that line, or remove the file"});
  } else if (!aliases->empty()) {
    checks.push_back({"model names", true, fmt::format("{} in {}", aliases->size(), names), ""});
  }
  return checks;
}

std::vector<Check> check_weights() {
  const model::CatalogPlaces places = user_places();
  std::vector<Check> checks;
  for (const model::KnownWeights& weights : model::known_weights())
    checks.push_back(check_known(weights, places));
  const std::size_t pulled = model::list_ollama_models(places.ollama_folders).size();
  checks.push_back(
      {"Ollama", pulled > 0 ? std::optional<bool>(true) : std::nullopt,
       pulled > 0 ? fmt::format("{} pulled models can be used by name", pulled) : "no pulled models here",
       ""});
  if (places.fetch_tool.empty()) {
    checks.push_back(
        {"fetching weights", false, "tools/fetch-model isn't where it should be", "install duologue again"});
  }
  return checks;
}

std::vector<Check> check_terminal() {
  if (isatty(STDOUT_FILENO) != 1) return {{"terminal", std::nullopt, "not a terminal: plain lines", ""}};
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
  if (!can_draw(STDOUT_FILENO)) {
    return {
        {"terminal", std::nullopt, "plain lines, no live view", "set TERM, e.g. export TERM=xterm-256color"}};
  }
  const TerminalSize size = terminal_size(STDOUT_FILENO);
  const std::string detail = fmt::format(
      "{}, {}x{}, {}{}", term, size.columns, size.rows, wants_color() ? "colours" : "no colours (NO_COLOR)",
      isatty(STDIN_FILENO) == 1 ? ", keys" : ", no keys: standard input is no terminal");
  if (size.columns < 40 || size.rows < 10)
    return {{"terminal", std::nullopt, detail, "make it 80x24 or larger"}};
  return {{"terminal", true, detail, ""}};
}

}  // namespace duologue::cli
