#include "experiment/build_info.h"

#include <fstream>
#include <thread>

#include "base/json.h"

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

}  // namespace

std::string program_version() { return DUOLOGUE_VERSION; }

std::string build_json() {
  base::Json json = base::Json::object();
  json["compiler"] = compiler();
#if defined(DUOLOGUE_WITH_LLAMA)
  json["engine"] = "llama.cpp";
#else
  json["engine"] = nullptr;
#endif
  json["cpu"] = cpu();
  json["threads"] = std::thread::hardware_concurrency();
  return base::dump_json(json);
}

}  // namespace duologue::experiment
