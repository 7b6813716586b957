#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/describe.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/terminal_mode.h"

namespace duologue::cli {
namespace {

constexpr std::chrono::milliseconds kPaintEvery{200};
constexpr std::chrono::seconds kRateOver{10};

std::string bar(double part, std::size_t width) {
  const auto full = std::min(static_cast<std::size_t>(std::floor(part * static_cast<double>(width))), width);
  return fmt::format("[{:#<{}}{:-<{}}]", "", full, "", width - full);
}

double part_done(const ProgressNumbers& n) {
  if (n.trials == 0) return 1;
  const double by_trials = static_cast<double>(n.ended) / n.trials;
  if (n.expected_turns == 0) return by_trials;
  return std::clamp(static_cast<double>(n.turns) / static_cast<double>(n.expected_turns), by_trials, 1.0);
}

std::string time_left(const ProgressNumbers& n) {
  if (n.expected_turns == 0 || n.turns_per_s <= 0 || n.turns >= n.expected_turns) return "";
  return duration_words(static_cast<double>(n.expected_turns - n.turns) / n.turns_per_s) + " left";
}

// Turns that the pending trials still have to say if nothing stops them early; 0: there is no limit.
std::uint64_t turns_to_say(const experiment::Session& session) {
  const std::uint64_t limit = session.spec().turns;
  std::uint64_t turns = 0;
  for (const experiment::Trial& trial : session.pending()) {
    const std::uint64_t said = session.trial_states()[trial.id - 1].turns;
    turns += limit > said ? limit - said : 0;
  }
  return turns;
}

}  // namespace

std::string duration_words(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::clamp(seconds, 0.0, 1e9)));
  const std::uint64_t hours = whole / 3600;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string progress_row(const ProgressNumbers& n, std::size_t width) {
  constexpr std::size_t kWidestBar = 30;
  constexpr std::size_t kNarrowestBar = 6;
  const std::string failed = n.failed == 0 ? "" : fmt::format(", {} failed", n.failed);
  // What matters least goes last, and is left out first.
  std::vector<std::string> parts{fmt::format("{}/{} trials{}", n.ended, n.trials, failed)};
  if (const std::string left = time_left(n); !left.empty()) parts.push_back(left);
  parts.push_back(fmt::format("{:.1f} turns/s", n.turns_per_s));
  parts.push_back(fmt::format("{} turns", n.turns));
  std::string words;
  for (const std::string& part : parts) {
    if (words.size() + part.size() + 2 + kNarrowestBar + 2 <= width) words += "  " + part;
  }
  if (words.empty()) return parts.front().substr(0, width);
  return bar(part_done(n), std::min(kWidestBar, width - words.size() - 2)) + words;
}

std::string outcome_line(const experiment::TrialOutcome& outcome, std::size_t trials) {
  std::string line = fmt::format("trial {} of {}: ", outcome.trial.id, trials);
  if (outcome.error) {
    const bool paused = outcome.end && outcome.end->cause == engine::EndCause::kPaused;
    line += fmt::format("{} after {} turns: {}", paused ? "paused" : "failed", outcome.turns,
                        outcome.error->message);
  } else if (outcome.end && outcome.end->cause == engine::EndCause::kTurnLimit) {
    line += describe(outcome.end);
  } else {
    line += fmt::format("{} turns, {}", outcome.turns, describe(outcome.end));
  }
  const bool said = outcome.end && outcome.end->cause == engine::EndCause::kDetected;
  if (outcome.converged_onset && !said) line += fmt::format(", settled at turn {}", *outcome.converged_onset);
  return safe_line(line);
}

ProgressBar::ProgressBar(const experiment::Session& session, Output& words, Output& err, bool row)
    : session_(session),
      row_(row),
      trials_(static_cast<std::uint32_t>(session.pending().size())),
      words_(words),
      err_(err),
      expected_turns_(turns_to_say(session)) {
  if (row_) painter_ = std::jthread([this](const std::stop_token& stop) { paint_loop(stop); });
}

ProgressBar::~ProgressBar() { close(); }

void ProgressBar::close() {
  if (painter_.joinable()) {
    painter_.request_stop();
    painter_.join();
  }
  const base::MutexLock lock(mutex_);
  clear_row();
}

void ProgressBar::abandon() {
  const base::MutexLock lock(mutex_);
  gone_ = true;
}

void ProgressBar::trial_ended(const experiment::TrialOutcome& outcome) {
  const base::MutexLock lock(mutex_);
  if (outcome.error) ++failed_;
  // What an early end leaves unsaid won't be waited for.
  const std::uint32_t limit = session_.spec().turns;
  const std::uint64_t unsaid = limit > outcome.turns ? limit - outcome.turns : 0;
  expected_turns_ -= std::min(expected_turns_, unsaid);
  if (gone_ || (row_ && !outcome.error)) return;
  clear_row();
  words_.write(outcome_line(outcome, session_.trial_states().size()) + "\n");
  words_.flush();
}

ProgressNumbers ProgressBar::numbers() {
  ProgressNumbers n;
  n.trials = trials_;
  n.ended = progress_.trials_ended.load();
  n.failed = failed_;
  n.turns = progress_.turns.load();
  n.expected_turns = session_.spec().turns == 0 ? 0 : expected_turns_;
  const auto now = std::chrono::steady_clock::now();
  samples_.push_back({now, n.turns});
  while (samples_.size() > 2 && now - samples_.front().at > kRateOver) samples_.pop_front();
  const double seconds = std::chrono::duration<double>(now - samples_.front().at).count();
  if (seconds > 0) n.turns_per_s = static_cast<double>(n.turns - samples_.front().turns) / seconds;
  return n;
}

void ProgressBar::clear_row() {
  if (!shown_ || gone_) return;
  err_.write("\r\x1b[K");
  err_.flush();
  shown_ = false;
}

void ProgressBar::paint() {
  if (gone_) return;
  // A full row would wrap, and so would the "^C" that a terminal shows at its end.
  constexpr std::size_t kFree = 3;
  const std::size_t width = terminal_size(fileno(err_.file())).columns;
  err_.print("\r{}\x1b[K", progress_row(numbers(), width > kFree ? width - kFree : 1));
  err_.flush();
  shown_ = true;
}

void ProgressBar::paint_loop(const std::stop_token& stop) {
  base::CondVar never;
  const base::MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    paint();
    const auto next = std::chrono::steady_clock::now() + kPaintEvery;
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < next) never.wait(mutex_, stop);
  }
}

}  // namespace duologue::cli
