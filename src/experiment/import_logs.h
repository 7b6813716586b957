// Logs of other tools as a recording of our own: every conversation a trial, measured as if it had run here,
// marked as imported (store/import/provenance.h says where that stands), and never to be resumed. One thread.
//
// The recording appears whole or not at all: it is written beside its place under another name first. Errors
// are those of the readers (a broken log, with its place), kUsage (a recording of ours among the logs), and
// the store's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/import/conversation_log.h"

namespace duologue::experiment {

struct ImportOptions {
  std::optional<store::LogFormat> format;  // empty: each log's own, told from its content
  std::stop_token stop;
  // What was left out, with its place; it is recorded too.
  std::function<void(const std::string& what)> on_skip;
};

struct ImportCounts {
  std::uint32_t conversations = 0;
  std::uint64_t turns = 0;
  std::uint64_t skipped = 0;  // lines
};

base::Result<ImportCounts> import_logs(const std::vector<std::string>& paths, const std::string& out,
                                       const ImportOptions& options);

// The same of conversations that have been read already.
base::Result<ImportCounts> import_conversations(const std::vector<store::LoggedConversation>& conversations,
                                                const std::string& out);

}  // namespace duologue::experiment
