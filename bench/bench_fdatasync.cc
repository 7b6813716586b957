// This disk's own rate of durable writes: blocks of 4 KiB, each followed by fdatasync, in two ways: appended
// to a growing file, and over the blocks of a file that is there already. Prints {"append_per_s",
// "overwrite_per_s"}.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "figures.h"

namespace duologue::bench {

namespace {

using Block = std::array<char, 4096>;

// Syncs a second for `seconds`, or empty where the disk refuses. The first block is not counted: it may pay
// for making the file.
std::optional<double> sync_rate(int file, double seconds, std::size_t blocks_to_reuse) {
  Block block;
  block.fill('d');
  std::size_t done = 0;
  double started = 0;
  for (std::size_t i = 0;; ++i) {
    block[i % block.size()] = static_cast<char>('a' + i % 26);
    const std::size_t place = blocks_to_reuse == 0 ? i : i % blocks_to_reuse;
    if (pwrite(file, block.data(), block.size(), static_cast<off_t>(place * block.size())) != sizeof(Block)) {
      return std::nullopt;
    }
    if (fdatasync(file) != 0) return std::nullopt;
    if (i == 0) {
      started = now_s();
      continue;
    }
    ++done;
    const double elapsed = now_s() - started;
    if (elapsed >= seconds) return static_cast<double>(done) / elapsed;
  }
}

std::optional<double> append_rate(const std::string& path, double seconds) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return std::nullopt;
  const auto rate = sync_rate(file, seconds, 0);
  close(file);
  return rate;
}

std::optional<double> overwrite_rate(const std::string& path, double seconds) {
  constexpr std::size_t kBlocks = 1024;  // about what SQLite keeps in its log before it starts over
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return std::nullopt;
  Block block;
  block.fill('d');
  std::optional<double> rate;
  bool written = true;
  for (std::size_t i = 0; i < kBlocks && written; ++i) {
    written = write(file, block.data(), block.size()) == sizeof(Block);
  }
  if (written && fsync(file) == 0) rate = sync_rate(file, seconds, kBlocks);
  close(file);
  return rate;
}

int run(int argc, char** argv) {
  CLI::App app{"How often a second this disk makes a block durable"};
  std::string path;
  double seconds = 1;
  app.add_option("--file", path, "a file to write; removed at the end")->required();
  app.add_option("--seconds", seconds, "of each way");
  CLI11_PARSE(app, argc, argv);
  const auto append = append_rate(path, seconds);
  const auto overwrite = overwrite_rate(path, seconds);
  unlink(path.c_str());
  if (!append || !overwrite) {
    std::perror(("bench: can't write and sync " + path).c_str());
    return 1;
  }
  base::Json out;
  out["append_per_s"] = *append;
  out["overwrite_per_s"] = *overwrite;
  std::puts(base::dump_json(out).c_str());
  return 0;
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
