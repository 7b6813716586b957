// Result<T>: a value or an Error. Every function of duologue that can fail returns one; exceptions of a
// library stop in the file that called it. Values, safe to copy between threads.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace duologue::base {

// Closed: exit codes (cli/exit_code.h) and, later, HTTP statuses are each mapped from it in one place.
enum class ErrorKind {
  kUsage,            // the user's words: flags, names, spec keys
  kNotFound,         // a file, model, trial or turn that isn't there
  kBadInput,         // bytes from outside that aren't what they should be
  kContextOverflow,  // the view and the room for the answer don't fit into the model's context
  kModel,            // a model or provider failed, and would again: a wrong key, an exhausted quota
  kUnavailable,      // a provider is overloaded or can't be reached: it may be well in a moment
  kRateLimited,      // a provider asks to wait; retry_after says how long, where it does
  kTimeout,          // a deadline passed
  kCancelled,        // a stop_token asked for it
  kStore,            // the .duo file can't be read or written
  kIo,               // any other file or terminal operation
  kInternal,         // a bug in duologue
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  // one line: what failed, where, what to do
  std::optional<std::chrono::milliseconds> retry_after;
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message), std::nullopt});
}

}  // namespace duologue::base

#define DUOLOGUE_CONCAT_(a, b) a##b
#define DUOLOGUE_CONCAT(a, b) DUOLOGUE_CONCAT_(a, b)

// TRY(expr): returns the error of `expr` from the enclosing function, or goes on.
#define TRY(expr)                                            \
  do {                                                       \
    if (auto try_result = (expr); !try_result) {             \
      return std::unexpected(std::move(try_result).error()); \
    }                                                        \
  } while (false)

// TRY_ASSIGN(decl, expr): the same, and otherwise `decl = value`.
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_(DUOLOGUE_CONCAT(try_value_, __LINE__), decl, expr)
#define TRY_ASSIGN_(temp, decl, expr)                         \
  auto temp = (expr);                                         \
  if (!temp) return std::unexpected(std::move(temp).error()); \
  decl = std::move(*temp)
