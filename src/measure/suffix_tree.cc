#include "measure/suffix_tree.h"

#include <algorithm>
#include <bit>

#include "measure/hash_slot.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kBatch = 32;     // edges that are put back together
constexpr std::size_t kMostEdges = 2;  // that a step adds: a leaf, and where an edge is parted

std::uint64_t mix(std::size_t start, std::size_t depth, std::uint32_t symbol) {
  std::uint64_t hash = (std::uint64_t{start} << 32U | symbol) * 0x9E3779B97F4A7C15ull + depth;
  hash ^= hash >> 32;
  hash *= 0xBF58476D1CE4E5B9ull;
  hash ^= hash >> 29;
  return hash * 0x94D049BB133111EBull;
}

}  // namespace

SuffixTree::SuffixTree() {
  nodes_.push_back({});
  links_.push_back(kRoot);
  rebuild(kLeastSlots);
}

void SuffixTree::look_up(std::span<const Symbol> turn) {
  turn_.assign(turn.begin(), turn.end());
  found_.assign(turn.size(), {});
  active_.clear();
  for (std::uint32_t i = 0; i < turn.size(); ++i) {
    const Child child = turn[i] < root_children_.size() ? root_children_[turn[i]] : kNone;
    if (child == kNone) continue;
    found_[i] = {.child = child, .length = 1};
    active_.push_back(i);
    prefetch(child);
  }
  while (!active_.empty()) {
    for (const std::uint32_t i : active_) {
      const Found& found = found_[i];
      if (is_node(found.child) && !at_node(found))
        __builtin_prefetch(&text_[start_of(found.child) + found.length]);
    }
    sought_.clear();
    std::erase_if(active_, [&](std::uint32_t i) {
      Found& found = found_[i];
      const std::size_t limit = std::min(kAhead, turn.size() - i);
      follow_edge(found, i, limit);
      if (found.length == limit) return true;
      if (!at_node(found)) {
        prefetch_split(found, i);
        return true;
      }
      sought_.push_back(seek(found.child / 2, turn[i + found.length]));
      __builtin_prefetch(&edges_[sought_.back().slot]);
      return false;
    });
    for (std::size_t k = 0; k < active_.size(); ++k) {
      skip_others(sought_[k]);
      const std::uint32_t entry = edges_[sought_[k].slot];
      if (entry != kNone) prefetch(child_in(entry));
    }
    std::size_t left = 0;
    for (std::size_t k = 0; k < active_.size(); ++k) {
      const std::uint32_t i = active_[k];
      Found& found = found_[i];
      const Child next = edge_at(sought_[k], found.child / 2, turn[i + found.length]).child;
      if (next == kNone) continue;
      found = {.child = next, .length = found.length + 1};
      active_[left++] = i;
    }
    active_.resize(left);
  }
}

std::size_t SuffixTree::held(std::size_t token) const {
  Found found = found_[token];
  const std::size_t rest = turn_.size() - token;
  while (found.child != kNone) {
    follow_edge(found, token, rest);
    if (found.length == rest || !at_node(found)) break;
    const Child next = edge(found.child / 2, turn_[token + found.length]).child;
    if (next == kNone) break;
    found = {.child = next, .length = found.length + 1};
  }
  return found.length;
}

// McCreight's algorithm M, suffix by suffix: each goes on where the link of the last one's end leads.
void SuffixTree::append() {
  const std::size_t size = turn_.size();
  repeated_.assign(size, 0);
  if (size == 0) return;
  const auto repeat_from = [&](std::size_t token) {
    for (std::size_t i = token; i < size; ++i) repeated_[i] = static_cast<std::uint32_t>(size - i);
  };
  if (held(0) == size) return repeat_from(0);  // nothing of it is new
  const std::size_t base = text_.size();
  for (const Symbol symbol : turn_) {
    text_.push_back({.symbol = symbol});
    if (symbol >= root_children_.size()) root_children_.resize(symbol + 1, kNone);
  }
  text_.push_back({.symbol = kBreak});
  NodeId at = kRoot;
  for (std::size_t i = 0; i < size; ++i) {
    make_room();
    const Child leaf = child_of_leaf(base + i);
    at = deeper(at, i);
    for (;;) {
      const std::size_t depth = nodes_[at].depth;
      if (i + depth == size) return repeat_from(i);
      const Edge next = edge(at, turn_[i + depth]);
      if (next.child == kNone) {
        set(next, leaf);
        break;
      }
      Found found{.child = next.child, .length = static_cast<std::uint32_t>(depth + 1)};
      follow_edge(found, i, size - i);
      if (at_node(found)) {
        at = next.child / 2;
        continue;
      }
      if (i + found.length == size) return repeat_from(i);
      at = split(next, found.length);
      add_edge(at, turn_[i + found.length], leaf);
      break;
    }
    text_[base + i].leaf_parent = at;
    repeated_[i] = nodes_[at].depth;
    at = link_of(at);
  }
}

std::size_t SuffixTree::bytes() const {
  return text_.capacity() * sizeof(Place) + nodes_.capacity() * (sizeof(Node) + sizeof(NodeId)) +
         root_children_.capacity() * sizeof(Child) + edges_.capacity() * sizeof(std::uint32_t);
}

SuffixTree::Sought SuffixTree::seek(NodeId from, Symbol symbol) const {
  return seek(nodes_[from].start, nodes_[from].depth, symbol);
}

SuffixTree::Sought SuffixTree::seek(std::size_t start, std::size_t depth, Symbol symbol) const {
  const std::uint64_t hash = mix(start, depth, symbol);
  return {hash_slot(hash, edges_.size()), static_cast<std::uint32_t>(hash << child_bits_)};
}

void SuffixTree::prefetch(Child child) const {
  if (is_node(child)) {
    __builtin_prefetch(&nodes_[child / 2]);
  } else {
    __builtin_prefetch(&text_[child / 2]);
  }
}

// The edge that the turn leaves halfway is about to be parted: asks for the memory of its two ends.
void SuffixTree::prefetch_split(const Found& found, std::size_t token) const {
  const std::size_t start = start_of(found.child);
  for (const Symbol symbol : {turn_[token + found.length], text_[start + found.length].symbol})
    __builtin_prefetch(&edges_[seek(start, found.length, symbol).slot]);
}

SuffixTree::Edge SuffixTree::edge(NodeId from, Symbol symbol) const {
  if (from == kRoot) return {.from = from, .symbol = symbol, .child = root_children_[symbol]};
  return edge_at(seek(from, symbol), from, symbol);
}

SuffixTree::Edge SuffixTree::edge_at(const Sought& sought, NodeId from, Symbol symbol) const {
  const std::size_t depth = nodes_[from].depth;
  for (Sought at = sought;; at.slot = next_slot(at.slot)) {
    skip_others(at);
    if (edges_[at.slot] == kNone) return {.from = from, .symbol = symbol, .slot = at.slot};
    const Child child = child_in(edges_[at.slot]);
    if (parent_of(child) == from && first_of(child, depth) == symbol)
      return {.from = from, .symbol = symbol, .child = child, .slot = at.slot};
  }
}

void SuffixTree::skip_others(Sought& sought) const {
  while (edges_[sought.slot] != kNone && !has_tag(edges_[sought.slot], sought.tag))
    sought.slot = next_slot(sought.slot);
}

void SuffixTree::set(const Edge& edge, Child to) {
  if (edge.from == kRoot) {
    root_children_[edge.symbol] = to;
    return;
  }
  edge_count_ += edge.child == kNone ? 1 : 0;
  edges_[edge.slot] = seek(edge.from, edge.symbol).tag | to;
}

void SuffixTree::add_edge(NodeId from, Symbol symbol, Child to) {
  auto [slot, tag] = seek(from, symbol);
  while (edges_[slot] != kNone) slot = next_slot(slot);
  edges_[slot] = tag | to;
  ++edge_count_;
}

void SuffixTree::follow_edge(Found& found, std::size_t token, std::size_t limit) const {
  const std::size_t start = start_of(found.child);
  const std::size_t end = std::min(end_of(found.child), limit);
  // Behind a leaf comes the end of its turn, which is no token.
  while (found.length < end && text_[start + found.length].symbol == turn_[token + found.length])
    ++found.length;
}

// Parts the edge at this depth.
SuffixTree::NodeId SuffixTree::split(const Edge& edge, std::size_t depth) {
  const std::size_t start = start_of(edge.child);
  const auto parted = static_cast<NodeId>(nodes_.size());
  set(edge, child_of_node(parted));
  nodes_.push_back({.start = static_cast<std::uint32_t>(start),
                    .depth = static_cast<std::uint32_t>(depth),
                    .parent = edge.from,
                    .first = edge.symbol});
  links_.push_back(kNone);
  const Symbol next = text_[start + depth].symbol;
  if (next == kBreak) {  // of the leaf nothing is left that a turn could go on with
    set_parent(edge.child, kNone);
  } else {
    set_parent(edge.child, parted);
    if (is_node(edge.child)) nodes_[edge.child / 2].first = next;
    add_edge(parted, next, edge.child);
  }
  return parted;
}

SuffixTree::NodeId SuffixTree::deeper(NodeId at, std::size_t token) const {
  const Found& found = found_[token];
  if (found.child == kNone) return at;
  // The edge may have been parted meanwhile, above or below what was found; a leaf may be gone.
  const NodeId known = at_node(found) ? found.child / 2 : parent_of(found.child);
  if (known == kNone || nodes_[known].depth > found.length) return at;
  return nodes_[known].depth > nodes_[at].depth ? known : at;
}

// Where it isn't known: down from the link of the nearest node above that has one.
SuffixTree::NodeId SuffixTree::link_of(NodeId node) {
  unlinked_.clear();
  for (; links_[node] == kNone; node = nodes_[node].parent) unlinked_.push_back(node);
  NodeId link = links_[node];
  for (; !unlinked_.empty(); unlinked_.pop_back()) {
    const Node of = nodes_[unlinked_.back()];
    link = node_at(link, of.start + 1, of.depth - 1);
    links_[unlinked_.back()] = link;
  }
  return link;
}

// Only the edges' first tokens are compared: all of it is known to be there.
SuffixTree::NodeId SuffixTree::node_at(NodeId from, std::size_t start, std::size_t depth) {
  while (nodes_[from].depth < depth) {
    make_room();
    const Edge next = edge(from, text_[start + nodes_[from].depth].symbol);
    from = end_of(next.child) <= depth ? next.child / 2 : split(next, depth);
  }
  return from;
}

void SuffixTree::make_room() {
  const std::size_t children = 2 * std::max(text_.size(), nodes_.size() + kMostEdges) + 2;
  if (static_cast<std::uint32_t>(std::bit_width(children)) > child_bits_) {
    rebuild(edges_.size());
  } else if ((edge_count_ + kMostEdges) * 2 > edges_.size()) {
    rebuild(2 * edges_.size());
  }
}

void SuffixTree::rebuild(std::size_t slots) {
  // Room for twice as many children before the next time; none ever has all its bits set.
  child_bits_ =
      static_cast<std::uint32_t>(std::bit_width(4 * std::max(text_.size(), nodes_.size()) + 4 * kMostEdges));
  edges_ = {};  // gone before the new one is there: it is the largest of all
  edges_.assign(slots, kNone);
  std::vector<std::pair<NodeId, Child>> ends;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i].leaf_parent != kNone) ends.emplace_back(text_[i].leaf_parent, child_of_leaf(i));
    put_back(ends, kBatch);
  }
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    ends.emplace_back(nodes_[i].parent, child_of_node(static_cast<NodeId>(i)));
    put_back(ends, kBatch);
  }
  put_back(ends, 1);
}

// The edges between these, once they are so many, into a table that has lost them. What each needs of memory
// is asked for ahead, for all of them.
void SuffixTree::put_back(std::vector<std::pair<NodeId, Child>>& ends, std::size_t least) {
  if (ends.size() < least) return;
  for (const auto& [from, child] : ends) __builtin_prefetch(&nodes_[from]);
  sought_.clear();
  for (const auto& [from, child] : ends) {
    sought_.push_back(seek(from, first_of(child, nodes_[from].depth)));
    __builtin_prefetch(&edges_[sought_.back().slot]);
  }
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i].first == kRoot) continue;
    std::size_t slot = sought_[i].slot;
    while (edges_[slot] != kNone) slot = next_slot(slot);
    edges_[slot] = sought_[i].tag | ends[i].second;
  }
  ends.clear();
}

}  // namespace duologue::measure
