// One answer of a provider while it streams in: its text (reasoning kept apart, stop strings cut), tool
// calls, usage and statistics, whatever the wire form; in the end a ModelOutput. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/utf8.h"
#include "model/http/tool_assembler.h"
#include "model/model.h"
#include "model/turn_text.h"

namespace duologue::model::http {

class Answer {
 public:
  struct Options {
    std::vector<std::string> stop;  // strings that end the turn
    bool splits_reasoning = true;   // <think>…</think> at the start of the text
    std::string prefill;            // the turn's first words, which the provider doesn't repeat
    OnDelta on_delta;
  };
  explicit Answer(Options options);

  // Pieces, as they come. kBadInput for more than 16 MiB of either.
  base::Status add_text(std::string_view piece);
  base::Status add_reasoning(std::string_view piece);
  ToolAssembler& tools() { return tools_; }
  // One sampled token: its natural log-probability, and those of the most likely ones, where they were given.
  void add_logprob(double logprob, std::span<const double> top);
  void touch();  // something of the answer came: for the time to the first token

  // Whether a stop string has come: the rest isn't wanted.
  bool stopped() const { return stopped_; }
  bool said_nothing() const { return text_bytes_ == 0 && reasoning_.empty() && tools_.empty(); }

  // Filled in by the wire form.
  chat::Usage usage;
  std::optional<chat::StopReason> stop_reason;
  std::string model_version;
  bool ended = false;  // the provider said that the answer is whole

  // The output, `elapsed` after the call began. Once.
  ModelOutput finish();

 private:
  void show();

  Options options_;
  TurnText text_;
  std::size_t text_bytes_ = 0;
  std::size_t shown_ = 0;
  base::Utf8Assembler assembler_;
  std::string reasoning_;
  ToolAssembler tools_;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::optional<double> first_ms_;
  double entropy_bits_ = 0;
  double surprisal_nats_ = 0;
  std::size_t positions_ = 0;
  bool entropy_known_ = true;
  bool surprisal_known_ = true;
};

// Halves of a surrogate pair that came in different pieces, three bytes each, become the one character.
std::string join_surrogates(std::string_view text);

}  // namespace duologue::model::http
