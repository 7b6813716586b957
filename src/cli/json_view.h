// A running conversation as JSON Lines, the same lines that `export` gives: each turn's when the next one is
// recorded, since the listener's surprisal of a turn comes with the turn after it. On the conversation's
// thread.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "cli/output.h"
#include "engine/observer.h"
#include "store/export_jsonl.h"

namespace duologue::cli {

class JsonView final : public engine::Observer {
 public:
  JsonView(Output& out, const store::FileInfo& file, const store::TrialSummary& trial,
           const base::Clock& clock = base::Clock::system());
  ~JsonView() override;  // writes what is left: a failed store ends a conversation without ended()

  void committed(const engine::Commit& commit, const chat::Transcript& transcript) override;
  void ended(const engine::EndReason& reason, const chat::Transcript& transcript) override;

 private:
  void take_last();

  const base::Clock& clock_;
  store::JsonlStream stream_;
  std::optional<store::TurnRecord> last_;   // recorded, but not told yet
  std::vector<store::StoredEvent> events_;  // since then
};

}  // namespace duologue::cli
