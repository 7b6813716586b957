#include "model/llama/sequences.h"

#include <algorithm>
#include <utility>

#include <llama.h>

namespace duologue::model::llama {

namespace {

// A prefix is taken over where that saves at least so many tokens, and copying (a few microseconds for each
// token that the other holds) is far cheaper than reading them.
constexpr std::size_t kMinSaved = 16;
constexpr std::size_t kCopyShare = 64;

}  // namespace

std::size_t kept_prefix(const Sequence& held, const Prompt& prompt, bool exact, std::size_t limit) {
  const std::size_t most = std::min({held.tokens.size(), prompt.tokens.size(), limit});
  std::size_t n = 0;
  if (!exact) {
    while (n < most && held.tokens[n] == prompt.tokens[n]) ++n;
    return n;
  }
  while (n < most && held.tokens[n] == prompt.tokens[n] && held.call_starts[n] == prompt.call_starts[n]) ++n;
  const auto starts_a_call = [](const std::vector<std::uint8_t>& starts, std::size_t at) {
    return at >= starts.size() || starts[at] != 0;
  };
  while (n > 0 && !(starts_a_call(held.call_starts, n) && starts_a_call(prompt.call_starts, n))) --n;
  return n;
}

std::size_t cheapest_window(std::span<const std::int32_t> wanted, std::span<const std::uint64_t> costs) {
  const std::size_t size = wanted.size();
  std::vector<std::uint8_t> is_wanted(costs.size(), 0);
  for (const std::int32_t stream : wanted) is_wanted[static_cast<std::size_t>(stream)] = 1;
  std::size_t best = 0;
  std::uint64_t best_cost = UINT64_MAX;
  for (std::size_t first = 0; first + size <= costs.size(); ++first) {
    std::uint64_t cost = 0;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const bool inside = i >= first && i < first + size;
      if (inside != (is_wanted[i] != 0)) cost += costs[i] + 1;
    }
    if (cost < best_cost) {
      best = first;
      best_cost = cost;
    }
  }
  return best;
}

Sequences::Sequences(llama_context* context, const ContextPlan& plan, bool exact)
    : context_(context), plan_(plan), exact_(exact) {
  for (std::uint32_t i = 0; i < plan.sequences; ++i) {
    all_.push_back(std::make_unique<Sequence>());
    all_.back()->stream = static_cast<std::int32_t>(i);
  }
}

Sequence* Sequences::claim(const ContextKey& key) {
  Sequence* chosen = nullptr;
  const auto older = [](const Sequence& a, const Sequence& b) {
    // Nobody's before somebody's: an empty one, then one whose side is gone.
    const int rank_a = a.key ? 2 : a.tokens.empty() ? 0 : 1;
    const int rank_b = b.key ? 2 : b.tokens.empty() ? 0 : 1;
    return rank_a != rank_b ? rank_a < rank_b : a.used_at < b.used_at;
  };
  for (const auto& sequence : all_) {
    if (sequence->key == key) {
      chosen = sequence.get();
      break;
    }
    if (sequence->busy) continue;
    if (chosen == nullptr || older(*sequence, *chosen)) chosen = sequence.get();
  }
  if (chosen == nullptr || chosen->busy) return nullptr;
  if (chosen->key && chosen->key != key) ++counts_.evicted;
  chosen->key = key;
  chosen->busy = true;
  chosen->used_at = ++clock_;
  return chosen;
}

std::size_t Sequences::keep_prefix(Sequence& sequence, const Prompt& prompt, std::size_t limit) {
  const auto kept = [&](const Sequence& held) {
    const std::size_t n = kept_prefix(held, prompt, exact_, limit);
    return plan_.can_roll_back || n == held.tokens.size() ? n : 0;
  };
  const std::size_t own = kept(sequence);
  const Sequence* donor = nullptr;
  std::size_t most = own + kMinSaved - 1;
  for (const auto& other : all_) {
    if (other.get() == &sequence) continue;
    const std::size_t n = kept(*other);
    if (n > most && (n - own) * kCopyShare >= other->tokens.size()) {
      most = n;
      donor = other.get();
    }
  }
  if (donor != nullptr && copy(*donor, sequence)) {
    ++counts_.copied;
    cut(sequence, most);
  } else {
    cut(sequence, kept(sequence));
  }
  return sequence.tokens.size();
}

void Sequences::append(Sequence& sequence, std::span<const Token> tokens) {
  sequence.tokens.insert(sequence.tokens.end(), tokens.begin(), tokens.end());
  sequence.call_starts.resize(sequence.tokens.size(), 0);
  sequence.call_starts[sequence.tokens.size() - tokens.size()] = 1;
}

void Sequences::set_idle(Sequence& sequence) {
  sequence.busy = false;
  sequence.used_at = ++clock_;
}

void Sequences::clear(Sequence& sequence) {
  llama_memory_seq_rm(llama_get_memory(context_), sequence.stream, -1, -1);
  sequence.tokens.clear();
  sequence.call_starts.clear();
}

void Sequences::cut(Sequence& sequence, std::size_t size) {
  if (size >= sequence.tokens.size()) return;
  const bool removed =
      size > 0 && plan_.can_roll_back &&
      llama_memory_seq_rm(llama_get_memory(context_), sequence.stream, static_cast<llama_pos>(size), -1);
  if (!removed) {
    clear(sequence);
    return;
  }
  sequence.tokens.resize(size);
  sequence.call_starts.resize(size);
}

void Sequences::release(const ContextKey& key) {
  for (const auto& sequence : all_) {
    if (sequence->key == key) sequence->key.reset();
  }
}

bool Sequences::read_state(const Sequence& sequence, std::vector<std::uint8_t>& state) const {
  state.resize(llama_state_seq_get_size(context_, sequence.stream));
  return !state.empty() &&
         llama_state_seq_get_data(context_, state.data(), state.size(), sequence.stream) == state.size();
}

// The stream must be empty.
bool Sequences::write_state(Sequence& sequence, const std::vector<std::uint8_t>& state) {
  return llama_state_seq_set_data(context_, state.data(), state.size(), sequence.stream) == state.size();
}

bool Sequences::copy(const Sequence& from, Sequence& to) {
  if (plan_.has_window) {
    clear(to);
    llama_memory_seq_cp(llama_get_memory(context_), from.stream, to.stream, -1,
                        -1);  // the whole stream, used or not
  } else {
    if (!read_state(from, state_a_)) return false;
    clear(to);
    if (!write_state(to, state_a_)) {
      clear(to);
      return false;
    }
  }
  to.tokens = from.tokens;
  to.call_starts = from.call_starts;
  return true;
}

// Swaps the streams of two sequences, what they hold included. Where llama.cpp fails, a sequence is empty
// afterwards and will be read anew.
void Sequences::exchange(Sequence& a, Sequence& b) {
  const bool has_a = !a.tokens.empty() && read_state(a, state_a_);
  const bool has_b = !b.tokens.empty() && read_state(b, state_b_);
  llama_memory_seq_rm(llama_get_memory(context_), a.stream, -1, -1);
  llama_memory_seq_rm(llama_get_memory(context_), b.stream, -1, -1);
  std::swap(a.stream, b.stream);
  if (!has_a || !write_state(a, state_a_)) clear(a);
  if (!has_b || !write_state(b, state_b_)) clear(b);
  ++counts_.moved;
}

void Sequences::gather() {
  if (plan_.has_window || !plan_.joins_sequences) return;
  std::vector<std::int32_t> busy;
  std::vector<std::uint64_t> costs(all_.size());
  std::vector<Sequence*> by_stream(all_.size());
  for (const auto& sequence : all_) {
    const auto stream = static_cast<std::size_t>(sequence->stream);
    by_stream[stream] = sequence.get();
    costs[stream] = sequence->tokens.size();
    if (sequence->busy) busy.push_back(sequence->stream);
  }
  std::ranges::sort(busy);
  if (busy.size() < 2 || static_cast<std::size_t>(busy.back() - busy.front()) + 1 == busy.size()) return;
  const std::size_t first = cheapest_window(busy, costs);
  std::size_t hole = first;
  for (const std::int32_t stream : busy) {
    const auto s = static_cast<std::size_t>(stream);
    if (s >= first && s < first + busy.size()) continue;
    while (by_stream[hole]->busy) ++hole;
    exchange(*by_stream[s], *by_stream[hole]);
    std::swap(by_stream[s], by_stream[hole]);
  }
}

}  // namespace duologue::model::llama
