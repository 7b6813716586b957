#include "experiment/sweep.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "experiment/text_file.h"

namespace duologue::experiment {
namespace {

using base::ErrorKind;
using base::fail;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

base::Result<Verdicts> read_verdicts(const std::string& path) {
  TRY_ASSIGN(const std::string text, read_text_file(path));
  const std::vector<std::string_view> lines = split(text, '\n');
  const std::vector<std::string_view> head = split(without_return(lines[0]), '\t');
  const auto id = std::ranges::find(head, "id");
  const auto state = std::ranges::find(head, "state");
  if (id == head.end() || state == head.end()) {
    return fail(
        ErrorKind::kBadInput,
        fmt::format("{}:1: the head line must name the columns id and state, with tabs between", path));
  }
  Verdicts verdicts;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = without_return(lines[i]);
    if (line.empty()) continue;
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() != head.size()) {
      return fail(ErrorKind::kBadInput, fmt::format("{}:{}: has {} columns, the head line {}", path, i + 1,
                                                    cells.size(), head.size()));
    }
    const std::string_view word = cells[static_cast<std::size_t>(state - head.begin())];
    if (word != "converged" && word != "drift" && word != "none") {
      return fail(ErrorKind::kBadInput,
                  fmt::format("{}:{}: the state must be converged, drift or none", path, i + 1));
    }
    const std::string name(cells[static_cast<std::size_t>(id - head.begin())]);
    if (!verdicts.emplace(name, word == "converged").second) {
      return fail(ErrorKind::kBadInput, fmt::format("{}:{}: an id stands there twice", path, i + 1));
    }
  }
  return verdicts;
}

Sweep::Sweep(std::vector<std::uint32_t> holds, bool above) : holds_(std::move(holds)), above_(above) {}

void Sweep::add(const std::string& id, std::span<const std::optional<double>> values) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  ids_.push_back(id);
  // In terms of "below": a run counts below its greatest value, the conversation below the least of these.
  const double sign = above_ ? -1 : 1;
  for (const std::uint32_t hold : holds_) {
    double edge = kNever;
    for (std::size_t end = hold; end <= values.size(); ++end) {
      double greatest = -kNever;
      for (std::size_t i = end - hold; i < end; ++i)
        greatest = std::max(greatest, values[i] ? sign * *values[i] : kNever);
      edge = std::min(edge, greatest);
    }
    edges_.push_back(edge);
  }
}

bool Sweep::flagged(std::size_t conversation, double threshold, std::size_t hold) const {
  return edges_[conversation * holds_.size() + hold] < (above_ ? -threshold : threshold);
}

Sweep::Cell Sweep::cell(double threshold, std::size_t hold, const Verdicts* verdicts) const {
  std::uint64_t flagged_count = 0;
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t false_alarms = 0;
  std::uint64_t missed = 0;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const bool flag = flagged(i, threshold, hold);
    flagged_count += flag ? 1 : 0;
    if (verdicts == nullptr) continue;
    const auto verdict = verdicts->find(ids_[i]);
    if (verdict == verdicts->end()) continue;
    (verdict->second ? positives : negatives) += 1;
    if (flag && !verdict->second) ++false_alarms;
    if (!flag && verdict->second) ++missed;
  }
  // Never more than the whole: these can't fail.
  return {.flagged = *measure::Proportion::of(flagged_count, ids_.size()),
          .false_positives = *measure::Proportion::of(false_alarms, negatives),
          .false_negatives = *measure::Proportion::of(missed, positives)};
}

}  // namespace duologue::experiment
