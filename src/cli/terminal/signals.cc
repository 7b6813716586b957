#include "cli/terminal/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "cli/exit_code.h"
#include "cli/terminal/terminal_mode.h"

namespace duologue::cli {
namespace {

constexpr std::array<int, 3> kEnding{SIGINT, SIGTERM, SIGHUP};
constexpr std::array<int, 3> kTerminal{SIGWINCH, SIGTSTP, SIGCONT};
constexpr char kQuit = 0;  // no signal has this number

// What the handler sees. It writes the signal's number into the pipe; a thread reads it there and does the
// work.
std::atomic<int> g_pipe_in{-1};                  // NOLINT: a signal handler has no other way
std::atomic<int> g_interrupts{0};                // NOLINT
std::atomic<const char*> g_last_words{nullptr};  // NOLINT

void on_signal(int signal) {
  const int saved = errno;
  if (signal == SIGINT && g_interrupts.fetch_add(1) > 0) {
    restore_terminal();
    if (const char* words = g_last_words.load(); words != nullptr) {
      [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, words, std::strlen(words));
    }
    _exit(static_cast<int>(ExitCode::kInterrupted));
  }
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const ssize_t written = write(g_pipe_in.load(), &byte, 1);
  errno = saved;
}

void handle(int signal, struct sigaction* before) {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, before);
}

}  // namespace

struct Signals::State {
  void run();
  void take(int signal);

  int pipe_out = -1;
  std::array<struct sigaction, kEnding.size()> before_ending{};
  std::array<struct sigaction, kTerminal.size()> before_terminal{};
  std::stop_source stop;
  std::atomic<StopSignal> received{StopSignal::kNone};
  base::Mutex mutex;
  std::optional<TerminalHooks> hooks GUARDED_BY(mutex);
  std::vector<std::unique_ptr<std::string>> words
      GUARDED_BY(mutex);  // the handler may still hold an older one
  std::thread thread;
};

void Signals::State::run() {
  for (;;) {
    char signal = kQuit;
    const ssize_t n = read(pipe_out, &signal, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n != 1 || signal == kQuit) return;
    take(signal);
  }
}

void Signals::State::take(int signal) {
  const auto end = [this](StopSignal which) {
    StopSignal none = StopSignal::kNone;
    received.compare_exchange_strong(none, which);
    stop.request_stop();
  };
  if (signal == SIGINT) return end(StopSignal::kInterrupt);
  if (signal == SIGTERM) return end(StopSignal::kTerminate);
  if (signal == SIGHUP) return end(StopSignal::kHangup);
  const base::MutexLock lock(mutex);
  if (!hooks) return;
  if (signal == SIGWINCH) hooks->resized();
  if (signal == SIGCONT) hooks->continued();
  if (signal == SIGTSTP) {
    hooks->suspending();
    kill(getpid(), SIGSTOP);
  }
}

Signals::Signals() : state_(std::make_unique<State>()) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;  // no descriptors left: the default actions stay
  // The handler must never block: a full pipe already holds signals enough.
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  state_->pipe_out = ends[0];
  g_interrupts.store(0);
  g_pipe_in.store(ends[1]);
  for (std::size_t i = 0; i < kEnding.size(); ++i) {
    sigaction(kEnding[i], nullptr, &state_->before_ending[i]);
    // nohup and shells' background jobs have some ignored: that stays.
    if (state_->before_ending[i].sa_handler != SIG_IGN) handle(kEnding[i], nullptr);
  }
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Signals::~Signals() {
  unwatch_terminal();
  if (state_->pipe_out < 0) return;
  for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &state_->before_ending[i], nullptr);
  [[maybe_unused]] const ssize_t written = write(g_pipe_in.load(), &kQuit, 1);
  state_->thread.join();
  g_last_words.store(nullptr);
  close(g_pipe_in.exchange(-1));
  close(state_->pipe_out);
}

std::stop_token Signals::token() const { return state_->stop.get_token(); }
void Signals::request_stop() { state_->stop.request_stop(); }
StopSignal Signals::received() const { return state_->received.load(); }

void Signals::set_last_words(const std::string& words) {
  const base::MutexLock lock(state_->mutex);
  state_->words.push_back(std::make_unique<std::string>(words));
  g_last_words.store(state_->words.back()->c_str());
}

void Signals::watch_terminal(TerminalHooks hooks) {
  const base::MutexLock lock(state_->mutex);
  const bool first = !state_->hooks;
  state_->hooks = std::move(hooks);
  if (!first) return;
  for (std::size_t i = 0; i < kTerminal.size(); ++i) handle(kTerminal[i], &state_->before_terminal[i]);
}

void Signals::unwatch_terminal() {
  const base::MutexLock lock(state_->mutex);
  if (!state_->hooks) return;
  for (std::size_t i = 0; i < kTerminal.size(); ++i)
    sigaction(kTerminal[i], &state_->before_terminal[i], nullptr);
  state_->hooks.reset();
}

}  // namespace duologue::cli
