#include "model/turn_text.h"

#include <algorithm>
#include <utility>

namespace duologue::model {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

struct Tags {
  std::string_view open;
  std::string_view close;
};
constexpr Tags kTags[] = {{"<think>", "</think>"}, {"[THINK]", "[/THINK]"}};

}  // namespace

TurnText::TurnText(Options options)
    : options_(std::move(options)),
      phase_(!options_.splits_reasoning     ? Phase::kText
             : options_.starts_in_reasoning ? Phase::kReasoning
                                            : Phase::kUndecided) {
  std::erase(options_.stop, "");
}

bool TurnText::push(std::string_view piece) {
  bytes_ += piece;
  token_ends_.push_back(bytes_.size());
  advance();
  text_end_ = bytes_.size();
  if (phase_ != Phase::kText) return false;
  if (find_stop()) {
    shown_end_ = text_end_;
    return true;
  }
  shown_end_ = std::max(shown_end_, bytes_.size() - held_back());
  return false;
}

void TurnText::advance() {
  if (phase_ == Phase::kUndecided && !decide()) return;
  if (phase_ == Phase::kReasoning && !close_reasoning()) return;
  if (phase_ == Phase::kAfterReasoning) {
    text_begin_ = std::min(bytes_.find_first_not_of(kSpace, text_begin_), bytes_.size());
    shown_end_ = searched_ = text_begin_;
    if (text_begin_ < bytes_.size()) phase_ = Phase::kText;
  }
}

// Whether the turn starts with reasoning. False: too early to tell.
bool TurnText::decide() {
  const std::size_t begin = bytes_.find_first_not_of(kSpace);
  if (begin == std::string::npos) return false;
  const std::string_view start = view(begin, bytes_.size());
  for (const Tags& tags : kTags) {
    if (start.starts_with(tags.open)) {
      phase_ = Phase::kReasoning;
      close_tag_ = tags.close;
      reasoning_begin_ = searched_ = begin + tags.open.size();
      return true;
    }
    if (tags.open.starts_with(start)) return false;
  }
  phase_ = Phase::kText;
  return true;
}

bool TurnText::close_reasoning() {
  const std::size_t at = bytes_.find(close_tag_, searched_);
  if (at == std::string::npos) {
    const std::size_t overlap = std::min(bytes_.size(), close_tag_.size() - 1);
    searched_ = std::max(searched_, bytes_.size() - overlap);
    return false;
  }
  reasoning_end_ = at;
  text_begin_ = at + close_tag_.size();
  phase_ = Phase::kAfterReasoning;
  return true;
}

bool TurnText::find_stop() {
  std::size_t first = std::string::npos;
  std::size_t longest = 0;
  for (const std::string& stop : options_.stop) {
    first = std::min(first, bytes_.find(stop, searched_));
    longest = std::max(longest, stop.size());
  }
  if (first == std::string::npos) {
    if (longest > 0) searched_ = std::max(searched_, bytes_.size() - std::min(bytes_.size(), longest - 1));
    return false;
  }
  text_end_ = first;
  return true;
}

// Bytes at the end that may turn out to be the start of a stop string.
std::size_t TurnText::held_back() const {
  std::size_t most = 0;
  for (const std::string& stop : options_.stop) {
    const std::size_t room = std::min(stop.size() - 1, bytes_.size() - text_begin_);
    for (std::size_t n = room; n > most; --n) {
      if (std::string_view(bytes_).ends_with(std::string_view(stop).substr(0, n))) most = n;
    }
  }
  return most;
}

void TurnText::finish() {
  switch (phase_) {
    case Phase::kUndecided:
      break;  // spaces, or the start of a tag: the text
    case Phase::kReasoning:
      reasoning_end_ = bytes_.size();
      text_begin_ = bytes_.size();
      break;
    case Phase::kAfterReasoning:
    case Phase::kText:
      break;
  }
  text_end_ = std::max(text_end_, text_begin_);
  shown_end_ = text_end_;
  const std::string_view thought = reasoning();
  const std::size_t first = thought.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    reasoning_end_ = reasoning_begin_;
  } else {
    reasoning_end_ = reasoning_begin_ + thought.find_last_not_of(kSpace) + 1;
    reasoning_begin_ += first;
  }
}

std::size_t TurnText::first_text_token() const {
  return static_cast<std::size_t>(std::ranges::upper_bound(token_ends_, text_begin_) - token_ends_.begin());
}

std::size_t TurnText::last_text_token() const {
  return static_cast<std::size_t>(std::ranges::upper_bound(token_ends_, text_end_) - token_ends_.begin());
}

bool TurnText::ends_at_token() const {
  return text_end_ == 0 || std::ranges::binary_search(token_ends_, text_end_);
}

}  // namespace duologue::model
