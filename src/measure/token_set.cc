#include "measure/token_set.h"

#include <algorithm>

namespace duologue::measure {
namespace {

constexpr std::size_t kFirstSlots = 512;   // holds 256 different tokens: most turns
constexpr std::size_t kKeptSlots = 8'192;  // what is kept for the next turn at most

}  // namespace

void TokenSet::assign(std::span<const TokenId> tokens) {
  if (table_.size() > kKeptSlots) {
    std::vector<TokenId>().swap(members_);
    std::vector<TokenId>().swap(table_);
  }
  members_.clear();
  table_.assign(std::max(table_.size(), kFirstSlots), 0);
  for (const TokenId token : tokens) {
    if (!insert(token)) continue;
    members_.push_back(token);
    if (members_.size() * 2 > table_.size()) grow();
  }
}

bool TokenSet::contains(TokenId token) const {
  if (table_.empty()) return false;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t slot = token & mask;; slot = (slot + 1) & mask) {
    if (table_[slot] == token) return true;
    if (table_[slot] == 0) return false;
  }
}

void TokenSet::grow() {
  table_.assign(table_.size() * 2, 0);
  for (const TokenId token : members_) insert(token);
}

// False: it was there already.
bool TokenSet::insert(TokenId token) {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t slot = token & mask;; slot = (slot + 1) & mask) {
    if (table_[slot] == token) return false;
    if (table_[slot] != 0) continue;
    table_[slot] = token;
    return true;
  }
}

double jaccard_distance(const TokenSet& a, const TokenSet& b) {
  const TokenSet& fewer = a.size() <= b.size() ? a : b;
  const TokenSet& more = a.size() <= b.size() ? b : a;
  if (more.size() == 0) return 0.0;
  std::size_t shared = 0;
  for (const TokenId token : fewer.members()) shared += more.contains(token);
  const std::size_t either = a.size() + b.size() - shared;
  return static_cast<double>(either - shared) / static_cast<double>(either);
}

}  // namespace duologue::measure
