#include "cli/terminal/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/unicode.h"
#include "cli/terminal/safe_text.h"

namespace duologue::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFrame{25};
constexpr milliseconds kCloseWait{2'000};
constexpr std::size_t kMaxPendingBytes = std::size_t{1} << 20;
constexpr std::size_t kMinRows = 4;  // below that, a status row would take too much

constexpr const char* kWrapOff = "\x1b[?7l";
constexpr const char* kWrapOn = "\x1b[?7h";
constexpr const char* kEraseBelow = "\x1b[J";
// At the end of the text, whatever was being drawn: plain colours, no status row, wrapping, a new row.
constexpr const char* kRestore = "\x1b[0m\x1b[J\x1b[?7h\r\n";

constexpr std::array<const char*, 6> kNameColors{"\x1b[1;36m", "\x1b[1;33m", "\x1b[1;35m",
                                                 "\x1b[1;32m", "\x1b[1;34m", "\x1b[1;31m"};

// A frozen terminal must not freeze us, and O_NONBLOCK on the caller's descriptor would be the shell's too.
int open_again(int fd) {
  std::array<char, 128> name{};
  if (ttyname_r(fd, name.data(), name.size()) != 0) return -1;
  return open(name.data(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

Screen::Screen(TerminalMode& mode, int out, bool color, std::stop_token stop)
    : mode_(mode),
      out_(out),
      unblocked_(open_again(out)),
      color_(color),
      stop_(std::move(stop)),
      size_(terminal_size(out)),
      flow_(80) {
  mode_.keys();
  painter_ = std::thread([this] { paint_loop(); });
}

Screen::~Screen() {
  close();
  if (unblocked_ >= 0) ::close(unblocked_);
}

std::string Screen::sgr(Style style) const {
  if (!color_) return "";
  switch (style.kind) {
    case Style::Kind::kPlain:
      return "";
    case Style::Kind::kName:
      return kNameColors[style.participant % kNameColors.size()];
    case Style::Kind::kQuiet:
      return "\x1b[2m";
    case Style::Kind::kAccent:
      return "\x1b[1m";
  }
  return "";
}

void Screen::push(Op op) {
  const base::MutexLock lock(mutex_);
  while (op_bytes_ > kMaxPendingBytes && !gone_ && !closing_) {
    if (!painted_.wait(mutex_, stop_)) break;
  }
  if (gone_) return;
  op_bytes_ += op.text.size();
  ops_.push_back(std::move(op));
  dirty_ = true;
  changed_.notify_all();
}

void Screen::put(std::string_view safe, Style style) {
  if (!safe.empty()) push({Op::Kind::kPut, std::string(safe), style, 0});
}
void Screen::set_indent(std::size_t columns) { push({Op::Kind::kIndent, "", {}, columns}); }
void Screen::end_row() { push({Op::Kind::kEndRow, "", {}, 0}); }

void Screen::set_status(const TalkStatus& status) {
  const base::MutexLock lock(mutex_);
  status_ = status;
  dirty_ = true;
  changed_.notify_all();
}

void Screen::set_note(std::string_view note) {
  const base::MutexLock lock(mutex_);
  note_ = note;
  dirty_ = true;
  changed_.notify_all();
}

void Screen::set_menu(std::string_view menu, std::string_view brief) {
  const base::MutexLock lock(mutex_);
  menu_ = menu;
  brief_menu_ = brief;
  dirty_ = true;
  changed_.notify_all();
}

void Screen::resized() {
  const base::MutexLock lock(mutex_);
  size_ = terminal_size(out_);
  resized_ = true;
  dirty_ = true;
  changed_.notify_all();
}

void Screen::wait_painted() {
  while (!given_away_ && !gone_ && !closed_) painted_.wait_for(mutex_, milliseconds(100));
}

void Screen::hold() {
  const base::MutexLock lock(mutex_);
  ++holds_;
  changed_.notify_all();
  wait_painted();
}

void Screen::release() {
  const base::MutexLock lock(mutex_);
  if (holds_ > 0) --holds_;
  if (holds_ == 0) given_away_ = false;
  dirty_ = true;
  changed_.notify_all();
}

void Screen::suspend() {
  {
    const base::MutexLock lock(mutex_);
    if (std::exchange(suspended_, true)) return;
  }
  hold();
  mode_.suspend();
}

void Screen::continued() {
  {
    const base::MutexLock lock(mutex_);
    background_ = !mode_.in_foreground();
    if (!background_) mode_.resume();
    size_ = terminal_size(out_);
    resized_ = true;
    if (!std::exchange(suspended_, false)) return;
  }
  release();
}

void Screen::abandon() {
  const base::MutexLock lock(mutex_);
  gone_ = true;
  ops_.clear();
  changed_.notify_all();
  painted_.notify_all();
}

void Screen::close() {
  {
    const base::MutexLock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    painted_.notify_all();
  }
  if (painter_.joinable()) painter_.join();
  set_restore_sequence(nullptr);
  mode_.leave();
}

std::string Screen::status_row() const {
  const std::size_t width = size_.columns > 1 ? size_.columns - 1 : 1;
  if (background_ || size_.rows < kMinRows) return "";
  const std::string before = color_ ? "\x1b[7m " : "── ";
  const std::size_t margin = color_ ? 2 : 3;
  const std::size_t room = width > margin ? width - margin : 1;
  TalkStatus status = status_;
  if (!note_.empty()) status.note = note_;
  const bool fits = static_cast<std::size_t>(base::display_width(menu_)) <= room;
  const std::string text =
      menu_.empty() ? status_line(status, room) : safe_line(fits ? menu_ : brief_menu_, room);
  return before + text + (color_ ? " \x1b[0m" : "");
}

Screen::Frame Screen::take_frame() {
  Frame frame;
  frame.ops = std::exchange(ops_, {});
  op_bytes_ = 0;
  frame.last = holds_ > 0 || closing_;
  frame.background = background_;
  if (!frame.last) frame.status = status_row();
  frame.resized = std::exchange(resized_, false) || width_ == 0;
  dirty_ = false;
  return frame;
}

// A shell's `fg` of a job that runs in the background sends no signal.
void Screen::look_for_foreground() {
  if (!background_ || suspended_ || !mode_.in_foreground()) return;
  background_ = false;
  mode_.resume();
  size_ = terminal_size(out_);
  resized_ = true;
  dirty_ = true;
}

void Screen::paint_loop() {
  for (;;) {
    Frame frame;
    std::size_t columns = 80;
    {
      const base::MutexLock lock(mutex_);
      look_for_foreground();
      while (!gone_ && !closing_ && (given_away_ || (!dirty_ && holds_ == 0))) {
        changed_.wait_for(mutex_, milliseconds(500));
        look_for_foreground();
      }
      if (gone_ || (closing_ && given_away_ && ops_.empty())) break;
      frame = take_frame();
      columns = size_.columns;
    }
    if (frame.resized) {
      const std::size_t width = columns > 1 ? columns - 1 : 1;
      frame.resized = width_ != 0 && width != width_;
      width_ = width;
    }
    paint(frame);
    const base::MutexLock lock(mutex_);
    if (frame.last && (holds_ > 0 || closing_) && ops_.empty()) given_away_ = true;
    painted_.notify_all();
    if (frame.last) continue;
    // New text may wait a little: many deltas make one frame.
    if (!closing_ && holds_ == 0) changed_.wait_for(mutex_, kFrame);
  }
  const base::MutexLock lock(mutex_);
  closed_ = true;
  painted_.notify_all();
}

void Screen::apply(const Frame& frame) {
  for (const Op& op : frame.ops) {
    if (op.kind == Op::Kind::kIndent) flow_.set_indent(op.columns);
    if (op.kind == Op::Kind::kEndRow) flow_.end_row();
    if (op.kind == Op::Kind::kPut) {
      flow_.set_style(sgr(op.style));
      flow_.put(op.text);
    }
  }
  if (frame.last) flow_.end_row();
}

void Screen::paint(const Frame& frame) {
  std::string bytes;
  if (frame.background) {
    // Somebody else's terminal now: only whole rows, as any job in the background prints them.
    apply(frame);
    for (const std::string& row : flow_.take_rows()) bytes += row + "\r\n";
    if (!write_all(bytes)) abandon();
    return;
  }
  if (!drawing_ && !frame.last) {
    bytes += kWrapOff;
    set_restore_sequence(kRestore);
  }
  if (frame.resized && flow_.row_columns() > 0) {
    // What the terminal made of the rows at its new size can't be known: leave them, go on below.
    bytes += std::string(kEraseBelow) + "\r\n";
    flow_.set_width(width_);
    flow_.take_rows();
  } else {
    flow_.set_width(width_);
    bytes += std::string("\r") + kEraseBelow;
  }
  apply(frame);
  for (const std::string& row : flow_.take_rows()) bytes += row + "\r\n";
  bytes += flow_.row();
  if (!frame.status.empty()) bytes += "\r\n" + frame.status + "\x1b[A\r" + flow_.row();
  if (frame.last && drawing_) {
    bytes += kWrapOn;
    set_restore_sequence(nullptr);
  }
  drawing_ = !frame.last;
  if (!write_all(bytes)) abandon();
}

bool Screen::write_all(std::string_view bytes) {
  const int fd = unblocked_ >= 0 ? unblocked_ : out_;
  std::chrono::steady_clock::time_point give_up{};
  while (!bytes.empty()) {
    // A terminal that takes nothing (Ctrl-S) is waited for, but not for ever once we are closing.
    pollfd writable{fd, POLLOUT, 0};
    if (poll(&writable, 1, 100) == 0) {
      const base::MutexLock lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      if (closing_ && give_up == std::chrono::steady_clock::time_point{}) give_up = now + kCloseWait;
      if (gone_ || (closing_ && now > give_up)) return false;
      continue;
    }
    const ssize_t n = write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), 4'096));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace duologue::cli
