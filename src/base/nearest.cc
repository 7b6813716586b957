#include "base/nearest.h"

#include <algorithm>

namespace duologue::base {

namespace {

constexpr std::size_t kMaxBytes = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view start) {
  if (start.size() < 3 || text.size() < start.size()) return false;
  return std::equal(start.begin(), start.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

// Optimal string alignment: Levenshtein's table with a swap of neighbours as one edit.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& words,
                                 std::size_t at_most) {
  struct Near {
    std::size_t distance;
    const std::string* word;
  };
  std::vector<Near> near;
  if (word.empty() || word.size() > kMaxBytes) return {};
  for (const std::string& candidate : words) {
    if (candidate.empty() || candidate.size() > kMaxBytes) continue;
    const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= allowed) {
      near.push_back({distance, &candidate});
    } else if (begins_with(candidate, word) || begins_with(word, candidate)) {
      near.push_back({kMaxBytes + 1, &candidate});
    }
  }
  std::ranges::stable_sort(near, {}, &Near::distance);
  std::vector<std::string> out;
  for (const Near& entry : near) {
    if (out.size() == at_most) break;
    out.push_back(*entry.word);
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words) {
  const std::vector<std::string> near = nearest(word, words);
  if (near.empty()) return {};
  std::string out = "; did you mean ";
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (i > 0) out += i + 1 == near.size() ? " or " : ", ";
    out += "'" + near[i] + "'";
  }
  return out + "?";
}

}  // namespace duologue::base
