#include "model/llama/cores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <string>

#include <fmt/format.h>
#include <sched.h>

namespace duologue::model::llama {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// This process's control group (version 2), e.g. "/user.slice/x"; empty: none.
std::string control_group() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

// The smallest value that `read` gives for a group and those above it.
template <typename Read>
double least_over_groups(const Read& read) {
  double least = INFINITY;
  for (std::string group = control_group();;) {
    least = std::min(least, read("/sys/fs/cgroup" + group));
    if (group.empty() || group == "/") return least;
    group.resize(group.find_last_of('/'));
  }
}

// "max" and anything else that is no number: no limit.
double number_or_infinity(const std::string& word) {
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  return end == word.c_str() ? INFINITY : value;
}

double cpu_quota(const std::string& folder) {
  const std::string line = first_line(folder + "/cpu.max");  // "QUOTA PERIOD"
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) return INFINITY;
  return number_or_infinity(line) / number_or_infinity(line.substr(space + 1));
}

double memory_left(const std::string& folder) {
  const double limit = number_or_infinity(first_line(folder + "/memory.max"));
  const double used = number_or_infinity(first_line(folder + "/memory.current"));
  return std::isinf(limit) || std::isinf(used) ? INFINITY : std::max(0.0, limit - used);
}

}  // namespace

std::uint32_t usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string siblings =
        first_line(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
    cores.insert(siblings.empty() ? fmt::format("cpu{}", cpu) : siblings);
  }
  const double quota = std::ceil(least_over_groups(cpu_quota));
  const double count = std::min(static_cast<double>(cores.size()), quota);
  return static_cast<std::uint32_t>(std::max(1.0, count));
}

std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  double available = INFINITY;
  for (std::string word; file >> word;) {
    if (word != "MemAvailable:") continue;
    double kib = 0;
    file >> kib;
    available = kib * 1024;
    break;
  }
  available = std::min(available, least_over_groups(memory_left));
  return std::isinf(available) ? 0 : static_cast<std::uint64_t>(available);
}

}  // namespace duologue::model::llama
