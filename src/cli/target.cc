#include "cli/target.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/number.h"

namespace duologue::cli {

using base::ErrorKind;
using base::fail;

Target target_from(const std::string& word) {
  std::error_code error;
  const std::size_t colon = word.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(word, error)) return {word, std::nullopt};
  const auto trial = count_from(std::string_view(word).substr(colon + 1));
  if (!trial) return {word, std::nullopt};
  return {word.substr(0, colon), trial};
}

base::Result<TurnRange> range_from(const std::string& word) {
  const std::size_t dash = word.find('-');
  const std::string_view text = word;
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = dash == std::string::npos ? first : text.substr(dash + 1);
  TurnRange range;
  const auto take = [](std::string_view number, std::uint32_t& into) {
    if (number.empty()) return true;
    const auto value = count_from(number);
    if (value) into = *value;
    return value.has_value();
  };
  const bool good = !(first.empty() && last.empty()) && take(first, range.first) && take(last, range.last);
  if (!good || range.first == 0 || range.first > range.last) {
    return fail(ErrorKind::kUsage,
                fmt::format("--turns '{}' is not a range of turns such as 10-20, 10-, -20 or 10", word));
  }
  return range;
}

base::Result<store::TrialSummary> find_trial(store::Reader& reader, const Target& target) {
  if (target.trial) return reader.trial(*target.trial);
  TRY_ASSIGN(const auto trials, reader.trials());
  if (trials.size() == 1) return trials.front();
  if (trials.empty())
    return fail(ErrorKind::kNotFound, fmt::format("{} holds no conversation yet", target.path));
  return fail(
      ErrorKind::kUsage,
      fmt::format("{0} holds {1} conversations: say which, e.g. {0}:{2} (`duologue list {0}` lists them)",
                  target.path, trials.size(), trials.front().row.id));
}

}  // namespace duologue::cli
