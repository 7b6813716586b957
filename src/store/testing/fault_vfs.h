// A SQLite VFS that breaks on purpose: it passes everything on to the default one, counts the operations that
// change files, and lets the n-th of them fail, or cuts the power there. After a power cut it leaves on disk
// what a disk could have kept: all that was synced, and of the rest nothing, everything, or any sectors. One
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace duologue::store {

enum class Fault {
  kNone,
  kFail,      // this one operation, with an I/O error
  kDiskFull,  // this operation and all writes after it
  kPowerCut,  // this operation and everything after it
};

// Of what wasn't synced when the power went.
enum class Kept { kNothing, kEverything, kSomeSectors };

class FaultVfs {
 public:
  FaultVfs();  // registers it, under a name of its own
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const char* name() const;

  // Counts from here; operation `at` (from 0) is the one that breaks.
  void arm(Fault fault, int at);
  void disarm() { arm(Fault::kNone, 0); }
  int operations() const;  // since arm()
  bool struck() const;     // whether that operation has come

  // The files were changed behind its back, with no connection open.
  void forget();

  // After a power cut, when all connections are closed: makes the files what the disk kept.
  void settle(Kept kept, std::uint32_t seed);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace duologue::store
