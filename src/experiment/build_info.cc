#include "experiment/build_info.h"

#include <fstream>

#include "base/json.h"
#if defined(DUOLOGUE_WITH_LLAMA)
#include "model/llama/backend.h"
#include "model/llama/cores.h"
#include "model/llama/gpu.h"
#include "model/lock_text.h"
#endif

namespace duologue::experiment {

namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

// The name of the first processor, where the system tells it as Linux does.
std::string cpu() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? "unknown" : line.substr(colon + 2);
  }
  return "unknown";
}

#if defined(DUOLOGUE_WITH_LLAMA)
std::string locked_llama_version() {
  const auto lock = base::parse_json(model::kLockText);
  const base::Json* llama = lock ? base::member_at(*lock, "llama") : nullptr;
  return llama == nullptr ? "unknown" : base::string_at(*llama, "version").value_or("unknown");
}
#endif

}  // namespace

std::string program_version() { return DUOLOGUE_VERSION; }

std::string build_json() {
  base::Json json = base::Json::object();
  json["compiler"] = compiler();
  json["engine"] = nullptr;
  json["kernels"] = nullptr;
  json["threads"] = nullptr;
  json["gpus"] = base::Json::array();
#if defined(DUOLOGUE_WITH_LLAMA)
  json["engine"] = "llama.cpp " + locked_llama_version();
  json["threads"] = model::llama::usable_cores();
  json["kernels"] = model::llama::kernels();
  for (const model::llama::Gpu& gpu : model::llama::gpus()) json["gpus"].push_back(gpu.name);
#endif
  json["cpu"] = cpu();
  return base::dump_json(json);
}

}  // namespace duologue::experiment
