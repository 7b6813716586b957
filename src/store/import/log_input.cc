#include "store/import/log_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos; }

}  // namespace

std::unexpected<base::Error> fail_at(const std::string& file, std::uint64_t line, std::uint64_t offset,
                                     std::string_view what) {
  return fail(ErrorKind::kBadInput, fmt::format("{}:{}: byte {}: {}", file, line, offset, what));
}

Result<LogInput> LogInput::open(const std::string& path) {
  LogInput input(path);
  do {
    input.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (input.fd_ < 0 && errno == EINTR);
  if (input.fd_ < 0) {
    const int error = errno;
    if (error == ENOENT) {
      return fail(ErrorKind::kNotFound, fmt::format("{}: no such file; is the name right?", path));
    }
    return fail(ErrorKind::kIo, fmt::format("{}: can't be read: {}", path, std::strerror(error)));
  }
  struct stat status{};
  if (fstat(input.fd_, &status) == 0 && S_ISDIR(status.st_mode)) {
    return fail(ErrorKind::kIo, fmt::format("{}: is a folder; name the files in it", path));
  }
  TRY_ASSIGN(const std::string_view start, input.peek(kByteOrderMark.size()));
  if (start == kByteOrderMark) input.consume(start.size());
  return input;
}

LogInput LogInput::from_memory(std::string_view bytes, std::string name) {
  LogInput input(std::move(name));
  input.memory_ = bytes;
  input.at_end_ = true;
  if (bytes.starts_with(kByteOrderMark)) input.consume(kByteOrderMark.size());
  return input;
}

LogInput::LogInput(LogInput&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      memory_(other.memory_),
      begin_(other.begin_),
      offset_(other.offset_),
      line_(other.line_),
      at_end_(other.at_end_) {}

LogInput::~LogInput() {
  if (fd_ >= 0) close(fd_);
}

std::string_view LogInput::unread() const {
  return (fd_ >= 0 ? std::string_view(buffer_) : memory_).substr(begin_);
}

void LogInput::consume(std::size_t n) {
  const std::string_view gone = unread().substr(0, n);
  line_ += static_cast<std::uint64_t>(std::ranges::count(gone, '\n'));
  offset_ += gone.size();
  begin_ += gone.size();
}

Result<bool> LogInput::read_more() {
  if (at_end_) return false;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kChunkBytes);
  ssize_t got = 0;
  do {
    got = read(fd_, buffer_.data() + size, kChunkBytes);
  } while (got < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return fail(ErrorKind::kIo, fmt::format("{}: can't be read: {}", name_, std::strerror(error)));
  at_end_ = got == 0;
  return !at_end_;
}

Result<std::string_view> LogInput::peek(std::size_t n) {
  while (unread().size() < n) {
    TRY_ASSIGN(const bool more, read_more());
    if (!more) break;
  }
  return unread().substr(0, n);
}

// The line at the front, which may be blank.
Result<std::optional<LogPiece>> LogInput::find_line(std::size_t max_bytes) {
  std::size_t end = unread().find('\n');
  while (end == std::string_view::npos) {
    const std::size_t seen = unread().size();
    if (seen > max_bytes) break;
    TRY_ASSIGN(const bool more, read_more());
    if (!more) break;
    end = unread().find('\n', seen);
  }
  if (unread().empty()) return std::nullopt;
  LogPiece piece{.text = unread().substr(0, end), .line = line_, .offset = offset_};
  piece.ended = end != std::string_view::npos;
  if (piece.text.size() > max_bytes) {
    return fail_at(name_, line_, offset_,
                   fmt::format("a line of more than {} bytes; split it or leave it out", max_bytes));
  }
  if (piece.ended && piece.text.ends_with('\r')) piece.text.remove_suffix(1);
  return piece;
}

Result<std::optional<LogPiece>> LogInput::peek_line(std::size_t max_bytes) {
  while (true) {
    TRY_ASSIGN(std::optional<LogPiece> piece, find_line(max_bytes));
    if (!piece || !is_blank(piece->text)) return piece;
    const std::size_t end = unread().find('\n');
    consume(end == std::string_view::npos ? unread().size() : end + 1);
  }
}

Result<std::optional<LogPiece>> LogInput::next_line(std::size_t max_bytes) {
  TRY_ASSIGN(std::optional<LogPiece> piece, peek_line(max_bytes));
  if (!piece) return piece;
  // Only numbers move: the text stays where it is until more is read.
  const std::size_t end = unread().find('\n');
  const std::size_t length = end == std::string_view::npos ? unread().size() : end + 1;
  begin_ += length;
  offset_ += length;
  line_ += piece->ended ? 1 : 0;
  return piece;
}

Result<LogPiece> LogInput::rest(std::size_t max_bytes) {
  while (unread().size() <= max_bytes) {
    TRY_ASSIGN(const bool more, read_more());
    if (!more) break;
  }
  if (unread().size() > max_bytes) {
    return fail_at(name_, line_, offset_,
                   fmt::format("from here on more than {} bytes, which is what can be read in one piece; "
                               "split the file by conversations",
                               max_bytes));
  }
  const LogPiece piece{.text = unread(), .line = line_, .offset = offset_, .ended = false};
  begin_ += piece.text.size();
  return piece;
}

}  // namespace duologue::store
