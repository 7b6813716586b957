#include "cli/json_view.h"

#include <algorithm>
#include <utility>

namespace duologue::cli {
namespace {

// What stands between the entry at `position` and the turn before it.
std::vector<chat::EntryPtr> entries_before(const chat::Transcript& transcript, std::size_t position) {
  std::vector<chat::EntryPtr> entries;
  for (std::size_t i = position; i > 0; --i) {
    const chat::EntryPtr& entry = transcript.entries()[i - 1];
    if (entry->as_turn() != nullptr) break;
    entries.push_back(entry);
  }
  std::ranges::reverse(entries);
  return entries;
}

}  // namespace

JsonView::JsonView(Output& out, const store::FileInfo& file, const store::TrialSummary& trial,
                   const base::Clock& clock)
    : clock_(clock), stream_(file, trial, [&out](std::string_view line) -> base::Status {
        out.write(line);  // Output keeps what goes wrong
        out.flush();
        return {};
      }) {}

JsonView::~JsonView() {
  take_last();
  (void)stream_.finish(std::nullopt, 0);
}

void JsonView::take_last() {
  if (last_) (void)stream_.take(*std::exchange(last_, std::nullopt));
}

void JsonView::committed(const engine::Commit& commit, const chat::Transcript& transcript) {
  const std::int64_t now_ms = clock_.unix_ms();
  for (const chat::ListenerStats& one : commit.listener) {
    if (last_ && last_->turn->turn == one.turn) last_->listener.push_back(one);
  }
  if (commit.fork_at) last_.reset();  // the edited turn comes in its place
  for (const engine::Event& event : commit.events) events_.push_back({event, transcript.size(), now_ms});
  for (const chat::EntryPtr& entry : commit.entries) {
    if (entry->as_turn() == nullptr) continue;
    take_last();
    (void)stream_.flush();
    const std::size_t position = transcript.position_of_turn(entry->turn);
    last_.emplace();
    last_->before = entries_before(transcript, position);
    last_->turn = entry;
    last_->seq = position;
    last_->created_ms = now_ms;
    last_->call = commit.call;
    last_->measurements = commit.measurements;
    last_->detections = commit.detections;
    last_->events = std::exchange(events_, {});
  }
}

void JsonView::ended(const engine::EndReason& reason, const chat::Transcript& transcript) {
  take_last();
  store::TurnRecord after;
  after.before = entries_before(transcript, transcript.size());
  after.seq = transcript.size() - 1;
  after.events = std::exchange(events_, {});
  if (transcript.size() > 0) (void)stream_.take(after);
  (void)stream_.finish(reason, clock_.unix_ms());
}

}  // namespace duologue::cli
