#include "model/weights.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <spawn.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/paths.h"
#include "model/lock_text.h"

#ifdef __APPLE__
extern char** environ;
#endif

namespace duologue::model {

namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

std::string text_of(const base::Json& object, std::string_view key) {
  return base::string_at(object, key).value_or("");
}

Preparation read_preparation(const base::Json& entry) {
  using How = Preparation::How;
  const std::pair<const char*, How> kinds[] = {{"requantize", How::kRequantize}, {"convert", How::kConvert}};
  for (const auto& [key, how] : kinds) {
    const base::Json* made = base::member_at(entry, key);
    if (made == nullptr) continue;
    return {.how = how,
            .type = text_of(*made, "type"),
            .file = text_of(*made, "file"),
            .heads = static_cast<std::uint32_t>(base::unsigned_at(*made, "heads").value_or(0)),
            .max_tokens = static_cast<std::uint32_t>(base::unsigned_at(*made, "max_tokens").value_or(0))};
  }
  return {};
}

// The lock file is ours and is checked when the program is tested: a defect in it leaves a name unknown, no
// more.
std::vector<KnownWeights> read_lock() {
  std::vector<KnownWeights> out;
  const auto lock = base::parse_json(kLockText);
  if (!lock) return out;
  const base::Json* entries = base::member_at(*lock, "weights");
  if (entries == nullptr) return out;
  for (const base::Json& entry : *entries) {
    KnownWeights weights{.name = text_of(entry, "name"),
                         .use = text_of(entry, "use"),
                         .about = text_of(entry, "about"),
                         .file = text_of(entry, "file"),
                         .bytes = base::unsigned_at(entry, "bytes").value_or(0),
                         .sha256 = text_of(entry, "sha256"),
                         .notice = text_of(entry, "notice"),
                         .beside = {},
                         .preparation = read_preparation(entry)};
    if (const base::Json* beside = base::member_at(entry, "beside")) {
      for (const base::Json& file : *beside) {
        weights.beside.push_back({.file = text_of(file, "file"),
                                  .bytes = base::unsigned_at(file, "bytes").value_or(0),
                                  .sha256 = text_of(file, "sha256")});
      }
    }
    out.push_back(std::move(weights));
  }
  return out;
}

struct FileState {
  std::int64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  bool operator==(const FileState&) const = default;
};

std::optional<FileState> state_of(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
#ifdef __APPLE__
  const timespec& time = info.st_mtimespec;
#else
  const timespec& time = info.st_mtim;
#endif
  return FileState{info.st_size, std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec};
}

struct Sidecar {
  std::string sha256;
  FileState state;
};

// As tools/lib/weights.py writes it: a line that sha256sum -c reads, and "# size S mtime_ns M".
std::optional<Sidecar> read_sidecar(const std::string& path) {
  std::ifstream file(path + ".sha256");
  Sidecar out;
  std::string name, hash_sign, size_word, mtime_word;
  file >> out.sha256 >> name >> hash_sign >> size_word >> out.state.bytes >> mtime_word >> out.state.mtime_ns;
  if (!file || out.sha256.size() != 64 || hash_sign != "#") return std::nullopt;
  return out;
}

// The lock that tools/fetch-model takes too: one process at a time changes the folder.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(open((folder + "/.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    while (fd_ >= 0 && flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  int fd_;
};

Status sync_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (!synced) return fail(ErrorKind::kIo, path + ": " + std::strerror(error));
  return {};
}

// Waits for the child, and ends it when asked to stop.
int wait_for(pid_t child, const std::stop_token& stop) {
  constexpr auto kPoll = std::chrono::milliseconds(20);
  constexpr auto kPatience = std::chrono::seconds(5);
  std::optional<std::chrono::steady_clock::time_point> asked;
  int status = 0;
  while (true) {
    const pid_t done = waitpid(child, &status, WNOHANG);
    if (done == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (done < 0 && errno != EINTR) return 127;
    const auto now = std::chrono::steady_clock::now();
    if (stop.stop_requested() && !asked) {
      kill(child, SIGINT);
      asked = now;
    } else if (asked && now - *asked > kPatience) {
      kill(child, SIGKILL);
    }
    std::this_thread::sleep_for(kPoll);
  }
}

// Runs a program with nothing on stdin, stdout dropped (stdout is for duologue's own reader) and stderr
// shown.
Result<int> run_program(const std::vector<std::string>& arguments, const std::stop_token& stop) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(ErrorKind::kModel, arguments[0] + ": " + std::strerror(error));
  return wait_for(child, stop);
}

}  // namespace

const std::vector<KnownWeights>& known_weights() {
  static const std::vector<KnownWeights> weights = read_lock();
  return weights;
}

const KnownWeights* find_known_weights(std::string_view name) {
  for (const KnownWeights& weights : known_weights()) {
    if (weights.name == name) return &weights;
  }
  return nullptr;
}

std::string sidecar_sha256(const std::string& path) {
  const auto sidecar = read_sidecar(path);
  const auto state = state_of(path);
  return sidecar && state && sidecar->state == *state ? sidecar->sha256 : std::string();
}

void write_sidecar(const std::string& path, const std::string& sha256) {
  const auto state = state_of(path);
  if (!state) return;
  const std::string made = fmt::format("{}.sha256.{}", path, getpid());
  {
    std::ofstream file(made);
    file << sha256 << "  " << fs::path(path).filename().string() << "\n# size " << state->bytes
         << " mtime_ns " << state->mtime_ns << "\n";
  }
  std::error_code ignored;
  fs::rename(made, path + ".sha256", ignored);
  if (ignored) fs::remove(made, ignored);
}

Status verify_sha256(const std::string& path, const std::string& sha256, const std::string& mend) {
  if (sidecar_sha256(path) == sha256) return {};
  TRY_ASSIGN(const base::Hash hash, base::hash_file(path));
  if (hash.hex() != sha256) {
    return fail(ErrorKind::kModel,
                fmt::format("{}: not the file it should be (its SHA-256 begins {}, not {}): {}", path,
                            hash.short_hex(), sha256.substr(0, 12), mend));
  }
  write_sidecar(path, sha256);
  return {};
}

WeightsState weights_state(const KnownWeights& weights, const std::string& models_folder) {
  const std::string fetched = models_folder + "/" + weights.file;
  bool is_fetched = state_of(fetched).has_value();
  for (const WeightsFile& file : weights.beside)
    is_fetched = is_fetched && state_of(models_folder + "/" + file.file).has_value();
  if (weights.preparation.how == Preparation::How::kNone) return {fetched, is_fetched, is_fetched};
  const std::string prepared = models_folder + "/" + weights.preparation.file;
  return {prepared, !sidecar_sha256(prepared).empty(), is_fetched};
}

Status fetch_weights(const KnownWeights& weights, const FetchOptions& options) {
  const std::string by_hand = "duologue models pull " + weights.name;
  if (options.tool.empty()) {
    return fail(ErrorKind::kModel,
                fmt::format("can't fetch {}: the tool fetch-model isn't beside this program; put the file at "
                            "{}/{}",
                            weights.name, options.models_folder, weights.file));
  }
  TRY_ASSIGN(const int code,
             run_program({options.tool, "--into", options.models_folder, weights.name}, options.stop));
  if (options.stop.stop_requested() || code == 130) {
    return fail(ErrorKind::kCancelled,
                fmt::format("fetching {} was interrupted: `{}` starts it again", weights.name, by_hand));
  }
  if (code != 0) {
    return fail(ErrorKind::kModel, fmt::format("fetching {} failed (exit {}, see above): try again with `{}`",
                                               weights.name, code, by_hand));
  }
  return {};
}

namespace {

// What a killed run left of its own; the caller holds the folder's lock.
void remove_partial(const std::string& path) {
  const std::string start = fs::path(path).filename().string() + ".partial-";
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(path).parent_path(), error)) {
    if (entry.path().filename().string().starts_with(start)) fs::remove(entry.path(), error);
  }
}

}  // namespace

Status prepare_weights(const KnownWeights& weights, const FetchOptions& options) {
  if (!options.prepare) {
    return fail(ErrorKind::kUsage,
                weights.name +
                    " runs in process, and this build has no in-process engine: build it with "
                    "DUOLOGUE_LLAMA=ON");
  }
  const FolderLock lock(options.models_folder);
  const WeightsState state = weights_state(weights, options.models_folder);
  if (state.ready) return {};  // another process was faster
  const bool converts = weights.preparation.how == Preparation::How::kConvert;
  if (options.say) {
    options.say(fmt::format("preparing {}: {} once, {}", weights.name, weights.preparation.type,
                            converts ? "as a GGUF" : "because it runs faster"));
  }
  const std::string made = fmt::format("{}.partial-{}", state.path, getpid());
  std::error_code error;
  remove_partial(state.path);
  Status done = options.prepare(weights, options.models_folder, made);
  if (done) done = sync_file(made);
  if (!done) {
    fs::remove(made, error);
    return done;
  }
  TRY_ASSIGN(const base::Hash hash, base::hash_file(made));
  fs::rename(made, state.path, error);
  if (error) return fail(ErrorKind::kIo, fmt::format("{}: {}", state.path, error.message()));
  write_sidecar(state.path, hash.hex());
  return {};
}

}  // namespace duologue::model
