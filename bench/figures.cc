#include "figures.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

namespace duologue::bench {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return static_cast<double>(usage.ru_maxrss) / 1e6;  // bytes there
#else
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
#endif
}

experiment::ExperimentSpec two_sides(const std::string& model, const chat::Sampling& sampling,
                                     const chat::MemoryPolicy& memory) {
  experiment::ExperimentSpec spec;
  spec.name = "bench";
  for (const char* name : {"A", "B"}) {
    experiment::ParticipantSpec participant;
    participant.name = name;
    participant.model = model;
    participant.sampling = sampling;
    participant.memory = memory;
    spec.participants.push_back(participant);
  }
  return spec;
}

int failed(const base::Error& error) {
  std::fprintf(stderr, "bench: %s\n", error.message.c_str());
  return 1;
}

int finished(const base::Result<base::Json>& figures) {
  if (!figures) return failed(figures.error());
  std::puts(base::dump_json(*figures).c_str());
  return 0;
}

void remove_file(const std::string& path) {
  for (const char* ending : {"", "-wal", "-shm", ".lock"}) {
    std::error_code ignored;
    std::filesystem::remove(path + ending, ignored);
  }
}

}  // namespace duologue::bench
