// The signals that end or interrupt a long command, turned into a stop request and callbacks.
//   Ctrl-C      the first asks for a clean end; the second puts the terminal back, prints the last words and
//   exits with 130 at
//               once (what is recorded is durable already)
//   SIGTERM     a clean end
//   SIGHUP      a clean end; the terminal is gone, so nothing should be printed any more
//   SIGWINCH, SIGTSTP, SIGCONT  for who draws on the terminal
// Make one before any thread or model; one at a time a process. Its functions may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace duologue::cli {

enum class StopSignal { kNone, kInterrupt, kTerminate, kHangup };

// Called on the signals' own thread.
struct TerminalHooks {
  std::function<void()> resized;
  std::function<void()>
      suspending;  // Ctrl-Z: leave the terminal as it was found; the process stops right after
  std::function<void()> continued;  // in the foreground or not: see TerminalMode::in_foreground
};

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const;
  void request_stop();  // as the first Ctrl-C does
  StopSignal received() const;

  // What a second Ctrl-C prints, e.g. the resume line. Safe text: it may be printed from the signal handler.
  void set_last_words(const std::string& words);

  void watch_terminal(TerminalHooks hooks);
  void unwatch_terminal();  // no hook runs any more once this returns

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duologue::cli
