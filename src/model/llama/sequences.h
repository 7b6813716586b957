// What the KV cache holds: one stream for each conversation side, with the tokens that it was built from.
// Keeps what can be kept of it when a side speaks again, shares long prefixes between sides, gives up what
// was used longest ago.
//
// llama.cpp decodes single tokens of several sequences in one go only where their streams are neighbours;
// gather() makes them so. Belongs to the thread that owns the llama_context.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/llama/loading.h"
#include "model/llama/prompt.h"
#include "model/model.h"

namespace duologue::model::llama {

struct Sequence {
  std::int32_t stream = 0;  // llama.cpp's seq_id; gather() may change it
  std::optional<ContextKey> key;
  std::vector<Token> tokens;
  std::vector<std::uint8_t> call_starts;  // beside tokens: 1 where a decode call started
  std::uint64_t used_at = 0;
  bool busy = false;
};

// How much of a prompt a sequence of tokens already is, if its KV may be kept up to any token (seeded), or
// only up to the start of a decode call of both (exact). Never more than `limit`.
std::size_t kept_prefix(const Sequence& held, const Prompt& prompt, bool exact, std::size_t limit);

// Cheapest window of neighbouring streams for `wanted` (ascending): its first stream. `costs` has each
// stream's price of moving.
std::size_t cheapest_window(std::span<const std::int32_t> wanted, std::span<const std::uint64_t> costs);

class Sequences {
 public:
  struct Counts {
    std::uint64_t evicted = 0;  // sides that gave up their KV to another
    std::uint64_t copied = 0;   // prefixes taken over from another sequence
    std::uint64_t moved = 0;    // exchanges that made streams neighbours
  };

  Sequences(llama_context* context, const ContextPlan& plan, bool exact);

  // The sequence that serves this side, now busy: its own, an empty one, or the one that was idle longest.
  // Null: all are busy, or its own is.
  Sequence* claim(const ContextKey& key);
  // Cuts the sequence back to what the prompt can keep of it, at most `limit` tokens; takes a longer prefix
  // over from another sequence where there is one. Returns the number of tokens kept.
  std::size_t keep_prefix(Sequence& sequence, const Prompt& prompt, std::size_t limit);
  void append(Sequence& sequence, std::span<const Token> tokens);  // they were decoded in one call
  void set_idle(Sequence& sequence);
  void clear(Sequence& sequence);
  // The side is gone; what it held may still serve as somebody's prefix.
  void release(const ContextKey& key);
  // Exchanges streams until those of the busy sequences are neighbours. Not where the model has sliding
  // windows: a state that is saved and restored leaves cells out there, and the rest is summed up in another
  // order.
  void gather();

  const Counts& counts() const { return counts_; }

 private:
  void cut(Sequence& sequence, std::size_t size);
  bool copy(const Sequence& from, Sequence& to);
  void exchange(Sequence& a, Sequence& b);
  bool read_state(const Sequence& sequence, std::vector<std::uint8_t>& state) const;
  bool write_state(Sequence& sequence, const std::vector<std::uint8_t>& state);

  llama_context* context_;
  ContextPlan plan_;
  bool exact_;
  std::uint64_t clock_ = 0;
  std::vector<std::unique_ptr<Sequence>> all_;
  std::vector<std::uint8_t> state_a_;
  std::vector<std::uint8_t> state_b_;
  Counts counts_;
};

}  // namespace duologue::model::llama
