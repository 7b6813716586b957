// The terminal's own settings while the live view runs: keys come one by one and unechoed, rows aren't
// wrapped by the terminal. Put back on every way out: leave(), the second Ctrl-C, a crash. One TerminalMode a
// process; its functions may be called from any thread, and restore_terminal() from a signal handler.
#pragma once

#include <atomic>
#include <cstddef>

namespace duologue::cli {

class TerminalMode {
 public:
  // Remembers the settings as they are, and catches crashes so that they can be put back then too. Either may
  // be no terminal: then nothing is done with it.
  TerminalMode(int in, int out);
  ~TerminalMode();
  TerminalMode(const TerminalMode&) = delete;
  TerminalMode& operator=(const TerminalMode&) = delete;

  void keys();   // a key at a time, no echo; Ctrl-C and Ctrl-Z still are signals
  void lines();  // whole lines with echo and the kernel's editing, UTF-8 aware
  void leave();  // as it was found

  void suspend();  // as it was found, but resume() knows what it was
  void resume();

  // Whether this process is the one that the terminal's keys go to. If not, reading would stop it.
  bool in_foreground() const;

 private:
  enum class Keys { kFound, kKeys, kLines };

  const int in_;
  const int out_;
  const bool in_terminal_;
  std::atomic<Keys> now_{Keys::kFound};
};

// What the screen needs undone if the process dies now, e.g. "\x1b[?7h". Static storage only; null: nothing.
void set_restore_sequence(const char* sequence);

// Puts the terminal back, if a TerminalMode has changed it. Async-signal-safe; does nothing the second time.
void restore_terminal() noexcept;

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
// 80 x 24 where the terminal doesn't say.
TerminalSize terminal_size(int fd);

// Whether a live view can be drawn there: a terminal whose $TERM is neither empty nor "dumb".
bool can_draw(int fd);
// Colours may be used: NO_COLOR is unset or empty (no-color.org).
bool wants_color();

}  // namespace duologue::cli
