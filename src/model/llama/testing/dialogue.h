// A conversation without the engine room: participants in turn, one model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "chat/transcript.h"
#include "chat/view.h"
#include "model/llama/llama_model.h"

namespace duologue::model::llama::testing {

struct DialogueOptions {
  std::uint64_t conversation = 1;
  std::uint64_t seed = 7;
  std::uint32_t participants = 2;
  std::string opening = "Hello there";
  std::string system_prompt;
  chat::MemoryPolicy memory;
  chat::Sampling sampling;
  bool score = false;
  bool raw_prompt = false;
};

class Dialogue {
 public:
  explicit Dialogue(DialogueOptions options) : options_(std::move(options)) {
    transcript_.append(chat::Injection{0, chat::Placement::kAppended, options_.opening, {}});
    make_views();
  }

  const chat::Transcript& transcript() const { return transcript_; }
  chat::Transcript& transcript() { return transcript_; }
  chat::ParticipantId next() const { return transcript_.turn_count() % options_.participants; }
  chat::View view() { return views_[next()].update(transcript_); }

  GenerateConfig config() const {
    GenerateConfig config;
    config.sampling = options_.sampling;
    config.key = {options_.seed, 0, transcript_.turn_count() + 1, base::RngStream::kToken};
    config.context = {options_.conversation, next()};
    config.raw_prompt = options_.raw_prompt;
    const std::uint32_t turns = transcript_.turn_count();
    if (options_.score && turns > 0) {
      config.score_from_turn = turns + 2 > options_.participants ? turns + 2 - options_.participants : 1;
    }
    return config;
  }

  // The next turn, appended.
  base::Result<ModelOutput> say(Model& model, std::stop_token stop = {}, const OnDelta& on_delta = {}) {
    const chat::ParticipantId speaker = next();
    auto output = model.generate(view(), config(), std::move(stop), on_delta);
    if (!output) return output;
    chat::Turn turn = output->turn;
    turn.speaker = speaker;
    transcript_.append(std::move(turn));
    return output;
  }

  // The texts of `turns` more turns, or the error in place of the one that failed.
  std::vector<std::string> talk(Model& model, int turns) {
    std::vector<std::string> texts;
    for (int i = 0; i < turns; ++i) {
      const auto output = say(model);
      texts.push_back(trace(output));
      if (!output) break;
    }
    return texts;
  }

  // The text with every bit of its statistics, which change with any logit where a short text may not.
  static std::string trace(const base::Result<ModelOutput>& output) {
    if (!output) return "error: " + output.error().message;
    return fmt::format("{} {:a} {:a}", output->turn.text, output->stats.entropy_bits.value_or(-1),
                       output->stats.surprisal_bpb.value_or(-1));
  }

  // Somebody wrote the next turn.
  void write(const std::string& text) {
    chat::Turn turn;
    turn.speaker = next();
    turn.text = text;
    turn.stop_reason = chat::StopReason::kWritten;
    transcript_.append(std::move(turn));
  }

  // Another conversation that shares the first `entries` entries.
  Dialogue fork(std::size_t entries, std::uint64_t conversation) const {
    Dialogue forked(options_);
    forked.options_.conversation = conversation;
    forked.transcript_ = transcript_.fork(entries);
    return forked;
  }

 private:
  void make_views() {
    for (std::uint32_t p = 0; p < options_.participants; ++p) {
      chat::Seat seat{p, options_.system_prompt, options_.memory, chat::ReasoningPolicy::kStrip, {}};
      views_.emplace_back(std::move(seat));
    }
  }

  DialogueOptions options_;
  chat::Transcript transcript_;
  std::vector<chat::ViewBuilder> views_;
};

}  // namespace duologue::model::llama::testing
