#include "measure/statistics/near_duplicates.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "measure/statistics/minhash.h"
#include "measure/tokens.h"

namespace duologue::measure {

namespace {

static_assert(kLshBands * kLshRows <= kMinHashLanes);

std::uint64_t hash_lanes(std::span<const std::int32_t> lanes) {
  std::uint64_t hash = lanes.size();
  for (const std::int32_t lane : lanes) {
    hash = (hash ^ static_cast<std::uint32_t>(lane)) * 0xFF51AFD7ED558CCDULL;
    hash ^= hash >> 32U;
  }
  return hash;
}

// Two ascending sets without repeats.
double jaccard(const std::vector<Shingle>& a, const std::vector<Shingle>& b) {
  if (a.empty() && b.empty()) return 1;
  std::size_t i = 0;
  std::size_t j = 0;
  std::size_t both = 0;
  while (i < a.size() && j < b.size()) {
    const bool equal = a[i] == b[j];
    const bool less = a[i] < b[j];
    both += equal ? 1 : 0;
    i += equal || less ? 1 : 0;
    j += equal || !less ? 1 : 0;
  }
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

class Search {
 public:
  Search(std::span<const std::string> texts, double threshold) : texts_(texts), threshold_(threshold) {
    for (std::uint32_t i = 0; i < texts.size(); ++i) result_.group.push_back(i);
    sets_.resize(texts.size());
    has_set_.resize(texts.size(), false);
  }

  NearDuplicates run() {
    sign();
    for (std::size_t band = 0; band < kLshBands; ++band) join_band(band);
    for (std::uint32_t i = 0; i < texts_.size(); ++i) result_.group[i] = first_of(i);
    std::ranges::sort(result_.links, {},
                      [](const NearDuplicateLink& link) { return std::pair(link.second, link.first); });
    return std::move(result_);
  }

 private:
  // Signs every text. One with the set of an earlier one is joined to it here and now, and left out of the
  // bands: a thousand equal turns cost a thousand comparisons, not half a million.
  void sign() {
    MinHasher hasher;
    std::unordered_map<std::uint64_t, std::uint32_t> first_with;
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
      const MinHash signature = hasher.of_tokens(tokenizer_.tokenize(texts_[i]));
      const auto [found, is_new] = first_with.emplace(hash_lanes(signature), i);
      if (!is_new && similarity(found->second, i) == 1.0) {
        join({found->second, i, 1.0});
        forget_set(i);
        continue;
      }
      kept_.push_back(i);
      signatures_.push_back(signature);
    }
  }

  void join_band(std::size_t band) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
    keys.reserve(kept_.size());
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      keys.emplace_back(hash_lanes(std::span(signatures_[k]).subspan(band * kLshRows, kLshRows)), kept_[k]);
    }
    std::ranges::sort(keys);
    for (std::size_t start = 0; start < keys.size();) {
      std::size_t end = start + 1;
      for (; end < keys.size() && keys[end].first == keys[start].first; ++end) {
        for (std::size_t i = start; i < end; ++i) consider(keys[i].second, keys[end].second);
      }
      start = end;
    }
  }

  // Who is joined already needs no more pairs: it changes no group.
  void consider(std::uint32_t first, std::uint32_t second) {
    if (first_of(first) == first_of(second)) return;
    const double found = similarity(first, second);
    if (found >= threshold_) join({first, second, found});
  }

  double similarity(std::uint32_t first, std::uint32_t second) {
    ++result_.compared;
    fill_set(first);
    fill_set(second);
    return jaccard(sets_[first], sets_[second]);
  }

  void join(const NearDuplicateLink& link) {
    result_.links.push_back(link);
    const std::uint32_t a = first_of(link.first);
    const std::uint32_t b = first_of(link.second);
    result_.group[std::max(a, b)] = std::min(a, b);
  }

  std::uint32_t first_of(std::uint32_t text) {
    std::vector<std::uint32_t>& group = result_.group;
    while (group[text] != text) {
      group[text] = group[group[text]];
      text = group[text];
    }
    return text;
  }

  void fill_set(std::uint32_t text) {
    if (has_set_[text]) return;
    has_set_[text] = true;
    std::vector<Shingle>& set = sets_[text];
    shingle(tokenizer_.tokenize(texts_[text]), set);
    std::ranges::sort(set);
    const auto repeats = std::ranges::unique(set);
    set.erase(repeats.begin(), repeats.end());
  }
  void forget_set(std::uint32_t text) {
    has_set_[text] = false;
    sets_[text] = {};
  }

  std::span<const std::string> texts_;
  double threshold_;
  Tokenizer tokenizer_;
  std::vector<std::uint32_t> kept_;         // texts that take part in the bands
  std::vector<MinHash> signatures_;         // theirs
  std::vector<std::vector<Shingle>> sets_;  // made when first asked for
  std::vector<bool> has_set_;
  NearDuplicates result_;
};

}  // namespace

base::Result<NearDuplicates> find_near_duplicates(std::span<const std::string> texts, double threshold) {
  if (texts.size() > kMostTexts) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{} texts to compare: at most {}", texts.size(), kMostTexts));
  }
  if (!(threshold > 0) || !(threshold <= 1)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("a similarity of {} is no threshold: give one above 0 and up to 1", threshold));
  }
  return Search(texts, threshold).run();
}

}  // namespace duologue::measure
