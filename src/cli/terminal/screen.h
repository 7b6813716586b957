// The live view of a terminal: text streams as if it were printed, and below its last row stands a status
// row.
//
// No scroll region and no alternate screen: rows that scroll off the top are the terminal's history like any
// output's, in tmux and over ssh too. Each frame erases the row under way and the status row below it, writes
// the finished rows, the row under way and the status row, and puts the cursor back to the end of the text.
// Rows are broken by us (terminal/flow.h), so the cursor's place is known; at a new window size the row under
// way is left as it is and the text goes on in the next one.
//
// One thread paints, some 40 times a second at most; every function may be called from any thread. put()
// waits where the terminal takes nothing for long (Ctrl-S), until `stop`. A terminal that is gone is not
// written to any more.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "cli/terminal/flow.h"
#include "cli/terminal/status_line.h"
#include "cli/terminal/terminal_mode.h"
#include "cli/terminal/text_sink.h"

namespace duologue::cli {

class Screen final : public TextSink {
 public:
  Screen(TerminalMode& mode, int out, bool color, std::stop_token stop);
  ~Screen() override;  // close()

  void put(std::string_view safe, Style style) override EXCLUDES(mutex_);
  void set_indent(std::size_t columns) override EXCLUDES(mutex_);
  void end_row() override EXCLUDES(mutex_);
  void set_status(const TalkStatus& status) override EXCLUDES(mutex_);
  bool shows_deltas() const override { return true; }

  // Stands before the status; empty: nothing.
  void set_note(std::string_view note) EXCLUDES(mutex_);
  // Takes the status row's place; empty: the status again. `brief` is for rows too narrow for `menu`.
  void set_menu(std::string_view menu, std::string_view brief) EXCLUDES(mutex_);

  // Gives the terminal to the caller: everything is painted, the status row gone, the cursor on an empty row.
  // Calls nest.
  void hold() EXCLUDES(mutex_);
  void release() EXCLUDES(mutex_);

  void resized() EXCLUDES(mutex_);
  void suspend() EXCLUDES(mutex_);    // before the process stops: the terminal as it was found
  void continued() EXCLUDES(mutex_);  // after it went on, in the foreground or not
  void abandon() EXCLUDES(mutex_);    // the terminal is gone
  // Paints what is left, takes the status row away and puts the terminal back.
  void close() EXCLUDES(mutex_);

 private:
  struct Op {
    enum class Kind { kPut, kIndent, kEndRow } kind;
    std::string text;
    Style style;
    std::size_t columns = 0;
  };
  struct Frame {
    std::vector<Op> ops;
    std::string status;  // empty: none
    bool resized = false;
    bool background = false;
    bool last = false;  // before the terminal is given away: end the row
  };

  void push(Op op) EXCLUDES(mutex_);
  void wait_painted() REQUIRES(mutex_);
  void look_for_foreground() REQUIRES(mutex_);
  void paint_loop() EXCLUDES(mutex_);
  Frame take_frame() REQUIRES(mutex_);
  void apply(const Frame& frame);
  void paint(const Frame& frame);
  std::string status_row() const REQUIRES(mutex_);
  std::string sgr(Style style) const;
  bool write_all(std::string_view bytes);

  TerminalMode& mode_;
  const int out_;        // the caller's
  const int unblocked_;  // the same terminal opened again, so that writing never blocks; -1: couldn't be
  const bool color_;
  const std::stop_token stop_;

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  base::CondVar painted_;
  std::vector<Op> ops_ GUARDED_BY(mutex_);
  std::size_t op_bytes_ GUARDED_BY(mutex_) = 0;
  TalkStatus status_ GUARDED_BY(mutex_);
  std::string note_ GUARDED_BY(mutex_);
  std::string menu_ GUARDED_BY(mutex_);
  std::string brief_menu_ GUARDED_BY(mutex_);
  bool dirty_ GUARDED_BY(mutex_) = true;
  bool resized_ GUARDED_BY(mutex_) = false;
  bool background_ GUARDED_BY(mutex_) = false;
  bool suspended_ GUARDED_BY(mutex_) = false;
  int holds_ GUARDED_BY(mutex_) = 0;
  bool given_away_ GUARDED_BY(mutex_) = false;  // the painter has painted the last frame of a hold
  bool gone_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  TerminalSize size_ GUARDED_BY(mutex_);

  // The painter's own.
  Flow flow_;
  std::size_t width_ = 0;
  bool drawing_ = false;  // the terminal's wrapping is off, and the row under way is where the cursor is

  std::thread painter_;
};

}  // namespace duologue::cli
