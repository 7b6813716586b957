// The lattice of all ways to cut a word, walked once from the front: for each place the best way to get
// there. Pieces that begin somewhere are found in a trie over bytes, whose nodes lie in one array. A node of
// few edges has their bytes in a row, one of many a table of all 256.
#include <algorithm>
#include <deque>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"
#include "model/embedders/subwords.h"

namespace duologue::model {

namespace {

constexpr double kUnknownPenalty = 10;  // below the least probable piece, as SentencePiece has it
constexpr std::uint16_t kFewEdges = 12;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

class Trie {
 public:
  explicit Trie(const std::vector<std::pair<std::string, double>>& pieces) {
    std::vector<std::uint32_t> order(pieces.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    // Of equal pieces the last one counts, as in the map that the tokenizers fill.
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return pieces[a].first != pieces[b].first ? pieces[a].first < pieces[b].first : a > b;
    });
    build(pieces, order);
  }

  // Calls visit(length, id) for each piece that `text` begins with, the shorter ones first.
  template <typename Visit>
  void prefixes(std::string_view text, Visit visit) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(nodes_[node], static_cast<unsigned char>(text[i]));
      if (node == kNone) return;
      if (nodes_[node].id != kNone) visit(i + 1, nodes_[node].id);
    }
  }

  std::optional<std::uint32_t> find(std::string_view piece) const {
    std::optional<std::uint32_t> found;
    prefixes(piece, [&](std::size_t length, std::uint32_t id) {
      if (length == piece.size()) found = id;
    });
    return found;
  }

 private:
  struct Node {
    std::uint32_t first = 0;  // of its edges, or of its table
    std::uint16_t edges = 0;
    std::uint32_t id = kNone;
  };
  // Pieces order[begin, end) share their first `depth` bytes, which lead to `node`.
  struct Range {
    std::size_t begin, end, depth;
    std::uint32_t node;
  };

  void build(const std::vector<std::pair<std::string, double>>& pieces,
             const std::vector<std::uint32_t>& order) {
    nodes_.emplace_back();
    std::deque<Range> ranges{{0, order.size(), 0, 0}};
    while (!ranges.empty()) {
      Range range = ranges.front();
      ranges.pop_front();
      const auto text = [&](std::size_t i) -> const std::string& { return pieces[order[i]].first; };
      while (range.begin < range.end && text(range.begin).size() == range.depth) {
        if (range.depth > 0 && nodes_[range.node].id == kNone) nodes_[range.node].id = order[range.begin];
        ++range.begin;
      }
      const std::size_t first_edge = bytes_.size();
      nodes_[range.node].first = static_cast<std::uint32_t>(first_edge);
      for (std::size_t from = range.begin; from < range.end;) {
        const char byte = text(from)[range.depth];
        std::size_t to = from;
        while (to < range.end && text(to)[range.depth] == byte) ++to;
        ranges.push_back({from, to, range.depth + 1, static_cast<std::uint32_t>(nodes_.size())});
        bytes_.push_back(static_cast<unsigned char>(byte));
        children_.push_back(static_cast<std::uint32_t>(nodes_.size()));
        nodes_.emplace_back();
        from = to;
      }
      nodes_[range.node].edges = static_cast<std::uint16_t>(bytes_.size() - first_edge);
      if (nodes_[range.node].edges > kFewEdges) make_table(nodes_[range.node]);
    }
  }

  // The node's edges, the last ones made, become a table.
  void make_table(Node& node) {
    const std::size_t begin = tables_.size();
    tables_.resize(begin + 256, kNone);
    for (std::size_t i = node.first; i < bytes_.size(); ++i) tables_[begin + bytes_[i]] = children_[i];
    bytes_.resize(node.first);
    children_.resize(node.first);
    node.first = static_cast<std::uint32_t>(begin);
  }

  std::uint32_t child(const Node& node, unsigned char byte) const {
    if (node.edges > kFewEdges) return tables_[node.first + byte];
    for (std::size_t i = node.first; i < node.first + node.edges; ++i) {
      if (bytes_[i] == byte) return children_[i];
    }
    return kNone;
  }

  std::vector<Node> nodes_;
  std::vector<unsigned char> bytes_;  // of the edges
  std::vector<std::uint32_t> children_;
  std::vector<std::uint32_t> tables_;
};

class Unigram final : public Subwords {
 public:
  explicit Unigram(UnigramSpec spec) : spec_(std::move(spec)), trie_(spec_.pieces) {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [piece, score] : spec_.pieces) least = std::min(least, score);
    unknown_score_ = least - kUnknownPenalty;
    if (spec_.byte_fallback) find_byte_pieces();
  }

  void append(std::string_view word, TokenIds& ids) const override {
    const std::vector<Step> best = best_steps(word);
    std::vector<std::pair<std::size_t, std::size_t>> cuts;  // begin, end
    for (std::size_t at = word.size(); at > 0; at = best[at].from) cuts.emplace_back(best[at].from, at);
    std::ranges::reverse(cuts);
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      if (best[cuts[i].second].id != kNone) {
        ids.push_back(best[cuts[i].second].id);
        continue;
      }
      const std::size_t begin = cuts[i].first;
      while (i + 1 < cuts.size() && best[cuts[i + 1].second].id == kNone) ++i;
      append_unknown(word.substr(begin, cuts[i].second - begin), ids);
    }
  }
  std::uint32_t largest_id() const override { return static_cast<std::uint32_t>(spec_.pieces.size() - 1); }
  std::optional<std::uint32_t> unknown_id() const override { return spec_.unknown_id; }

 private:
  struct Step {
    double score = 0;
    std::size_t from = 0;
    std::uint32_t id = kNone;  // none: a character that no piece is
    bool reached = false;
  };

  std::vector<Step> best_steps(std::string_view word) const {
    std::vector<Step> best(word.size() + 1);
    best[0].reached = true;
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t character = base::decode_utf8(word.substr(at)).length;
      const double here = best[at].score;
      bool single = false;
      const auto offer = [&](std::size_t length, std::uint32_t id, double score) {
        Step& step = best[at + length];
        if (step.reached && step.score >= here + score) return;
        step = {here + score, at, id, true};
      };
      trie_.prefixes(word.substr(at), [&](std::size_t length, std::uint32_t id) {
        // A piece may end within a character in a damaged vocabulary: no way leads on from there.
        offer(length, id, spec_.pieces[id].second);
        single = single || length == character;
      });
      if (!single) offer(character, kNone, unknown_score_);
      at += character;
    }
    return best;
  }

  void append_unknown(std::string_view run, TokenIds& ids) const {
    if (!byte_ids_.empty()) {
      for (const char c : run) ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
    } else if (spec_.unknown_id) {
      ids.push_back(*spec_.unknown_id);
    }
  }

  void find_byte_pieces() {
    std::vector<std::uint32_t> ids;
    for (int byte = 0; byte < 256; ++byte) {
      const auto id = trie_.find(fmt::format("<0x{:02X}>", byte));
      if (!id) return;
      ids.push_back(*id);
    }
    byte_ids_ = std::move(ids);
  }

  UnigramSpec spec_;
  Trie trie_;
  double unknown_score_ = 0;
  std::vector<std::uint32_t> byte_ids_;  // by byte; empty: no fall-back to bytes
};

}  // namespace

base::Result<std::unique_ptr<Subwords>> make_unigram(UnigramSpec spec) {
  if (spec.pieces.empty()) return base::fail(base::ErrorKind::kModel, "the vocabulary is empty");
  if (spec.unknown_id && *spec.unknown_id >= spec.pieces.size())
    return base::fail(base::ErrorKind::kModel, "the id for unknown pieces lies beyond the vocabulary");
  return std::make_unique<Unigram>(std::move(spec));
}

}  // namespace duologue::model
