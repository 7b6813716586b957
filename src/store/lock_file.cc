#include "store/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

// The holder writes its process id into the file, for the message to others only.
std::string holder_of(int fd) {
  std::array<char, 24> text{};
  const ssize_t n = pread(fd, text.data(), text.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0;
       i < n && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i) {
    pid.push_back(text[static_cast<std::size_t>(i)]);
  }
  return pid.empty() ? "another run" : "another run (pid " + pid + ")";
}

std::string hint_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "its folder doesn't exist: make it, or choose another place";
    case EACCES:
    case EPERM:
    case EROFS:
      return "its folder can't be written: change that, or choose another place";
    case ENOSPC:
    case EDQUOT:
      return "the disk is full: free some space, or choose another place";
    default:
      return "choose another place";
  }
}

// Whether the locked file is still the one at this path: the holder before us may have removed it.
bool still_there(int fd, const std::string& path) {
  struct stat ours{};
  struct stat named{};
  return fstat(fd, &ours) == 0 && stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

}  // namespace

base::Result<LockFile> LockFile::acquire(const std::string& duo_path) {
  std::string path = duo_path + ".lock";
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
      const int error = errno;
      return fail(ErrorKind::kStore,
                  fmt::format("can't write {}: {}: {}", duo_path, std::strerror(error), hint_for(error)));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      std::string message =
          error == EWOULDBLOCK
              ? fmt::format("{} is locked by {}: wait until it is done, or stop it", duo_path, holder_of(fd))
              : fmt::format("can't lock {}: {}: choose a file system that knows locks", path,
                            std::strerror(error));
      close(fd);
      return fail(ErrorKind::kStore, std::move(message));
    }
    if (!still_there(fd, path)) {
      close(fd);
      continue;
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    // Only for others' messages: a full disk must not keep us from reading what the file says.
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) errno = 0;
    return LockFile(std::move(path), fd);
  }
}

LockFile::LockFile(LockFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

LockFile::~LockFile() {
  if (fd_ < 0) return;
  unlink(path_.c_str());
  close(fd_);
}

}  // namespace duologue::store
