#include "model/http/context_watch.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace duologue::model::http {

namespace {

constexpr std::size_t kEnoughBytes = 1'000;      // shorter prompts are mostly template
constexpr double kFewestTokensAByte = 1.0 / 20;  // of any text that people or models write
constexpr double kFirstGuess = 1.0 / 3;
constexpr std::uint32_t kTemplateTokens = 5;  // around each message

std::size_t bytes_of(const chat::View& view) {
  std::size_t bytes = 0;
  for (const chat::Message& message : view.messages) bytes += message.content->size();
  return bytes;
}

}  // namespace

double ContextWatch::tokens_a_byte() const { return most_ > 0 ? most_ : kFirstGuess; }

std::optional<std::string> ContextWatch::check(const ContextKey& key, const chat::View& view,
                                               std::uint32_t prompt_tokens) {
  if (prompt_tokens == 0 || view.messages.empty()) return std::nullopt;
  const bool has_system = view.messages.front().role == chat::Role::kSystem;
  const std::size_t first = has_system && view.messages.size() > 1 ? 1 : 0;
  const Seen now{view.messages[first].source, view.messages.size(),
                 has_system ? view.messages.front().content->size() : 0, bytes_of(view), prompt_tokens};
  const std::size_t bytes = now.bytes;
  const double ratio =
      static_cast<double>(prompt_tokens) / static_cast<double>(std::max<std::size_t>(bytes, 1));

  const base::MutexLock lock(mutex_);
  Seen& before = seen_[key];
  const bool grew = before.prompt_tokens > 0 && before.first == now.first && now.first != nullptr &&
                    before.system_bytes == now.system_bytes && now.messages >= before.messages &&
                    bytes >= before.bytes;
  const auto added = static_cast<double>(grew ? bytes - before.bytes : 0);
  const double slack = 8 + before.prompt_tokens / 50.0;
  // What came since must have added something, too.
  const bool shrank = grew && prompt_tokens + slack < before.prompt_tokens + added * kFewestTokensAByte;
  const bool too_few =
      bytes >= kEnoughBytes && (ratio < kFewestTokensAByte || (least_ > 0 && ratio < least_ / 2));
  if (shrank || too_few) {
    const double expected = shrank ? before.prompt_tokens + added * tokens_a_byte()
                                   : static_cast<double>(bytes) * tokens_a_byte();
    return fmt::format(
        "{} messages of {} bytes were sent, about {} tokens; the provider read {}: it dropped the rest "
        "without a word",
        view.messages.size(), bytes, std::lround(expected), prompt_tokens);
  }
  before = now;
  if (bytes >= kEnoughBytes) {
    most_ = std::max(most_, ratio);
    least_ = least_ == 0 ? ratio : std::min(least_, ratio);
  }
  return std::nullopt;
}

std::vector<std::uint32_t> ContextWatch::estimate(const chat::View& view) const {
  const base::MutexLock lock(mutex_);
  std::vector<std::uint32_t> counts;
  for (const chat::Message& message : view.messages) {
    counts.push_back(kTemplateTokens + static_cast<std::uint32_t>(std::ceil(
                                           static_cast<double>(message.content->size()) * tokens_a_byte())));
  }
  return counts;
}

void ContextWatch::forget(const ContextKey& key) {
  const base::MutexLock lock(mutex_);
  seen_.erase(key);
}

}  // namespace duologue::model::http
