#include "store/export/sharegpt.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "store/export/seats_json.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

class ShareGptExporter final : public Exporter {
 public:
  ShareGptExporter(FileInfo file, WriteText write, ExportOptions options)
      : file_(std::move(file)), write_(std::move(write)), options_(std::move(options)) {}

  Status begin(const TrialSummary& trial) override {
    trial_ = trial;
    messages_ = Json::array();
    TRY_ASSIGN(side_, side_of(trial, options_));
    const auto& seats = trial.row.participants;
    if (side_ < seats.size() && !seats[side_].system_prompt.empty()) {
      add("system", seats[side_].system_prompt, "", chat::AuthorKind::kHarness, 0);
    }
    return {};
  }

  Status take(const TurnRecord& record) override {
    for (const chat::EntryPtr& entry : record.before) {
      const chat::Injection* injection = heard_by(side_, *entry);
      if (injection == nullptr) continue;
      add("human", injection->text, "", injection->author.kind, 0);
    }
    if (record.turn != nullptr) add_turn(record.turn->turn, *record.turn->as_turn());
    return {};
  }

  Status end(const std::optional<engine::EndReason>&, std::int64_t) override {
    Json line = Json::object();
    line["id"] = conversation_id(file_, trial_);
    line["conversations"] = std::exchange(messages_, Json::array());
    line["participants"] = seats_json(trial_.row);
    return write_(base::dump_json(line) + "\n");
  }
  Status finish() override { return {}; }

 private:
  Json& add(const char* from, const std::string& value, const std::string& name, chat::AuthorKind author,
            std::uint32_t turn) {
    Json message = Json::object();
    message["from"] = from;
    message["value"] = value;
    message["name"] = name;
    message["author"] = chat::to_string(author);
    message["turn"] = turn;
    messages_.push_back(std::move(message));
    return messages_.back();
  }

  void add_turn(std::uint32_t number, const chat::Turn& turn) {
    const std::string name = name_of(trial_, turn.speaker);
    const bool own = turn.speaker == side_;
    Json& said = add(own ? "gpt" : "human", turn.text, name, turn.author.kind, number);
    if (!turn.reasoning.empty()) said["reasoning"] = turn.reasoning;
    for (const chat::ToolCall& call : turn.tool_calls) {
      Json words = Json::object();
      words["name"] = call.name;
      words["arguments"] = parsed_or_text(call.arguments);
      add("function_call", base::dump_json(words), name, turn.author.kind, number);
      add("observation", call.result, name, turn.author.kind, number);
    }
  }

  const FileInfo file_;
  const WriteText write_;
  const ExportOptions options_;
  TrialSummary trial_;
  chat::ParticipantId side_ = 0;
  Json messages_;
};

}  // namespace

std::unique_ptr<Exporter> make_sharegpt_exporter(const FileInfo& file, WriteText write,
                                                 const ExportOptions& options) {
  return std::make_unique<ShareGptExporter>(file, std::move(write), options);
}

}  // namespace duologue::store
