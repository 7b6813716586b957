// Watches a conversation and tells it to a TextSink: who says what, what happened between turns, what was
// found; and keeps the status row's values. On the conversation's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/status_line.h"
#include "cli/terminal/text_sink.h"
#include "engine/observer.h"

namespace duologue::cli {

struct TalkViewOptions {
  std::vector<std::string> names;  // of the participants, in speaking order
  std::uint32_t turn_limit = 0;    // 0: none
  bool typed_here = false;         // what a human says stands on this terminal already, as it was typed
  std::string hint;                // of the status row
  const base::Clock* clock = &base::Clock::system();
};

class TalkView final : public engine::Observer {
 public:
  TalkView(TextSink& sink, TalkViewOptions options);

  // A conversation that goes on: where it stands, and its last values. Before the first turn.
  void restore(std::uint32_t turns, const std::vector<measure::Measurement>& measurements,
               const std::vector<measure::Detection>& detections);

  void turn_started(chat::ParticipantId speaker, std::uint32_t turn) override;
  void delta(std::string_view text) override;
  void turn_restarts(const model::FailedAttempt& attempt) override;
  void committed(const engine::Commit& commit, const chat::Transcript& transcript) override;
  void ended(const engine::EndReason& reason, const chat::Transcript& transcript) override;

  const TalkStatus& status() const { return status_; }

 private:
  void begin_turn(chat::ParticipantId speaker, const std::string& remark);
  void show_turn(const chat::Entry& entry);
  void show_injection(const chat::Injection& injection);
  void keep_detection(const measure::Detection& detection);
  void show_detection(const measure::Detection& detection);
  void say(const std::string& line, Style style);
  void take_measurement(const measure::Measurement& measurement);
  void count_delta();
  const std::string& name(chat::ParticipantId id) const;

  TextSink& sink_;
  const TalkViewOptions options_;
  SafeText safe_;
  TalkStatus status_;
  chat::ParticipantId speaker_ = 0;  // of the turn that has begun
  bool speaking_ = false;            // a turn has begun that isn't recorded yet
  bool said_ = false;                // and some of it is shown
  std::uint32_t deltas_ = 0;
  std::chrono::steady_clock::time_point first_delta_;
  std::chrono::steady_clock::time_point last_status_;
};

}  // namespace duologue::cli
