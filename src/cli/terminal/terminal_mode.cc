#include "cli/terminal/terminal_mode.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace duologue::cli {
namespace {

// What a signal handler needs: plain values, written before the handlers are in place.
struct Restore {
  termios original{};
  int in = -1;
  int out = -1;
  std::atomic<bool> settings{false};  // `original` has been replaced
  std::atomic<const char*> sequence{nullptr};
};
Restore g_restore;  // NOLINT: a signal handler has no other way to find it

constexpr std::array<int, 5> kCrashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
std::array<struct sigaction, kCrashes.size()> g_before_crash;  // NOLINT

// A terminal that doesn't control this process knows no foreground: nobody else has a claim to it.
bool foreground(int fd) {
  const pid_t group = tcgetpgrp(fd);
  return group == -1 || group == getpgrp();
}

// Puts the terminal back, then lets the signal do what it would have done.
void on_crash(int signal) {
  restore_terminal();
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    if (kCrashes[i] == signal) sigaction(signal, &g_before_crash[i], nullptr);
  }
  raise(signal);
}

void apply(int fd, const termios& settings) {
  // In the background this would stop the process (SIGTTOU), and it is somebody else's terminal then anyway.
  if (foreground(fd)) tcsetattr(fd, TCSADRAIN, &settings);
}

}  // namespace

void set_restore_sequence(const char* sequence) { g_restore.sequence.store(sequence); }

void restore_terminal() noexcept {
  if (const char* sequence = g_restore.sequence.exchange(nullptr); sequence != nullptr) {
    [[maybe_unused]] const ssize_t written = write(g_restore.out, sequence, std::strlen(sequence));
  }
  if (g_restore.settings.exchange(false) && foreground(g_restore.in)) {
    tcsetattr(g_restore.in, TCSANOW, &g_restore.original);
  }
}

TerminalMode::TerminalMode(int in, int out) : in_(in), out_(out), in_terminal_(isatty(in) == 1) {
  g_restore.in = in;
  g_restore.out = out;
  if (in_terminal_) tcgetattr(in, &g_restore.original);
  struct sigaction action{};
  action.sa_handler = on_crash;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kCrashes.size(); ++i) sigaction(kCrashes[i], &action, &g_before_crash[i]);
}

TerminalMode::~TerminalMode() {
  leave();
  for (std::size_t i = 0; i < kCrashes.size(); ++i) sigaction(kCrashes[i], &g_before_crash[i], nullptr);
}

void TerminalMode::keys() {
  now_.store(Keys::kKeys);
  if (!in_terminal_) return;
  termios settings = g_restore.original;
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  settings.c_lflag |= ISIG;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  g_restore.settings.store(true);
  apply(in_, settings);
}

void TerminalMode::lines() {
  now_.store(Keys::kLines);
  if (!in_terminal_) return;
  termios settings = g_restore.original;
  settings.c_lflag |= static_cast<tcflag_t>(ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN);
  settings.c_iflag |= static_cast<tcflag_t>(ICRNL | IUTF8);
  g_restore.settings.store(true);
  apply(in_, settings);
}

void TerminalMode::suspend() {
  if (in_terminal_ && g_restore.settings.exchange(false)) apply(in_, g_restore.original);
}

void TerminalMode::resume() {
  if (now_.load() == Keys::kKeys) keys();
  if (now_.load() == Keys::kLines) lines();
}

void TerminalMode::leave() {
  now_.store(Keys::kFound);
  if (in_terminal_ && g_restore.settings.exchange(false)) apply(in_, g_restore.original);
}

bool TerminalMode::in_foreground() const { return foreground(in_terminal_ ? in_ : out_); }

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

bool can_draw(int fd) {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing here sets the environment
  return isatty(fd) == 1 && term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  return no_color == nullptr || *no_color == '\0';
}

}  // namespace duologue::cli
