#include "model/llama/crew.h"

#include <atomic>
#include <vector>

#include <llama.h>

namespace duologue::model::llama {

// A graph of one node, whose operation is our work.
struct Crew::Graph {
  std::vector<std::uint8_t> memory;
  ggml_context* context = nullptr;
  ggml_cgraph* graph = nullptr;
  ggml_cplan plan{};
  std::vector<std::uint8_t> work;
  const std::function<void(std::size_t, std::uint32_t)>* task = nullptr;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};

  static void run(ggml_tensor* /*result*/, int ith, int /*nth*/, void* data) {
    auto* self = static_cast<Graph*>(data);
    for (;;) {
      const std::size_t i = self->next.fetch_add(1, std::memory_order_relaxed);
      if (i >= self->count) return;
      (*self->task)(i, static_cast<std::uint32_t>(ith));
    }
  }
};

Crew::Crew(ggml_threadpool* pool, std::uint32_t threads)
    : threads_(threads), graph_(std::make_unique<Graph>()) {
  Graph& g = *graph_;
  g.memory.resize(2 * ggml_tensor_overhead() + ggml_graph_overhead_custom(4, false) + 4096);
  g.context = ggml_init({g.memory.size(), g.memory.data(), false});
  ggml_tensor* node =
      ggml_custom_4d(g.context, GGML_TYPE_F32, 1, 1, 1, 1, nullptr, 0, &Graph::run, GGML_N_TASKS_MAX, &g);
  g.graph = ggml_new_graph_custom(g.context, 4, false);
  ggml_build_forward_expand(g.graph, node);
  g.plan = ggml_graph_plan(g.graph, static_cast<int>(threads), pool);
  g.work.resize(g.plan.work_size + 1);
  g.plan.work_data = g.work.data();
}

Crew::~Crew() { ggml_free(graph_->context); }

void Crew::for_each(std::size_t count, const std::function<void(std::size_t, std::uint32_t)>& task) {
  if (count == 0) return;
  if (count == 1 || threads_ == 1) {
    for (std::size_t i = 0; i < count; ++i) task(i, 0);
    return;
  }
  graph_->task = &task;
  graph_->count = count;
  graph_->next.store(0, std::memory_order_relaxed);
  ggml_graph_compute(graph_->graph, &graph_->plan);
}

}  // namespace duologue::model::llama
