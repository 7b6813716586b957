#include "store/export/exporter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "chat/nobody.h"
#include "store/export/csv.h"
#include "store/export/inspect.h"
#include "store/export/markdown.h"
#include "store/export/sharegpt.h"
#include "store/export_jsonl.h"

namespace duologue::store {

namespace {

using base::Status;

constexpr std::array<std::pair<ExportFormat, std::string_view>, 5> kWords{{
    {ExportFormat::kJsonl, "jsonl"},
    {ExportFormat::kCsv, "csv"},
    {ExportFormat::kShareGpt, "sharegpt"},
    {ExportFormat::kInspect, "inspect"},
    {ExportFormat::kMarkdown, "markdown"},
}};

class JsonlExporter final : public Exporter {
 public:
  JsonlExporter(FileInfo file, WriteText write) : file_(std::move(file)), write_(std::move(write)) {}

  Status begin(const TrialSummary& trial) override {
    stream_ = std::make_unique<JsonlStream>(file_, trial, write_);
    return {};
  }
  Status take(const TurnRecord& record) override { return stream_->take(record); }
  Status end(const std::optional<engine::EndReason>& reason, std::int64_t ended_ms) override {
    return stream_->finish(reason, ended_ms);
  }
  Status finish() override { return {}; }

 private:
  const FileInfo file_;
  const WriteText write_;
  std::unique_ptr<JsonlStream> stream_;
};

}  // namespace

std::string_view to_string(ExportFormat format) {
  const auto* const at = std::ranges::find(kWords, format, &std::pair<ExportFormat, std::string_view>::first);
  return at == kWords.end() ? "unknown" : at->second;
}

std::optional<ExportFormat> export_format_from(std::string_view word) {
  const auto* const at = std::ranges::find(kWords, word, &std::pair<ExportFormat, std::string_view>::second);
  if (at == kWords.end()) return std::nullopt;
  return at->first;
}

std::vector<std::string> export_format_words() {
  std::vector<std::string> words;
  for (const auto& [format, word] : kWords) words.emplace_back(word);
  return words;
}

std::unique_ptr<Exporter> make_exporter(ExportFormat format, const FileInfo& file, WriteText write,
                                        const ExportOptions& options) {
  switch (format) {
    case ExportFormat::kJsonl:
      return std::make_unique<JsonlExporter>(file, std::move(write));
    case ExportFormat::kCsv:
      return make_csv_exporter(file, std::move(write));
    case ExportFormat::kShareGpt:
      return make_sharegpt_exporter(file, std::move(write), options);
    case ExportFormat::kInspect:
      return make_inspect_exporter(file, std::move(write), options);
    case ExportFormat::kMarkdown:
      return make_markdown_exporter(file, std::move(write));
  }
  return nullptr;
}

Status export_trial(Reader& reader, std::uint32_t trial, Exporter& exporter) {
  TRY_ASSIGN(const TrialSummary summary, reader.trial(trial));
  TRY(exporter.begin(summary));
  const Status walked = reader.for_each_turn(
      trial, {}, [&exporter](const TurnRecord& record) { return exporter.take(record); });
  // What could be read before a damaged place is written all the same.
  TRY(exporter.end(walked ? summary.end : std::nullopt, summary.ended_ms.value_or(0)));
  return walked;
}

std::string conversation_id(const FileInfo& file, const TrialSummary& trial) {
  return fmt::format("{}-{}", file.uid.substr(0, 12), trial.row.id);
}

std::string name_of(const TrialSummary& trial, chat::ParticipantId id) {
  const auto& seats = trial.row.participants;
  if (id == chat::kNobody) return std::string(chat::kNobodysName);
  return id < seats.size() ? seats[id].name : fmt::format("participant {}", std::uint64_t{id} + 1);
}

base::Result<chat::ParticipantId> side_of(const TrialSummary& trial, const ExportOptions& options) {
  const auto& seats = trial.row.participants;
  if (options.side.empty()) return seats.size() > 1 && trial.row.opening.empty() ? 1 : 0;
  const auto at = std::ranges::find(seats, options.side, &TrialParticipant::name);
  if (at != seats.end()) return static_cast<chat::ParticipantId>(at - seats.begin());
  std::vector<std::string> names;
  for (const TrialParticipant& seat : seats) names.push_back(seat.name);
  return base::fail(base::ErrorKind::kNotFound,
                    fmt::format("trial {}: nobody there is called '{}'{}", trial.row.id, options.side,
                                base::did_you_mean(options.side, names)));
}

std::string iso_time(std::int64_t unix_ms) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(unix_ms)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace duologue::store
