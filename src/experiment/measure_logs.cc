#include "experiment/measure_logs.h"

#include <algorithm>
#include <deque>
#include <future>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "experiment/cached_embedder.h"
#include "measure/embedding.h"
#include "measure/instrument.h"
#include "store/import/read_conversations.h"

namespace duologue::experiment {
namespace {

// Conversations that are read ahead of the one to be passed on, for each worker.
constexpr std::size_t kAhead = 2;

// Threads that take the next task; they end when the crew goes.
class Workers {
 public:
  explicit Workers(std::uint32_t count) {
    for (std::uint32_t i = 0; i < std::max(count, 1U); ++i) threads_.emplace_back([this] { work(); });
  }
  ~Workers() {
    {
      const base::MutexLock lock(mutex_);
      closing_ = true;
      wake_.notify_all();
    }
    threads_.clear();  // joins
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::future<base::Result<MeasuredLog>> start(std::packaged_task<base::Result<MeasuredLog>()> task)
      EXCLUDES(mutex_) {
    std::future<base::Result<MeasuredLog>> result = task.get_future();
    const base::MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
    wake_.notify_one();
    return result;
  }

 private:
  void work() EXCLUDES(mutex_) {
    for (;;) {
      std::packaged_task<base::Result<MeasuredLog>()> task;
      {
        const base::MutexLock lock(mutex_);
        while (tasks_.empty() && !closing_) wake_.wait(mutex_);
        if (closing_) return;  // what nobody waits for any more isn't done
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  base::Mutex mutex_;
  base::CondVar wake_;
  std::deque<std::packaged_task<base::Result<MeasuredLog>()>> tasks_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;  // last: they use everything above
};

}  // namespace

base::Result<MeasuredLog> measure_log(store::LoggedConversation log, const MeasureOptions& options) {
  MeasuredLog measured;
  measured.log = std::move(log);
  const std::vector<chat::Turn>& turns = measured.log.turns;
  measured.turns.reserve(turns.size());
  measure::EmbeddedTurns embedded;
  if (options.embedder) {
    std::vector<std::string_view> texts;
    for (const chat::Turn& turn : turns) {
      // The others aren't measured, and would cost a pass.
      texts.push_back(turn.author.kind == chat::AuthorKind::kModel ? std::string_view(turn.text)
                                                                   : std::string_view());
    }
    TRY_ASSIGN(embedded, measure::embed_turns(*options.embedder, texts, options.sentences, options.stop));
    measured.not_finite = embedded.not_finite;
  }
  measure::Instrument instrument(
      measure::InstrumentOptions{options.all_series, options.embedder ? &options.embedder->info() : nullptr});
  for (std::size_t i = 0; i < turns.size(); ++i) {
    measured.turns.push_back(instrument.observe(static_cast<std::uint32_t>(i + 1), turns[i],
                                                options.embedder ? &embedded.turns[i] : nullptr));
  }
  return measured;
}

base::Status measure_logs(const std::vector<LogFile>& files, const MeasureOptions& options,
                          const std::function<base::Status(MeasuredLog&&)>& take) {
  std::deque<std::future<base::Result<MeasuredLog>>> under_way;
  const auto pass_on_first = [&]() -> base::Status {
    base::Result<MeasuredLog> first = under_way.front().get();
    under_way.pop_front();
    if (!first) return std::unexpected(first.error());
    return take(std::move(*first));
  };
  MeasureOptions with_cache = options;
  Workers workers(options.jobs);
  const std::size_t most = kAhead * std::max(options.jobs, 1U);
  const auto measure = [&](store::LoggedConversation&& log) -> base::Status {
    if (options.stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "stopped");
    while (under_way.size() >= most) TRY(pass_on_first());
    under_way.push_back(workers.start(std::packaged_task<base::Result<MeasuredLog>()>(
        [log = std::move(log), with_cache]() mutable { return measure_log(std::move(log), with_cache); })));
    return {};
  };
  base::Status status;
  for (std::size_t i = 0; i < files.size() && status; ++i) {
    store::LogOptions log_options;
    log_options.only = files[i].only;
    if (options.embedder) with_cache.embedder = CachedEmbedder::over(options.embedder, files[i].path);
    status = store::read_conversations(files[i].path, measure, log_options);
    if (options.on_progress) options.on_progress(i + 1, files.size());
  }
  while (!under_way.empty() && (status || status.error().kind != base::ErrorKind::kCancelled)) {
    if (auto passed = pass_on_first(); !passed) return passed;
  }
  return status;
}

}  // namespace duologue::experiment
