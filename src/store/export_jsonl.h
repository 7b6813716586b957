// A conversation as JSON Lines, one line a turn (docs/store.md names the fields). Nothing recorded is left
// out but token ids: what happened between turns stands in the `events` of the turn it came before, each with
// "when":"before", and what came after the last turn in that turn's, with "when":"after".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/reader.h"

namespace duologue::store {

// Called with each line, its newline included. An error stops the export and is returned.
using WriteLine = std::function<base::Status(std::string_view line)>;

base::Status export_jsonl(Reader& reader, std::uint32_t trial, std::optional<BranchId> branch,
                          const WriteLine& write);

// The same lines while a conversation runs. One thread.
class JsonlStream {
 public:
  // Of the trial, its number and its participants' names are used.
  JsonlStream(const FileInfo& file, TrialSummary trial, WriteLine write);
  ~JsonlStream();
  JsonlStream(const JsonlStream&) = delete;
  JsonlStream& operator=(const JsonlStream&) = delete;

  // The turns in order, each with all that is known of it; a last record may have no turn (TurnRecord says
  // so). Its line waits for flush(), the next turn or finish(): what comes after a turn may still belong to
  // it.
  base::Status take(const TurnRecord& record);
  base::Status flush();
  // The last turn's line, with how the conversation ended.
  base::Status finish(const std::optional<engine::EndReason>& end, std::int64_t ended_ms);

 private:
  class Lines;
  WriteLine write_;
  std::unique_ptr<Lines> lines_;
};

}  // namespace duologue::store
