// PATH.lock beside a .duo file: whoever holds its flock is the file's one writer. The lock goes with the
// process, however that ends; the file itself goes when the lock is given back. One owner; any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace duologue::store {

class LockFile {
 public:
  // kStore: held by another process (named by its id), or the folder can't be written.
  static base::Result<LockFile> acquire(const std::string& duo_path);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  LockFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_ = -1;
};

}  // namespace duologue::store
