#include "store/export/inspect.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "store/codec.h"
#include "store/export/seats_json.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

constexpr int kLogVersion = 2;
constexpr const char* kOwn = "duologue";  // the key of our metadata

std::string_view inspect_reason(chat::StopReason reason) {
  switch (reason) {
    case chat::StopReason::kLength:
      return "max_tokens";
    case chat::StopReason::kToolCall:
      return "tool_calls";
    case chat::StopReason::kContentFilter:
    case chat::StopReason::kRefusal:
      return "content_filter";
    case chat::StopReason::kWritten:
      return "unknown";
    case chat::StopReason::kEndOfTurn:
    case chat::StopReason::kStopSequence:
      return "stop";
  }
  return "unknown";
}

Json object(std::initializer_list<std::pair<const char*, Json>> members) {
  Json json = Json::object();
  for (const auto& [key, value] : members) json[key] = value;
  return json;
}

// Inspect wants an object, and ids.
Json call_json(const chat::ToolCall& call, const std::string& id) {
  Json arguments = parsed_or_text(call.arguments);
  Json json = object({{"id", id}, {"function", call.name}, {"type", "function"}});
  if (arguments.is_object()) {
    json["arguments"] = std::move(arguments);
  } else {
    json["arguments"] = Json::object();
    json["parse_error"] = "the arguments were no JSON object: " + call.arguments;
  }
  return json;
}

class InspectExporter final : public Exporter {
 public:
  InspectExporter(FileInfo file, WriteText write, ExportOptions options)
      : file_(std::move(file)), write_(std::move(write)), options_(std::move(options)) {}

  Status begin(const TrialSummary& trial) override {
    trial_ = trial;
    messages_ = Json::array();
    last_own_ = Json();
    TRY_ASSIGN(side_, side_of(trial, options_));
    TRY(write_head());
    const auto& seats = trial.row.participants;
    if (side_ < seats.size() && !seats[side_].system_prompt.empty()) {
      messages_.push_back(object({{"role", "system"}, {"content", seats[side_].system_prompt}}));
    }
    return {};
  }

  Status take(const TurnRecord& record) override {
    for (const chat::EntryPtr& entry : record.before) {
      const chat::Injection* injection = heard_by(side_, *entry);
      if (injection == nullptr) continue;
      const bool person = injection->author.kind == chat::AuthorKind::kHuman;
      Json message = object({{"role", "user"}, {"content", injection->text}});
      message["source"] = person ? "operator" : "input";
      message["metadata"][kOwn] = own(0, "", injection->author);
      messages_.push_back(std::move(message));
    }
    if (record.turn != nullptr) add_turn(record, *record.turn->as_turn());
    return {};
  }

  Status end(const std::optional<engine::EndReason>& reason, std::int64_t ended_ms) override {
    Json sample = object({{"id", conversation_id(file_, trial_)}, {"epoch", 1}});
    sample["input"] = trial_.row.opening;
    sample["target"] = "";
    sample["messages"] = std::exchange(messages_, Json::array());
    sample["output"] = output_json();
    Json own = object({{"trial", trial_.row.id}, {"participants", seats_json(trial_.row)}});
    if (reason) {
      own["ended"] = object({{"cause", engine::to_string(reason->cause)}, {"detail", reason->detail}});
    }
    sample["metadata"][kOwn] = std::move(own);
    sample["started_at"] = iso_time(trial_.created_ms);
    if (ended_ms > 0) sample["completed_at"] = iso_time(ended_ms);
    ++samples_;
    return write_((samples_ == 1 ? "\n" : ",\n") + base::dump_json(sample));
  }

  Status finish() override {
    if (!begun_) {
      TRY(write_head());
    }
    const Json results =
        object({{"total_samples", samples_}, {"completed_samples", samples_}, {"scores", Json::array()}});
    return write_(fmt::format("],\n\"results\": {}}}\n", base::dump_json(results)));
  }

 private:
  // Once for the file, up to where the samples begin.
  Status write_head() {
    if (std::exchange(begun_, true)) return {};
    const auto& seats = trial_.row.participants;
    const std::string& model = side_ < seats.size() ? seats[side_].model : std::string();
    const std::string created = iso_time(file_.created_ms);
    Json eval = object({{"run_id", file_.uid}, {"eval_id", file_.uid}, {"created", created}});
    eval["task"] = file_.name.empty() ? "duologue" : file_.name;
    eval["dataset"] = object({{"name", file_.name}});
    eval["model"] = model.empty() ? "unknown" : model;
    eval["config"] = Json::object();
    eval["packages"] = object({{"duologue", file_.duologue_version}});
    const Json stats = object({{"started_at", created}, {"completed_at", created}});
    return write_(
        fmt::format("{{\"version\": {}, \"status\": \"success\",\n\"eval\": {},\n\"stats\": {},\n"
                    "\"samples\": [",
                    kLogVersion, base::dump_json(eval), base::dump_json(stats)));
  }

  static Json own(std::uint32_t turn, const std::string& speaker, const chat::Author& author) {
    return object({{"turn", turn},
                   {"speaker", speaker},
                   {"author", chat::to_string(author.kind)},
                   {"author_name", author.name}});
  }

  void add_turn(const TurnRecord& record, const chat::Turn& turn) {
    const bool is_own = turn.speaker == side_;
    Json message = object({{"role", is_own ? "assistant" : "user"}});
    if (turn.reasoning.empty()) {
      message["content"] = turn.text;
    } else {
      message["content"] = Json::array({object({{"type", "reasoning"}, {"reasoning", turn.reasoning}}),
                                        object({{"type", "text"}, {"text", turn.text}})});
    }
    if (turn.author.kind == chat::AuthorKind::kModel && is_own) message["source"] = "generate";
    if (turn.author.kind == chat::AuthorKind::kHuman) message["source"] = "operator";
    Json& metadata = message["metadata"][kOwn] =
        own(record.turn->turn, name_of(trial_, turn.speaker), turn.author);
    metadata["stop_reason"] = chat::to_string(turn.stop_reason);
    metadata["created_ms"] = record.created_ms;
    if (!turn.tool_calls.empty())
      metadata["tool_calls"] = parsed_or_text(tool_calls_to_json(turn.tool_calls));
    if (is_own) {
      message["model"] = trial_.row.participants[side_].model;
      add_call_list(record.turn->turn, turn, message);
      last_own_ = message;
      last_reason_ = turn.stop_reason;
    }
    messages_.push_back(std::move(message));
    if (is_own) add_results(record.turn->turn, turn);
  }

  static std::string call_id(std::uint32_t turn, std::size_t index, const chat::ToolCall& call) {
    return call.id.empty() ? fmt::format("turn-{}-call-{}", turn, index + 1) : call.id;
  }

  static void add_call_list(std::uint32_t number, const chat::Turn& turn, Json& message) {
    for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
      message["tool_calls"].push_back(call_json(turn.tool_calls[i], call_id(number, i, turn.tool_calls[i])));
    }
  }

  void add_results(std::uint32_t number, const chat::Turn& turn) {
    for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
      const chat::ToolCall& call = turn.tool_calls[i];
      Json message = object({{"role", "tool"}, {"content", call.result}, {"function", call.name}});
      message["tool_call_id"] = call_id(number, i, call);
      message["metadata"][kOwn] = object({{"turn", number}});
      messages_.push_back(std::move(message));
    }
  }

  Json output_json() const {
    Json output = object({{"model", ""}, {"choices", Json::array()}});
    if (!last_own_.is_object()) return output;
    output["model"] = last_own_["model"];
    output["choices"].push_back(
        object({{"message", last_own_}, {"stop_reason", inspect_reason(last_reason_)}}));
    return output;
  }

  const FileInfo file_;
  const WriteText write_;
  const ExportOptions options_;
  TrialSummary trial_;
  chat::ParticipantId side_ = 0;
  Json messages_;
  Json last_own_;
  chat::StopReason last_reason_ = chat::StopReason::kEndOfTurn;
  std::uint32_t samples_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Exporter> make_inspect_exporter(const FileInfo& file, WriteText write,
                                                const ExportOptions& options) {
  return std::make_unique<InspectExporter>(file, std::move(write), options);
}

}  // namespace duologue::store
