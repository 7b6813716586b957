// The door of the formats that a recording can be written in: a whole file's conversations in order, each
// turn by turn. docs/formats.md says what each format can hold. Texts are UTF-8 in all of them: other bytes
// become U+FFFD (JSON Lines keep them beside the readable form). One thread. An error of the WriteLine stops
// it and is returned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/end_reason.h"
#include "store/reader.h"

namespace duologue::store {

enum class ExportFormat { kJsonl, kCsv, kShareGpt, kInspect, kMarkdown };
std::string_view to_string(ExportFormat format);
std::optional<ExportFormat> export_format_from(std::string_view word);
std::vector<std::string> export_format_words();

// Called with pieces of the output, whole lines of the formats of lines.
using WriteText = std::function<base::Status(std::string_view text)>;

struct ExportOptions {
  // The participant whose side a format of roles tells: what that one said is the assistant's. Empty: the
  // first one where the conversation has an opening, otherwise the second.
  std::string side;
};

class Exporter {
 public:
  virtual ~Exporter() = default;
  virtual base::Status begin(const TrialSummary& trial) = 0;
  // In order; a last record may have no turn (TurnRecord says so).
  virtual base::Status take(const TurnRecord& record) = 0;
  virtual base::Status end(const std::optional<engine::EndReason>& reason, std::int64_t ended_ms) = 0;
  // There are no more conversations.
  virtual base::Status finish() = 0;
};

std::unique_ptr<Exporter> make_exporter(ExportFormat format, const FileInfo& file, WriteText write,
                                        const ExportOptions& options = {});

// One conversation's current branch. Of a damaged one, what can be read before the damage is written, and the
// error returned. kNotFound: no such trial, or nobody of the options' side in it.
base::Status export_trial(Reader& reader, std::uint32_t trial, Exporter& exporter);

// For exporters.
std::string conversation_id(const FileInfo& file, const TrialSummary& trial);  // unique to file and trial
std::string name_of(const TrialSummary& trial, chat::ParticipantId id);        // "harness" for nobody
base::Result<chat::ParticipantId> side_of(const TrialSummary& trial, const ExportOptions& options);
std::string iso_time(std::int64_t unix_ms);  // 2026-01-02T03:04:05.678+00:00

}  // namespace duologue::store
