// Conversations for tests of this room: made-up words, and an instrument fed with texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/turn.h"
#include "measure/findings.h"
#include "measure/instrument.h"

namespace duologue::measure::testing {

// `count` words that no other `topic` has: "w7_0 w7_1 ...".
inline std::string words(int topic, int count, int first = 0) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    if (!text.empty()) text += ' ';
    text += 'w' + std::to_string(topic) + '_' + std::to_string(i);
  }
  return text;
}

inline chat::Turn turn_of(std::string_view text, chat::ParticipantId speaker = 0,
                          chat::AuthorKind author = chat::AuthorKind::kModel) {
  chat::Turn turn;
  turn.speaker = speaker;
  turn.author.kind = author;
  turn.text = text;
  return turn;
}

using Texts = std::vector<std::string>;

// `count` turns of 20 tokens that share nothing.
inline Texts fresh_talk(int count, int first_topic = 100) {
  Texts texts;
  for (int i = 0; i < count; ++i) texts.push_back(words(first_topic + i, 20));
  return texts;
}

inline Texts operator+(Texts a, const Texts& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Texts repeat(const Texts& texts, int times) {
  Texts out;
  for (int i = 0; i < times; ++i) out.insert(out.end(), texts.begin(), texts.end());
  return out;
}

// Two speakers by turns, from turn 1.
inline std::vector<Findings> observe_all(Instrument& instrument, const std::vector<std::string>& texts) {
  std::vector<Findings> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(i + 1);
    all.push_back(instrument.observe(number, turn_of(texts[i], static_cast<chat::ParticipantId>(i % 2))));
  }
  return all;
}

inline std::vector<Detection> detections_of(const std::vector<Findings>& all, std::string_view label) {
  std::vector<Detection> found;
  for (const Findings& findings : all) {
    for (const Detection& detection : findings.detections) {
      if (detection.label == label) found.push_back(detection);
    }
  }
  return found;
}

inline std::vector<Detection> detect(const std::vector<std::string>& texts, std::string_view label) {
  Instrument instrument;
  return detections_of(observe_all(instrument, texts), label);
}

// A linear congruential generator: the same numbers on every machine.
class Lcg {
 public:
  explicit Lcg(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

}  // namespace duologue::measure::testing
