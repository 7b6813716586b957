#include "cli/terminal/talk_view.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/unicode.h"
#include "cli/describe.h"

namespace duologue::cli {
namespace {

constexpr std::size_t kKeptValues = 64;  // more than any status row shows
constexpr std::size_t kQuoteColumns = 60;
constexpr std::size_t kMaxIndent = 12;
constexpr std::chrono::milliseconds kStatusEvery{200};

}  // namespace

TalkView::TalkView(TextSink& sink, TalkViewOptions options) : sink_(sink), options_(std::move(options)) {
  status_.turn_limit = options_.turn_limit;
  status_.hint = options_.hint;
  sink_.set_status(status_);
}

const std::string& TalkView::name(chat::ParticipantId id) const {
  static const std::string unknown = "?";
  return id < options_.names.size() ? options_.names[id] : unknown;
}

void TalkView::restore(std::uint32_t turns, const std::vector<measure::Measurement>& measurements,
                       const std::vector<measure::Detection>& detections) {
  status_.turn = turns;
  for (const measure::Measurement& measurement : measurements) take_measurement(measurement);
  for (const measure::Detection& detection : detections) {
    keep_detection(detection);
  }
  sink_.set_status(status_);
}

void TalkView::say(const std::string& line, Style style) {
  sink_.end_row();
  sink_.set_indent(2);
  sink_.put(line, style);
  sink_.end_row();
}

void TalkView::begin_turn(chat::ParticipantId speaker, const std::string& remark) {
  const std::string words = safe_line(name(speaker)) + remark + ": ";
  sink_.end_row();
  sink_.set_indent(std::min(static_cast<std::size_t>(base::display_width(words)), kMaxIndent));
  sink_.put(words, Style::name(speaker));
}

void TalkView::turn_started(chat::ParticipantId speaker, std::uint32_t turn) {
  speaker_ = speaker;
  speaking_ = true;
  said_ = false;
  deltas_ = 0;
  status_.turn = turn;
  safe_.flush();
  if (sink_.shows_deltas()) begin_turn(speaker, "");
  sink_.set_status(status_);
}

void TalkView::count_delta() {
  const auto now = options_.clock->steady();
  if (++deltas_ == 1) first_delta_ = now;
  if (deltas_ < 5 || now - last_status_ < kStatusEvery) return;
  last_status_ = now;
  const double seconds = std::chrono::duration<double>(now - first_delta_).count();
  if (seconds <= 0) return;
  status_.tokens_per_s = (deltas_ - 1) / seconds;  // a delta is a token, or nearly
  sink_.set_status(status_);
}

void TalkView::delta(std::string_view text) {
  count_delta();
  if (!sink_.shows_deltas() || text.empty()) return;
  said_ = true;
  sink_.put(safe_.push(text), {});
}

// What was shown of the turn can't be taken back from a terminal: it is marked, and the turn begins on a row
// of its own.
void TalkView::turn_restarts(const model::FailedAttempt& attempt) {
  const std::string why = fmt::format("{}; trying again in {:.1f} s", safe_line(attempt.error.message),
                                      static_cast<double>(attempt.wait.count()) / 1'000.0);
  if (!sink_.shows_deltas()) {
    say(fmt::format("[{}: {}]", safe_line(name(speaker_)), why), Style::quiet());
    return;
  }
  sink_.put(safe_.flush(), {});
  sink_.put(fmt::format("{}[{}{}]", said_ ? " " : "", said_ ? "broke off, not recorded: " : "", why),
            Style::quiet());
  said_ = false;
  deltas_ = 0;
  begin_turn(speaker_, "");
}

void TalkView::show_turn(const chat::Entry& entry) {
  const chat::Turn& turn = *entry.as_turn();
  const bool by_model = turn.author.kind == chat::AuthorKind::kModel;
  const bool shown = std::exchange(speaking_, false) && sink_.shows_deltas() && by_model;
  status_.turn = entry.turn;
  if (turn.author.kind == chat::AuthorKind::kHuman && options_.typed_here) return;
  if (!shown) {
    begin_turn(turn.speaker, by_model ? "" : " (written by " + describe(turn.author) + ")");
    sink_.put(safe_text(turn.text), {});
  } else if (said_) {
    sink_.put(safe_.flush(), {});
  } else {
    sink_.put(safe_text(turn.text), {});
  }
  if (turn.text.empty()) sink_.put("(says nothing)", Style::quiet());
  if (turn.stop_reason == chat::StopReason::kLength) sink_.put(" [cut at max-tokens]", Style::quiet());
  sink_.end_row();
  for (const chat::ToolCall& call : turn.tool_calls) say("  " + describe(call), Style::quiet());
  if (!turn.reasoning.empty()) {
    say(fmt::format("  (thought for {} characters, not shown)", turn.reasoning.size()), Style::quiet());
  }
}

void TalkView::show_injection(const chat::Injection& injection) {
  if (injection.author.kind == chat::AuthorKind::kHuman && options_.typed_here) return;
  const std::string to = injection.to ? safe_line(name(*injection.to)) : "all";
  const std::string from =
      injection.author.kind == chat::AuthorKind::kHarness ? "opening" : describe(injection.author);
  say(fmt::format("[{} to {}] {}", from, to, safe_text(injection.text)), Style::quiet());
}

// The status row has room for one: that the conversation has settled says the most.
void TalkView::keep_detection(const measure::Detection& detection) {
  if (status_.detected_short == "converged" && detection.label != "converged") return;
  status_.detected = describe(detection);
  status_.detected_short = safe_line(detection.label);
}

void TalkView::show_detection(const measure::Detection& detection) {
  keep_detection(detection);
  std::string line = fmt::format("◆ {} (seen at turn {})", describe(detection), detection.detected_at);
  const std::string quote = evidence(detection, kQuoteColumns);
  if (detection.label == "converged" && !quote.empty()) line += ": " + quote;
  say(line, Style::accent());
}

void TalkView::take_measurement(const measure::Measurement& measurement) {
  const auto add = [&](std::vector<std::optional<double>>& values) {
    values.push_back(measurement.value);
    if (values.size() > kKeptValues) values.erase(values.begin());
  };
  if (measurement.metric == "d_jac1") add(status_.lag1);
  if (measurement.metric == "d_jac2") add(status_.lag2);
}

void TalkView::committed(const engine::Commit& commit, const chat::Transcript& /*transcript*/) {
  if (commit.fork_at) {  // an edit: the last turn is measured again
    if (!status_.lag1.empty()) status_.lag1.pop_back();
    if (!status_.lag2.empty()) status_.lag2.pop_back();
  }
  for (const chat::EntryPtr& entry : commit.entries) {
    if (entry->as_turn() != nullptr) show_turn(*entry);
    if (const chat::Injection* injection = entry->as_injection()) show_injection(*injection);
    const chat::ConfigChange* change = entry->as_change();
    // A full context has a line of its own below.
    if (change != nullptr && (!change->forget_through_turn || change->summary)) {
      say(fmt::format("[{} {}]", safe_line(name(change->participant)), describe(*change)), Style::quiet());
    }
  }
  for (const engine::Event& event : commit.events) {
    if (event.kind == "context_full") say("(context full: " + safe_line(event.detail) + ")", Style::quiet());
    if (event.kind == "context_cut" || event.kind == "parameter_refused")
      say("(warning: " + safe_line(event.detail) + ")", Style::quiet());
    if (event.kind == "not_reached") say("(" + safe_line(event.detail) + ")", Style::quiet());
  }
  for (const measure::Measurement& measurement : commit.measurements) take_measurement(measurement);
  for (const measure::Detection& detection : commit.detections) show_detection(detection);
  if (commit.call && commit.call->timing.total_ms > 0) {
    status_.tokens_per_s = 1'000.0 * commit.call->usage.completion_tokens / commit.call->timing.total_ms;
  }
  sink_.set_status(status_);
}

void TalkView::ended(const engine::EndReason& /*reason*/, const chat::Transcript& transcript) {
  if (std::exchange(speaking_, false) && sink_.shows_deltas()) {
    sink_.put(safe_.flush(), {});
    sink_.put(" [stopped here: not recorded]", Style::quiet());
  }
  sink_.end_row();
  status_.turn = transcript.turn_count();
  sink_.set_status(status_);
}

}  // namespace duologue::cli
