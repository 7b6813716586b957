#include "store/export_jsonl.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "chat/nobody.h"
#include "store/codec.h"
#include "store/json_text.h"

namespace duologue::store {

namespace {

using base::Json;

// An entry that is no turn, and its position in the chain.
struct Beside {
  std::uint64_t seq = 0;
  Json json;
};

Json number_or_null(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

// Text that was JSON when it was stored.
Json parsed(const std::string& text) {
  auto json = base::parse_json(text, {.max_bytes = text.size()});
  return json ? std::move(*json) : Json(text);
}

}  // namespace

class JsonlStream::Lines {
 public:
  Lines(const FileInfo& file, TrialSummary trial, const WriteLine& write)
      : conversation_(fmt::format("{}-{}", file.uid.substr(0, 12), trial.row.id)),
        trial_(std::move(trial)),
        write_(write) {}

  base::Status take(const TurnRecord& record) {
    std::vector<Json> events = events_of(record);
    if (record.turn == nullptr) {
      if (line_.empty()) return {};  // before any turn
      for (Json& event : events) line_["events"].push_back(std::move(event));
      return {};
    }
    TRY(flush());
    fill(record);
    line_["events"] = std::move(events);
    return {};
  }

  // The last turn's line says how the conversation ended too.
  base::Status finish(const std::optional<engine::EndReason>& reason, std::int64_t ended_ms) {
    if (reason && !line_.empty()) {
      Json end = Json::object({{"when", "after"}, {"kind", "end"}});
      end["cause"] = engine::to_string(reason->cause);
      end["detail"] = reason->detail;
      end["created_ms"] = ended_ms;
      line_["events"].push_back(std::move(end));
    }
    return flush();
  }

  base::Status flush() {
    if (line_.empty()) return {};
    std::string text = base::dump_json(line_);
    text.push_back('\n');
    line_.clear();
    return write_(text);
  }

 private:
  std::string name_of(chat::ParticipantId id) const {
    const auto& seats = trial_.row.participants;
    if (id == chat::kNobody) return std::string(chat::kNobodysName);
    return id < seats.size() ? seats[id].name : fmt::format("participant {}", id + 1);
  }

  static Json author_json(const chat::Author& author) {
    Json json = Json::object();
    json["kind"] = chat::to_string(author.kind);
    put_text(json, "name", author.name);
    return json;
  }

  static void put_hashes(Json& json, const chat::Entry& entry) {
    json["hash"] = entry.hash.hex();
    json["parent"] = entry.parent.is_zero() ? Json(nullptr) : Json(entry.parent.hex());
  }

  void fill(const TurnRecord& record) {
    const chat::Turn& turn = *record.turn->as_turn();
    line_ = Json::object();
    line_["conversation"] = conversation_;
    line_["trial"] = trial_.row.id;
    line_["turn"] = record.turn->turn;
    line_["speaker"] = name_of(turn.speaker);
    line_["author"] = author_json(turn.author);
    put_text(line_, "text", turn.text);
    put_text(line_, "reasoning", turn.reasoning);
    line_["tool_calls"] = parsed(tool_calls_to_json(turn.tool_calls));
    line_["stop_reason"] = chat::to_string(turn.stop_reason);
    fill_call(record.call);
    put_hashes(line_, *record.turn);
    line_["metrics"] = metrics_json(record);
    line_["detections"] = Json::array();
    for (const measure::Detection& detection : record.detections) {
      line_["detections"].push_back(detection_json(detection));
    }
    line_["created_ms"] = record.created_ms;
  }

  void fill_call(const std::optional<engine::Call>& call) {
    for (const char* key : {"model", "identity", "params", "seed", "usage", "cost_usd", "timing_ms",
                            "view_hash", "prompt_hash"}) {
      line_[key] = nullptr;
    }
    if (!call) return;
    line_["model"] = call->model;
    line_["identity"] = call->identity;
    if (params_text_ != call->params) {
      params_text_ = call->params;
      params_ = parsed(params_text_);
    }
    line_["params"] = params_;
    line_["seed"] = call->seed;
    line_["usage"] = Json::object({{"prompt_tokens", call->usage.prompt_tokens},
                                   {"new_prompt_tokens", call->usage.new_prompt_tokens},
                                   {"completion_tokens", call->usage.completion_tokens}});
    line_["cost_usd"] = number_or_null(call->cost_usd);
    line_["timing_ms"] =
        Json::object({{"first_token", call->timing.first_token_ms}, {"total", call->timing.total_ms}});
    if (!call->view_hash.is_zero()) line_["view_hash"] = call->view_hash.hex();
    if (!call->prompt_hash.is_zero()) line_["prompt_hash"] = call->prompt_hash.hex();
  }

  Json metrics_json(const TurnRecord& record) const {
    Json metrics = Json::object();
    for (const measure::Measurement& one : record.measurements) put_metric(metrics, one);
    if (record.call) {
      metrics["entropy"] = number_or_null(record.call->stats.entropy_bits);
      metrics["nll_speaker"] = number_or_null(record.call->stats.surprisal_bpb);
    }
    for (const chat::ListenerStats& one : record.listener) {
      metrics["nll_listener"][name_of(one.listener)] = number_or_null(one.surprisal_bpb);
    }
    return metrics;
  }

  // A participant's value stands in an object by name.
  void put_metric(Json& metrics, const measure::Measurement& one) const {
    const std::string metric(one.metric);
    if (!one.participant) {
      metrics[metric] = number_or_null(one.value);
      return;
    }
    Json& by_name = metrics[metric];
    if (!by_name.is_object()) by_name = Json::object();
    by_name[name_of(*one.participant)] = number_or_null(one.value);
  }

  static Json detection_json(const measure::Detection& detection) {
    Json json = Json::object();
    json["label"] = detection.label;
    json["kind"] = detection.kind;
    json["onset"] = detection.onset;
    json["detected_at"] = detection.detected_at;
    json["period"] = detection.period ? Json(*detection.period) : Json(nullptr);
    json["quote_turn"] = detection.quote_turn;
    put_text(json, "quote", detection.quote);
    put_text(json, "by", detection.by);
    return json;
  }

  Json entry_json(const chat::Entry& entry, const char* when) const {
    Json json = Json::object({{"when", when}});
    if (const chat::Injection* injection = entry.as_injection()) {
      json["kind"] = "injection";
      json["to"] = injection->to ? Json(name_of(*injection->to)) : Json(nullptr);
      json["as"] = injection->as == chat::Placement::kReplacing ? "replacing" : "appended";
      json["author"] = author_json(injection->author);
      put_text(json, "text", injection->text);
    } else if (const chat::ConfigChange* change = entry.as_change()) {
      json["kind"] = "config";
      json["participant"] = name_of(change->participant);
      json["author"] = author_json(change->author);
      json["change"] = parsed(change_to_json(*change));
    }
    put_hashes(json, entry);
    return json;
  }

  std::vector<Json> events_of(const TurnRecord& record) const {
    const bool trailing = record.turn == nullptr;
    // The entries stand right before the turn, or at the chain's end.
    std::vector<Beside> entries;
    std::uint64_t seq = record.seq + (trailing ? 1 : 0) - record.before.size();
    for (const chat::EntryPtr& entry : record.before) {
      entries.push_back({seq, entry_json(*entry, trailing ? "after" : "before")});
      ++seq;
    }
    std::vector<Json> events;
    auto entry = entries.begin();
    for (const StoredEvent& stored : record.events) {
      // Recorded when the chain had this many entries: after those, before the next.
      for (; entry != entries.end() && entry->seq < stored.seq; ++entry)
        events.push_back(std::move(entry->json));
      Json json = Json::object();
      json["when"] = trailing || stored.seq > record.seq ? "after" : "before";
      json["kind"] = stored.event.kind;
      json["turn"] = stored.event.turn;
      json["detail"] = stored.event.detail;
      json["created_ms"] = stored.created_ms;
      events.push_back(std::move(json));
    }
    for (; entry != entries.end(); ++entry) events.push_back(std::move(entry->json));
    return events;
  }

  const std::string conversation_;
  const TrialSummary trial_;
  const WriteLine& write_;
  Json line_ = Json::object();  // of the last turn: what came after it may be still to come
  std::string params_text_;
  Json params_;
};

JsonlStream::JsonlStream(const FileInfo& file, TrialSummary trial, WriteLine write)
    : write_(std::move(write)), lines_(std::make_unique<Lines>(file, std::move(trial), write_)) {}
JsonlStream::~JsonlStream() = default;

base::Status JsonlStream::take(const TurnRecord& record) { return lines_->take(record); }
base::Status JsonlStream::flush() { return lines_->flush(); }
base::Status JsonlStream::finish(const std::optional<engine::EndReason>& end, std::int64_t ended_ms) {
  return lines_->finish(end, ended_ms);
}

base::Status export_jsonl(Reader& reader, std::uint32_t trial, std::optional<BranchId> branch,
                          const WriteLine& write) {
  TRY_ASSIGN(const FileInfo file, reader.file_info());
  TRY_ASSIGN(TrialSummary summary, reader.trial(trial));
  const bool is_head = !branch || *branch == summary.head;
  const auto end = is_head ? summary.end : std::nullopt;
  const std::int64_t ended_ms = summary.ended_ms.value_or(0);
  JsonlStream stream(file, std::move(summary), write);
  const base::Status walked = reader.for_each_turn(
      trial, branch, [&stream](const TurnRecord& record) { return stream.take(record); });
  // What could be read before a damaged place is written all the same.
  TRY(stream.finish(walked ? end : std::nullopt, ended_ms));
  return walked;
}

}  // namespace duologue::store
