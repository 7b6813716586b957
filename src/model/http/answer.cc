#include "model/http/answer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

namespace duologue::model::http {

namespace {

constexpr std::size_t kMostText = std::size_t{16} << 20;
// Providers write such numbers for "not among the most likely ones" or zero: nothing can be summed then.
constexpr double kLeastLogprob = -1'000;

double elapsed_ms(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Answer::Answer(Options options)
    : options_(std::move(options)), text_({options_.stop, options_.splits_reasoning, false}) {
  if (options_.prefill.empty()) return;
  text_.push(options_.prefill);
  show();
}

void Answer::touch() {
  if (!first_ms_) first_ms_ = elapsed_ms(begin_);
}

base::Status Answer::add_text(std::string_view piece) {
  if (piece.empty() || stopped_) return {};
  touch();
  text_bytes_ += piece.size();
  if (text_bytes_ > kMostText)
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("an answer of more than {} MiB", kMostText >> 20));
  stopped_ = text_.push(piece);
  show();
  return {};
}

void Answer::show() {
  const std::string_view shown = text_.shown();
  if (shown.size() <= shown_) return;
  const std::string whole = assembler_.push(shown.substr(shown_));
  shown_ = shown.size();
  if (options_.on_delta && !whole.empty()) options_.on_delta(whole);
}

base::Status Answer::add_reasoning(std::string_view piece) {
  if (piece.empty()) return {};
  touch();
  reasoning_ += piece;
  if (reasoning_.size() > kMostText)
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("reasoning of more than {} MiB", kMostText >> 20));
  return {};
}

void Answer::add_logprob(double logprob, std::span<const double> top) {
  ++positions_;
  surprisal_known_ = surprisal_known_ && logprob > kLeastLogprob;
  surprisal_nats_ -= std::min(logprob, 0.0);
  if (top.empty()) {
    entropy_known_ = false;
    return;
  }
  // What the list leaves out counts as one more outcome: the least entropy that the whole can have.
  double rest = 1;
  double nats = 0;
  for (const double value : top) {
    const double p = value > kLeastLogprob ? std::exp(std::min(value, 0.0)) : 0;
    if (p > 0) nats -= p * std::log(p);
    rest -= p;
  }
  if (rest > 1e-9) nats -= rest * std::log(rest);
  entropy_bits_ += nats / std::numbers::ln2;
}

ModelOutput Answer::finish() {
  text_.finish();
  show();
  if (const std::string rest = assembler_.flush(); options_.on_delta && !rest.empty())
    options_.on_delta(rest);
  ModelOutput output;
  chat::Turn& turn = output.turn;
  const bool thought_in_text = !text_.reasoning().empty();
  turn.text = join_surrogates(text_.text());
  turn.reasoning = join_surrogates(reasoning_.empty() ? text_.reasoning() : std::string_view(reasoning_));
  turn.tool_calls = tools_.take();
  turn.stop_reason =
      stopped_ ? chat::StopReason::kStopSequence : stop_reason.value_or(chat::StopReason::kEndOfTurn);
  const bool plain_end = turn.stop_reason == chat::StopReason::kEndOfTurn;
  if (!turn.tool_calls.empty() && plain_end) turn.stop_reason = chat::StopReason::kToolCall;
  output.usage = usage;
  output.model_version = std::move(model_version);
  output.timing.total_ms = elapsed_ms(begin_);
  output.timing.first_token_ms = first_ms_.value_or(output.timing.total_ms);
  if (positions_ > 0 && entropy_known_)
    output.stats.entropy_bits = entropy_bits_ / static_cast<double>(positions_);
  // Only where the tokens are those of the text: not after a cut of ours, nor where reasoning stood among
  // them.
  if (positions_ > 0 && surprisal_known_ && !stopped_ && !thought_in_text && text_bytes_ > 0) {
    output.stats.surprisal_bpb = surprisal_nats_ / (std::numbers::ln2 * static_cast<double>(text_bytes_));
  }
  return output;
}

std::string join_surrogates(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = i + 5 < text.size() && byte(i) == 0xED && (byte(i + 1) & 0xF0) == 0xA0 &&
                      (byte(i + 2) & 0xC0) == 0x80 && byte(i + 3) == 0xED && (byte(i + 4) & 0xF0) == 0xB0 &&
                      (byte(i + 5) & 0xC0) == 0x80;
    if (!pair) {
      out.push_back(text[i]);
      continue;
    }
    const char32_t high = ((byte(i + 1) & 0x0FU) << 6U) | (byte(i + 2) & 0x3FU);
    const char32_t low = ((byte(i + 4) & 0x0FU) << 6U) | (byte(i + 5) & 0x3FU);
    base::append_utf8(out, 0x10000 + (high << 10U) + low);
    i += 5;
  }
  return out;
}

}  // namespace duologue::model::http
