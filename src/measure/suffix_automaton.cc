#include "measure/suffix_automaton.h"

#include <bit>

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kAhead = 4;  // tokens of a substring that is looked up ahead

std::uint64_t mix(std::uint32_t from, std::uint32_t symbol) {
  std::uint64_t hash = (std::uint64_t{from} << 32U | symbol) * 0x9E3779B97F4A7C15ull;
  hash ^= hash >> 32;
  return hash * 0xBF58476D1CE4E5B9ull;
}

std::size_t slot_for(std::uint64_t hash, std::size_t slots) {
  return static_cast<std::size_t>((static_cast<unsigned __int128>(hash) * slots) >> 64U);
}

// Doubling would leave half of it unused, and the history is what a long talk's memory goes into.
template <typename Items>
void push_lean(Items& items, const typename Items::value_type& item) {
  if (items.size() == items.capacity()) items.reserve(items.size() + items.size() / 8 + 64);
  items.push_back(item);
}

}  // namespace

SuffixAutomaton::SuffixAutomaton() : root_targets_(1, kNone), words_(kLeastSlots) {
  set_more_table(kLeastSlots);
  nodes_.push_back({});
}

// Appending looks at the states of what ends before the token, following at those of what begins at it: both
// are the states of short substrings of these tokens.
void SuffixAutomaton::prefetch(std::span<const TokenId> tokens) {
  for (const TokenId token : tokens) __builtin_prefetch(&words_[slot_for(token, words_.size())]);
  ahead_.clear();
  for (const TokenId token : tokens) {
    const Symbol symbol = known_symbol(token);
    ahead_.push_back({symbol, symbol == kNoSymbol ? kNone : root_targets_[symbol]});
  }
  for (std::size_t length = 1; length <= kAhead && length < ahead_.size(); ++length) {
    const std::span<const Ahead> next(ahead_.data() + length, ahead_.size() - length);
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (ahead_[i].state == kNone) continue;
      __builtin_prefetch(&nodes_[ahead_[i].state]);
      __builtin_prefetch(&more_table_[seek(ahead_[i].state, next[i].symbol).slot]);
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (ahead_[i].state == kNone) continue;
      auto [slot, tag] = seek(ahead_[i].state, next[i].symbol);
      while (more_table_[slot] != kNone && !has_tag(more_table_[slot], tag)) slot = next_slot(slot);
      if (more_table_[slot] != kNone) __builtin_prefetch(&more_[index_of(more_table_[slot])]);
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
      State& state = ahead_[i].state;
      if (state != kNone) state = next[i].symbol == kNoSymbol ? kNone : transition(state, next[i].symbol);
    }
  }
}

SuffixAutomaton::Sought SuffixAutomaton::seek(State from, Symbol symbol) const {
  const std::uint64_t hash = mix(from, symbol);
  return {slot_for(hash, more_table_.size()), static_cast<std::uint32_t>(hash << index_bits_)};
}

void SuffixAutomaton::append(TokenId token) { append_symbol(symbol_of(token)); }
void SuffixAutomaton::append_break() { append_symbol(kBreak); }

SuffixAutomaton::State SuffixAutomaton::follow(State state, TokenId token) const {
  const Symbol symbol = known_symbol(token);
  return symbol == kNoSymbol ? kNone : transition(state, symbol);
}

SuffixAutomaton::State SuffixAutomaton::refresh(State state, std::size_t length) const {
  while (state != kRoot && nodes_[nodes_[state].link].length >= length) state = nodes_[state].link;
  return state;
}

std::size_t SuffixAutomaton::bytes() const {
  return nodes_.bytes() + root_targets_.capacity() * sizeof(State) + more_.bytes() +
         more_table_.capacity() * sizeof(std::uint32_t) + words_.capacity() * sizeof(Word);
}

void SuffixAutomaton::append_symbol(Symbol symbol) {
  ++tokens_;
  const State added = add_node(nodes_[last_].length + 1, kRoot);
  State at = last_;
  State target = kNone;
  for (; at != kNone; at = nodes_[at].link) {
    target = transition(at, symbol);
    if (target != kNone) break;
    set_transition(at, symbol, added);
  }
  if (at != kNone) {
    nodes_[added].link = nodes_[target].length == nodes_[at].length + 1 ? target : split(at, target, symbol);
  }
  last_ = added;
}

// The target's substrings that end here too become a state of their own.
SuffixAutomaton::State SuffixAutomaton::split(State from, State target, Symbol symbol) {
  const State copy = add_node(nodes_[from].length + 1, nodes_[target].link);
  nodes_[copy].symbol = nodes_[target].symbol;
  nodes_[copy].target = nodes_[target].target;
  for (std::uint32_t i = nodes_[target].more; i != kNone; i = more_[i].next) {
    const More more = more_[i];
    set_transition(copy, more.symbol, more.target);
  }
  nodes_[target].link = copy;
  for (State at = from; at != kNone && transition(at, symbol) == target; at = nodes_[at].link) {
    set_transition(at, symbol, copy);
  }
  return copy;
}

SuffixAutomaton::State SuffixAutomaton::add_node(std::uint32_t length, State link) {
  Node node;
  node.length = length;
  node.link = link;
  nodes_.push_back(node);
  return static_cast<State>(nodes_.size() - 1);
}

SuffixAutomaton::State SuffixAutomaton::transition(State from, Symbol symbol) const {
  if (from == kRoot) return root_targets_[symbol];
  // The table's line comes while the node's does.
  __builtin_prefetch(&more_table_[seek(from, symbol).slot]);
  const Node& node = nodes_[from];
  if (node.symbol == symbol) return node.target;
  if (node.more == kNone) return kNone;
  const std::uint32_t entry = more_table_[more_slot(from, symbol)];
  return entry == kNone ? kNone : more_[index_of(entry)].target;
}

void SuffixAutomaton::set_transition(State from, Symbol symbol, State target) {
  if (from == kRoot) {
    root_targets_[symbol] = target;
    return;
  }
  Node& node = nodes_[from];
  if (node.symbol == symbol || node.symbol == kNoSymbol) {
    node.symbol = symbol;
    node.target = target;
    return;
  }
  std::uint32_t& entry = more_table_[more_slot(from, symbol)];
  if (entry != kNone) {
    more_[index_of(entry)].target = target;
    return;
  }
  entry = seek(from, symbol).tag | static_cast<std::uint32_t>(more_.size());
  more_.push_back(More{from, symbol, target, node.more});
  node.more = static_cast<std::uint32_t>(more_.size() - 1);
  if (more_.size() * 10 > more_table_.size() * 7) grow_more_table();
}

std::size_t SuffixAutomaton::more_slot(State from, Symbol symbol) const {
  auto [slot, tag] = seek(from, symbol);
  for (; more_table_[slot] != kNone; slot = next_slot(slot)) {
    if (!has_tag(more_table_[slot], tag)) continue;
    const More& more = more_[index_of(more_table_[slot])];
    if (more.from == from && more.symbol == symbol) break;
  }
  return slot;
}

// No position ever has all its bits set: the table is never that full.
void SuffixAutomaton::set_more_table(std::size_t slots) {
  more_table_.assign(slots, kNone);
  index_bits_ = static_cast<std::uint32_t>(std::bit_width(slots));
}

void SuffixAutomaton::grow_more_table() {
  set_more_table(more_table_.size() + more_table_.size() / 2);
  for (std::uint32_t i = 0; i < more_.size(); ++i) {
    auto [slot, tag] = seek(more_[i].from, more_[i].symbol);
    while (more_table_[slot] != kNone) slot = next_slot(slot);
    more_table_[slot] = tag | i;
  }
}

SuffixAutomaton::Symbol SuffixAutomaton::known_symbol(TokenId token) const {
  std::size_t slot = slot_for(token, words_.size());
  while (words_[slot].token != 0) {
    if (words_[slot].token == token) return words_[slot].symbol;
    slot = slot + 1 == words_.size() ? 0 : slot + 1;
  }
  return kNoSymbol;
}

SuffixAutomaton::Symbol SuffixAutomaton::symbol_of(TokenId token) {
  if (const Symbol known = known_symbol(token); known != kNoSymbol) return known;
  if (std::size_t{symbols_} * 10 > words_.size() * 7) grow_symbols();
  std::size_t slot = slot_for(token, words_.size());
  while (words_[slot].token != 0) slot = slot + 1 == words_.size() ? 0 : slot + 1;
  words_[slot] = {token, symbols_};
  push_lean(root_targets_, kNone);
  return symbols_++;
}

void SuffixAutomaton::grow_symbols() {
  Table<Word> words(words_.size() + words_.size() / 2);
  words.swap(words_);
  for (const Word& word : words) {
    if (word.token == 0) continue;
    std::size_t slot = slot_for(word.token, words_.size());
    while (words_[slot].token != 0) slot = slot + 1 == words_.size() ? 0 : slot + 1;
    words_[slot] = word;
  }
}

}  // namespace duologue::measure
