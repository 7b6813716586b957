// The one thread that touches a GGUF's llama_context. It reads the prompts of all conversations and then
// takes one step for all of them at once: one llama_decode of one token for each sequence that is generating,
// a token drawn for each.
//
// Which tokens share a decode call (level exact, on which contract ARCHITECTURE.md has a paragraph): prompts
// are read in calls of their own, whose cuts the prompt alone fixes; single tokens share calls with single
// tokens, which was measured not to matter to any of them. At level seeded prompts of several conversations
// are read together.
//
// submit, release, stats: any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "model/llama/crew.h"
#include "model/llama/llama_stats.h"
#include "model/llama/loading.h"
#include "model/llama/request.h"
#include "model/llama/sequences.h"

namespace duologue::model::llama {

class Decoder {
 public:
  // Takes the context over. The model (behind the context) and the vocabulary must outlive it.
  Decoder(ContextHandle context, ThreadpoolHandle pool, const Vocab& vocab, const ContextPlan& plan,
          bool exact);
  ~Decoder();  // what is still being worked on fails as cancelled

  void submit(RequestPtr request) EXCLUDES(mutex_);
  // Looks again for cancelled requests.
  void poke() EXCLUDES(mutex_);
  void release(const ContextKey& key) EXCLUDES(mutex_);
  LlamaStats stats() const EXCLUDES(mutex_);

 private:
  struct Batch;

  void run() EXCLUDES(mutex_);
  bool take_new() EXCLUDES(mutex_);
  void publish_stats() EXCLUDES(mutex_);
  void drop_cancelled();
  void admit();
  void start_reading(Request& request);
  void read_pieces();
  std::size_t next_piece(const Request& request) const;
  bool read_together(std::size_t& budget);
  void step();
  void decode_singles(std::span<Request* const> ready);
  void add_prompt(Request& request, std::size_t count);
  void decode();
  void score_rows();
  void sample_rows();
  void take_token(Request& request, const Drawn& drawn);
  void finish(Request& request, chat::StopReason reason);
  void fail(Request& request, base::Error error);
  void let_go(Request& request);

  // The decoder thread's.
  ContextHandle context_;
  ThreadpoolHandle pool_;
  const Vocab& vocab_;
  ContextPlan plan_;
  bool exact_;
  Sequences sequences_;
  Crew crew_;
  std::unique_ptr<Batch> batch_;
  std::vector<DrawSpace> spaces_;   // one a thread of the crew
  std::vector<RequestPtr> active_;  // in the order of their admission; each has a sequence until it is done
  std::deque<RequestPtr> waiting_;
  std::uint32_t scattered_steps_ = 0;  // in a row, in which the streams were no neighbours
  LlamaStats own_stats_;

  mutable base::Mutex mutex_;
  base::CondVar wake_;
  std::vector<RequestPtr> incoming_ GUARDED_BY(mutex_);
  std::vector<ContextKey> released_ GUARDED_BY(mutex_);
  bool poked_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  LlamaStats stats_ GUARDED_BY(mutex_);

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace duologue::model::llama
