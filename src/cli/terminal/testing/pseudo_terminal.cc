#include "cli/terminal/testing/pseudo_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

namespace duologue::cli {

PseudoTerminal::PseudoTerminal(unsigned short columns, unsigned short rows)
    : test_side_(posix_openpt(O_RDWR | O_NOCTTY)) {
  EXPECT_GE(test_side_, 0);
  EXPECT_EQ(grantpt(test_side_), 0);
  EXPECT_EQ(unlockpt(test_side_), 0);
  program_side_ = open(ptsname(test_side_), O_RDWR | O_NOCTTY);
  EXPECT_GE(program_side_, 0);
  resize(columns, rows);
  // Bytes arrive as they were written.
  termios settings{};
  tcgetattr(program_side_, &settings);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  tcsetattr(program_side_, TCSANOW, &settings);
}

PseudoTerminal::~PseudoTerminal() {
  close(test_side_);
  close(program_side_);
}

void PseudoTerminal::resize(unsigned short columns, unsigned short rows) const {
  winsize size{};
  size.ws_col = columns;
  size.ws_row = rows;
  EXPECT_EQ(ioctl(program_side_, TIOCSWINSZ, &size), 0);
}

void PseudoTerminal::type(std::string_view keys) const {
  EXPECT_EQ(write(test_side_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool PseudoTerminal::read_some(int timeout_ms) {
  pollfd readable{test_side_, POLLIN, 0};
  if (poll(&readable, 1, timeout_ms) <= 0) return false;
  std::array<char, 4096> bytes{};
  const ssize_t n = read(test_side_, bytes.data(), bytes.size());
  if (n <= 0) return false;
  seen.append(bytes.data(), static_cast<std::size_t>(n));
  return true;
}

std::string PseudoTerminal::written(int quiet_ms) {
  const std::size_t before = seen.size();
  while (read_some(quiet_ms)) {
  }
  return seen.substr(before);
}

bool PseudoTerminal::wait_for(std::string_view part) {
  for (int i = 0; i < 100; ++i) {
    if (seen.find(part) != std::string::npos) return true;
    read_some(50);
  }
  return false;
}

}  // namespace duologue::cli
