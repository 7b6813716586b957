// Short parallel work on the threads that decode, which are still awake right after a decode: no others are
// started. Belongs to the thread that owns the llama_context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

struct ggml_threadpool;

namespace duologue::model::llama {

class Crew {
 public:
  // The pool must outlive it.
  Crew(ggml_threadpool* pool, std::uint32_t threads);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::uint32_t threads() const { return threads_; }

  // Calls task(i, worker) for every i < count, each once, and returns when all are done. `worker` < threads()
  // tells the threads apart.
  void for_each(std::size_t count, const std::function<void(std::size_t i, std::uint32_t worker)>& task);

 private:
  struct Graph;
  std::uint32_t threads_;
  std::unique_ptr<Graph> graph_;
};

}  // namespace duologue::model::llama
