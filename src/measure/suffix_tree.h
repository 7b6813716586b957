// All substrings of the turns of a conversation, as a suffix tree (McCreight 1976, "A space-economical suffix
// tree construction algorithm") in linear space: a turn is looked up and added in time linear in its length,
// however long the conversation is. No substring reaches from one turn into the next. About 40 bytes a token,
// of at most 2^30. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/huge_pages.h"

namespace duologue::measure {

class SuffixTree {
 public:
  // A token's number. Small ones: a table holds as many as the largest.
  using Symbol = std::uint32_t;
  // Lengths up to this are looked up for all tokens of a turn at once.
  static constexpr std::size_t kAhead = 4;

  SuffixTree();

  // The next turn's tokens, before they are added, valid until then: of every piece of up to kAhead tokens,
  // whether the turns before hold it. All are looked up together, since of a long history nearly every step
  // is a line of memory that no cache holds, and one step says where the next one is.
  void look_up(std::span<const Symbol> turn);
  // Of that turn: how many tokens from `token` on the turns before hold in a row, up to kAhead.
  std::size_t held_ahead(std::size_t token) const { return found_[token].length; }
  // The same without a limit; takes time linear in the answer.
  std::size_t held(std::size_t token) const;
  void append();
  // Of the turn added last: how many tokens from each on stood in a row before, begun at an earlier token of
  // this turn or in a turn before.
  std::span<const std::uint32_t> repeated() const { return repeated_; }

  std::size_t bytes() const;

 private:
  // Where an edge leads: to an inner node (2 * its index + 1), or to the end of the turn that it begins in, a
  // leaf (2 * the position in text_ where its suffix begins).
  using Child = std::uint32_t;
  using NodeId = std::uint32_t;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr Symbol kBreak = 0xFFFFFFFF;  // ends a turn in text_
  static constexpr NodeId kRoot = 0;

  // A substring after which the text goes on in more than one way, or the end of another one's link.
  struct Node {
    std::uint32_t start = 0;  // a position in text_ where it stands
    std::uint32_t depth = 0;  // its length
    NodeId parent = kRoot;
    Symbol first = 0;  // the token that its edge begins with
  };
  // A token where it was said. Both are in one place, since who looks at a leaf looks at its text.
  struct Place {
    Symbol symbol = 0;
    NodeId leaf_parent = kNone;  // of the suffix that begins here, kNone: it has no leaf
  };
  template <typename T>
  using Table = std::vector<T, base::HugePageAllocator<T>>;

  // Of edges_: the slots where an edge would be are those from `slot` on, and its entry there has this tag.
  struct Sought {
    std::size_t slot;
    std::uint32_t tag;
  };
  // What look_up knows of the pieces that begin at a token: the longest held is `length` long and ends on the
  // edge to `child`, or at its end.
  struct Found {
    Child child = kNone;
    std::uint32_t length = 0;
  };

  static bool is_node(Child child) { return (child & 1U) != 0; }
  static Child child_of_node(NodeId node) { return 2 * node + 1; }
  static Child child_of_leaf(std::size_t position) { return static_cast<Child>(2 * position); }
  std::size_t start_of(Child child) const { return is_node(child) ? nodes_[child / 2].start : child / 2; }
  NodeId parent_of(Child child) const {
    return is_node(child) ? nodes_[child / 2].parent : text_[child / 2].leaf_parent;
  }
  // What its edge begins with, hanging from a node of this depth.
  Symbol first_of(Child child, std::size_t depth) const {
    return is_node(child) ? nodes_[child / 2].first : text_[child / 2 + depth].symbol;
  }
  void set_parent(Child child, NodeId parent) {
    (is_node(child) ? nodes_[child / 2].parent : text_[child / 2].leaf_parent) = parent;
  }

  // By what the node is, not by its number: so a place is known before the node is made.
  Sought seek(NodeId from, Symbol symbol) const;
  Sought seek(std::size_t start, std::size_t depth, Symbol symbol) const;
  void prefetch(Child child) const;
  void prefetch_split(const Found& found, std::size_t token) const;
  bool has_tag(std::uint32_t entry, std::uint32_t tag) const { return (entry ^ tag) >> child_bits_ == 0; }
  Child child_in(std::uint32_t entry) const { return entry & ((std::uint32_t{1} << child_bits_) - 1); }
  std::size_t next_slot(std::size_t slot) const { return slot + 1 == edges_.size() ? 0 : slot + 1; }
  // An edge, or the place where it belongs: until another one is added.
  struct Edge {
    NodeId from = kRoot;
    Symbol symbol = 0;
    Child child = kNone;   // kNone: there is none
    std::size_t slot = 0;  // not of the root's
  };
  Edge edge(NodeId from, Symbol symbol) const;
  Edge edge_at(const Sought& sought, NodeId from, Symbol symbol) const;
  // Passes by what is surely another edge.
  void skip_others(Sought& sought) const;
  void set(const Edge& edge, Child to);
  void add_edge(NodeId from, Symbol symbol, Child to);  // there is none so far, and `from` isn't the root

  // The end of an edge, as a depth; a leaf's is the end of its turn.
  std::size_t end_of(Child child) const {
    return is_node(child) ? nodes_[child / 2].depth : std::numeric_limits<std::size_t>::max();
  }
  // Follows the turn along the edge, to its end or the `limit`.
  void follow_edge(Found& found, std::size_t token, std::size_t limit) const;
  bool at_node(const Found& found) const { return end_of(found.child) == found.length; }

  NodeId split(const Edge& edge, std::size_t depth);
  // A node on the way of the suffix that begins at the token, by what look_up found: deeper than `at` if it
  // can be.
  NodeId deeper(NodeId at, std::size_t token) const;
  NodeId link_of(NodeId node);
  // The node, made where there is none, of the text from `start` on at this depth, on the way down from
  // `from`.
  NodeId node_at(NodeId from, std::size_t start, std::size_t depth);
  void make_room();  // for what a step below adds
  void rebuild(std::size_t slots);
  void put_back(std::vector<std::pair<NodeId, Child>>& ends, std::size_t least);

  Table<Place> text_;  // every turn, each followed by kBreak
  Table<Node> nodes_;
  Table<NodeId> links_;         // by node: that of the same without its first token, kNone: not known yet
  Table<Child> root_children_;  // by symbol: the root has as many as there are words
  // The edges of the other nodes: children. The bits that a child doesn't need hold some of the hash, so that
  // other edges on the way are passed by without a look at them.
  Table<std::uint32_t> edges_;
  std::size_t edge_count_ = 0;
  std::uint32_t child_bits_ = 0;

  std::vector<Symbol> turn_;           // being looked up or added
  std::vector<Found> found_;           // by its tokens
  std::vector<std::uint32_t> active_;  // scratch of look_up: tokens of which more might be held
  std::vector<Sought> sought_;         // beside them, the next edge
  std::vector<std::uint32_t> repeated_;
  std::vector<NodeId> unlinked_;  // scratch of link_of
};

}  // namespace duologue::measure
