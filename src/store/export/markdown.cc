#include "store/export/markdown.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "chat/nobody.h"
#include "store/codec.h"
#include "store/export/seats_json.h"
#include "store/json_text.h"
#include "store/markdown_text.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

constexpr std::string_view kText = "> ";
constexpr std::string_view kReasoning = ">> ";

// A name, a model: text within a line of ours.
std::string words(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return to_markdown(text);
}

std::string comment(const char* kind, const Json& json) {
  return fmt::format("<!-- duologue:{} {} -->\n", kind, comment_json(json));
}

Json author_json(const chat::Author& author) {
  Json json = Json::object();
  json["kind"] = chat::to_string(author.kind);
  put_text(json, "name", author.name);
  return json;
}

Json seat_json(std::optional<chat::ParticipantId> seat) {
  return seat && *seat != chat::kNobody ? Json(*seat) : Json(nullptr);
}

class MarkdownExporter final : public Exporter {
 public:
  MarkdownExporter(FileInfo file, WriteText write) : file_(std::move(file)), write_(std::move(write)) {}

  Status begin(const TrialSummary& trial) override {
    trial_ = trial;
    Json json = Json::object();
    json["id"] = conversation_id(file_, trial_);
    json["participants"] = seats_json(trial.row);
    std::string text = comment("conversation", json);
    text += fmt::format("# Conversation {}{}\n\n", trial.row.id,
                        file_.name.empty() ? "" : " of " + words(file_.name));
    for (const TrialParticipant& seat : trial.row.participants) {
      text += fmt::format("* **{}**: {}\n", words(seat.name), words(seat.model));
    }
    return write_(text + "\n");
  }

  Status take(const TurnRecord& record) override {
    for (const chat::EntryPtr& entry : record.before) {
      if (const auto* injection = entry->as_injection()) TRY(write_injection(*injection));
      if (const auto* change = entry->as_change()) TRY(write_change(*change));
    }
    return record.turn == nullptr ? Status() : write_turn(record);
  }

  Status end(const std::optional<engine::EndReason>& reason, std::int64_t) override {
    if (!reason) return {};
    Json json = Json::object();
    json["cause"] = engine::to_string(reason->cause);
    put_text(json, "detail", reason->detail);
    return write_(comment("end", json) +
                  fmt::format("*Ended: {}*\n\n",
                              words(reason->detail.empty() ? std::string(engine::to_string(reason->cause))
                                                           : reason->detail)));
  }
  Status finish() override { return {}; }

 private:
  static std::string written_by(const chat::Author& author) {
    if (author.kind == chat::AuthorKind::kModel) return "";
    return fmt::format(" (written by {}{}{})", chat::to_string(author.kind), author.name.empty() ? "" : " ",
                       words(author.name));
  }

  Status write_turn(const TurnRecord& record) const {
    const chat::Turn& turn = *record.turn->as_turn();
    Json json = Json::object();
    json["turn"] = record.turn->turn;
    json["seat"] = seat_json(turn.speaker);
    json["author"] = author_json(turn.author);
    json["stop_reason"] = chat::to_string(turn.stop_reason);
    if (!turn.tool_calls.empty()) json["tool_calls"] = parsed_or_text(tool_calls_to_json(turn.tool_calls));
    json["created_ms"] = record.created_ms;
    std::string text = comment("turn", json);
    text += fmt::format("## {}. {}{}\n\n", record.turn->turn, words(name_of(trial_, turn.speaker)),
                        written_by(turn.author));
    if (!turn.reasoning.empty()) text += "*Thinks:*\n\n" + quoted_block(turn.reasoning, kReasoning) + "\n";
    const std::string said = quoted_block(turn.text, kText);
    text += said.empty() ? "*(says nothing)*\n" : said;
    for (const chat::ToolCall& call : turn.tool_calls) {
      text += fmt::format("\n*Calls* {}({}){}\n", words(call.name), words(call.arguments),
                          call.result.empty() ? "" : " *and is told:* " + words(call.result));
    }
    return write_(text + "\n");
  }

  Status write_injection(const chat::Injection& injection) const {
    Json json = Json::object();
    json["to"] = seat_json(injection.to);
    json["as"] = injection.as == chat::Placement::kReplacing ? "replacing" : "appended";
    json["author"] = author_json(injection.author);
    return write_(comment("injection", json) +
                  fmt::format("*To {}, from {}:*\n\n",
                              injection.to ? words(name_of(trial_, *injection.to)) : "all",
                              chat::to_string(injection.author.kind)) +
                  quoted_block(injection.text, kText) + "\n");
  }

  Status write_change(const chat::ConfigChange& change) const {
    Json json = Json::object();
    json["participant"] = change.participant;
    json["author"] = author_json(change.author);
    json["change"] = parsed_or_text(change_to_json(change));
    return write_(comment("config", json) + fmt::format("*Settings of {} change: {}*\n\n",
                                                        words(name_of(trial_, change.participant)),
                                                        words(change.cause)));
  }

  const FileInfo file_;
  const WriteText write_;
  TrialSummary trial_;
};

}  // namespace

std::unique_ptr<Exporter> make_markdown_exporter(const FileInfo& file, WriteText write) {
  return std::make_unique<MarkdownExporter>(file, std::move(write));
}

}  // namespace duologue::store
