// What is found in conversations made for the purpose: where and when.
#include "measure/instrument.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/utf8.h"
#include "measure/detector.h"
#include "measure/detectors/rules.h"
#include "measure/registry.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using testing::detect;
using testing::detections_of;
using testing::fresh_talk;
using testing::observe_all;
using testing::repeat;
using testing::Texts;
using testing::turn_of;
using testing::words;
using testing::operator+;
TEST(Convergence, LoopOfPeriodTwoIsTracedToItsFirstInstance) {
  const Texts loop{words(1, 20), words(2, 20)};
  Instrument instrument;
  const auto all = observe_all(instrument, fresh_talk(6) + repeat(loop, 8));
  const auto found = detections_of(all, "converged");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].onset, 7u);         // turn 9 is the first that repeats, turn 7 what it repeats
  EXPECT_EQ(found[0].detected_at, 11u);  // 9, 10, 11
  EXPECT_EQ(found[0].period, 2u);
  EXPECT_EQ(found[0].kind, "verbatim");
  EXPECT_EQ(found[0].quote_turn, 11u);
  EXPECT_EQ(found[0].quote, words(1, 20).substr(0, kQuoteBytes));
  const auto label = detections_of(all, "repetition");
  ASSERT_EQ(label.size(), 1u);
  EXPECT_EQ(label[0].onset, 7u);
  EXPECT_EQ(label[0].detected_at, 11u);
  EXPECT_TRUE(detections_of(all, "silence").empty());
  ASSERT_TRUE(instrument.converged());
  EXPECT_EQ(instrument.converged()->onset, 7u);
}

TEST(Convergence, LoopsOfPeriodOneToSixAreFound) {
  for (std::uint32_t period = 1; period <= 6; ++period) {
    Texts loop;
    for (std::uint32_t i = 0; i < period; ++i) loop.push_back(words(static_cast<int>(i), 20));
    const auto found = detect(fresh_talk(6) + repeat(loop, 12), "converged");
    ASSERT_EQ(found.size(), 1u) << period;
    EXPECT_EQ(found[0].onset, 7u) << period;
    EXPECT_EQ(found[0].detected_at, 7 + period + 2) << period;
    EXPECT_EQ(found[0].period, period);
  }
}

TEST(Convergence, AFrameWithAChangingSlotIsATemplate) {
  Texts texts;
  for (int i = 0; i < 6; ++i) texts.push_back(words(i, 30));
  for (int i = 0; i < 6; ++i)
    texts.push_back("[STATE: " + words(100 + i, 2) + "] The " + words(200 + i, 1) + " is now at the " +
                    words(300 + i, 1) + ".");
  const auto found = detect(texts, "converged");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].onset, 7u);
  EXPECT_LE(found[0].detected_at, 10u);
  EXPECT_EQ(found[0].kind, "template");
}

TEST(Convergence, ShrinkingTurnsAreFoundWithoutRepeatedWords) {
  Texts texts;
  for (int i = 0; i < 6; ++i) texts.push_back(words(i, 60));
  for (int i = 6; i < 12; ++i) texts.push_back(words(i, 5));
  Instrument instrument;
  const auto all = observe_all(instrument, texts);
  const auto found = detections_of(all, "converged");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].onset, 7u);
  EXPECT_EQ(found[0].detected_at, 9u);
  EXPECT_EQ(found[0].kind, "paraphrase");
  EXPECT_EQ(found[0].by, "turns have shrunk");
  EXPECT_FALSE(found[0].period);
  EXPECT_TRUE(detections_of(all, "repetition").empty());
  ASSERT_EQ(detections_of(all, "silence").size(), 1u);
  EXPECT_EQ(detections_of(all, "silence")[0].onset, 7u);
  EXPECT_EQ(detections_of(all, "silence")[0].detected_at, 9u);
}

// Goodbyes in ever new words, of a length that doesn't fall: the markers show it, and are quoted.
TEST(Convergence, GoodbyesInNewWords) {
  Texts texts = fresh_talk(6);
  for (int i = 0; i < 6; ++i)
    texts.push_back(words(50 + i, 14) + ". Goodbye, and take care, " + words(80 + i, 4) + ".");
  Instrument instrument;
  const auto all = observe_all(instrument, texts);
  const auto found = detections_of(all, "converged");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].onset, 7, 1);
  EXPECT_LE(found[0].detected_at, 10u);
  EXPECT_TRUE(found[0].quote.starts_with("Goodbye, and take care")) << found[0].quote;
  ASSERT_EQ(detections_of(all, "farewell").size(), 1u);
  EXPECT_TRUE(detections_of(all, "repetition").empty());
}

TEST(Convergence, StaysWhileTurnsStayShortHoweverLong) {
  Texts texts;
  for (int i = 0; i < 6; ++i) texts.push_back(words(i, 60));
  for (int i = 6; i < 60; ++i) texts.push_back(words(i, 6));
  Instrument instrument;
  EXPECT_EQ(detections_of(observe_all(instrument, texts), "converged").size(), 1u);
  EXPECT_TRUE(instrument.converged());
}

TEST(Convergence, ThreeTurnsOfASymbolAreSilenceNotRepetition) {
  for (const char* symbol : {".", "\u200B", "\u200E", "\u3164", "\U0001F44D", "...", ""}) {
    Instrument instrument;
    const auto all = observe_all(instrument, fresh_talk(4) + Texts(5, symbol));
    const auto found = detections_of(all, "converged");
    ASSERT_EQ(found.size(), 1u) << symbol;
    EXPECT_EQ(found[0].onset, 5u);
    EXPECT_EQ(found[0].detected_at, 7u);
    EXPECT_EQ(found[0].quote, symbol);
    EXPECT_EQ(detections_of(all, "silence").size(), 1u);
    EXPECT_TRUE(detections_of(all, "repetition").empty());
  }
}

TEST(Convergence, EndsAfterOtherTurnsAndCanBeginAgain) {
  const Texts first = repeat({words(1, 20)}, 6);   // turns 5..10
  const Texts second = repeat({words(2, 20)}, 6);  // turns 17..22
  const Texts texts = fresh_talk(4) + first + fresh_talk(6, 200) + second;
  Instrument instrument;
  std::vector<bool> standing;
  std::vector<Detection> found;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (Detection& d : instrument.observe(static_cast<std::uint32_t>(i + 1), turn_of(texts[i])).detections) {
      if (d.label == "converged") found.push_back(std::move(d));
    }
    standing.push_back(instrument.converged().has_value());
  }
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].onset, 5u);
  EXPECT_EQ(found[0].detected_at, 8u);
  EXPECT_EQ(found[1].onset, 17u);
  EXPECT_EQ(found[1].detected_at, 20u);
  for (std::size_t turn = 1; turn <= texts.size(); ++turn) {
    const bool want = (turn >= 8 && turn <= 13) || turn >= 20;  // from 11 on they are others
    EXPECT_EQ(standing[turn - 1], want) << turn;
  }
}

TEST(Convergence, TheNextEpisodeDoesNotStartInsideTheLast) {
  // After the loop, other turns end it; then it comes back, nearest to what was said within it.
  const std::string loop = words(1, 20);
  const Texts texts = fresh_talk(4) + Texts(6, loop) + fresh_talk(5, 200) + Texts(4, loop);
  for (const char* label : {"converged", "repetition"}) {
    const auto found = detect(texts, label);
    ASSERT_EQ(found.size(), 2u) << label;
    EXPECT_GE(found[1].onset, 11u) << label;
    EXPECT_EQ(found[1].detected_at, 18u) << label;
  }
}

TEST(Convergence, OneOtherTurnDoesNotEndIt) {
  const std::string loop = words(1, 20);
  Instrument instrument;
  const auto all = observe_all(instrument, Texts(6, loop) + fresh_talk(1) + Texts(6, loop));
  EXPECT_EQ(detections_of(all, "converged").size(), 1u);
  EXPECT_EQ(detections_of(all, "repetition").size(), 1u);
  EXPECT_TRUE(instrument.converged());
}

TEST(Echo, IsToldWhereOneSideRepeatsTheOther) {
  Texts texts;
  for (int i = 0; i < 10; ++i) texts.push_back(words(i / 2, 40));
  const auto found = detect(texts, "echo");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_LE(found[0].onset, 2u);
  EXPECT_TRUE(detect(fresh_talk(6) + Texts(12, words(1, 40)), "echo").empty());  // that is a loop
}

TEST(EmptyTurn, IsToldOnceForEachRun) {
  const auto found = detect({"Hello there", "", " \n ", words(1, 9), "", words(2, 9), "\u200B"}, "empty");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].onset, 2u);
  EXPECT_EQ(found[0].detected_at, 2u);
  EXPECT_EQ(found[1].detected_at, 5u);
}

TEST(Instrument, WhatNoModelWroteIsNotMeasuredAndBreaksNoHold) {
  for (const auto author :
       {chat::AuthorKind::kHuman, chat::AuthorKind::kModerator, chat::AuthorKind::kHarness}) {
    Instrument instrument;
    const std::string loop = words(1, 20);
    std::vector<Findings> all = observe_all(instrument, fresh_talk(4) + Texts(3, loop));
    all.push_back(instrument.observe(8, turn_of("Stop that at once", 1, author)));
    for (const Measurement& measurement : all.back().measurements) EXPECT_FALSE(measurement.value);
    all.push_back(instrument.observe(9, turn_of(loop)));
    EXPECT_FALSE(value_of(all.back(), "d_jac1"));
    EXPECT_EQ(value_of(all.back(), "d_jac2"), 0.0);
    const auto found = detections_of(all, "converged");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].onset, 5u);
    EXPECT_EQ(found[0].detected_at, 9u);  // 6, 7 and 9
  }
}

TEST(Instrument, OneSpeakerOnly) {
  Instrument instrument;
  std::vector<Detection> found;
  const Texts texts = fresh_talk(5) + repeat({words(1, 20), words(2, 20)}, 4);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (Detection& d :
         instrument.observe(static_cast<std::uint32_t>(i + 1), turn_of(texts[i], 3)).detections) {
      if (d.label == "converged") found.push_back(std::move(d));
    }
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].onset, 6u);
}

bool operator==(const Detection& a, const Detection& b) {
  return a.label == b.label && a.kind == b.kind && a.by == b.by && a.onset == b.onset &&
         a.detected_at == b.detected_at && a.period == b.period && a.quote_turn == b.quote_turn &&
         a.quote == b.quote;
}

void expect_equal(const Findings& a, const Findings& b) {
  ASSERT_EQ(a.measurements.size(), b.measurements.size());
  for (std::size_t i = 0; i < a.measurements.size(); ++i) {
    ASSERT_EQ(a.measurements[i].metric, b.measurements[i].metric);
    ASSERT_EQ(a.measurements[i].value, b.measurements[i].value);
  }
  ASSERT_EQ(a.detections.size(), b.detections.size());
  for (std::size_t i = 0; i < a.detections.size(); ++i) ASSERT_TRUE(a.detections[i] == b.detections[i]);
}

Texts random_talk(std::uint64_t seed, int turns) {
  testing::Lcg random(seed);
  const Texts odd{"", ".", "\u200B", "\xFF\xFE", "[2]", "  ", "\U0001F300\U0001F300"};
  Texts texts;
  for (int t = 0; t < turns; ++t) {
    const std::uint32_t dice = random.below(10);
    if (t > 3 && (dice < 3 || (t / 12) % 2 == 1)) {
      texts.push_back(texts[static_cast<std::size_t>(t) - 1 - random.below(3)]);
    } else if (dice == 3) {
      texts.push_back(odd[random.below(7)]);
    } else {
      texts.push_back(words(static_cast<int>(random.below(5)), 3 + static_cast<int>(random.below(30)),
                            static_cast<int>(random.below(40))));
    }
  }
  return texts;
}

// Causal, and restored by feeding the stored turns again: any prefix fed to a fresh instrument gives the same
// findings.
TEST(Instrument, FedAgainFromScratchItSaysTheSame) {
  std::size_t detections = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Texts texts = random_talk(seed, 60);
    Instrument once;
    const auto all = observe_all(once, texts);
    for (std::size_t cut = 1; cut <= texts.size(); cut += 7) {
      Instrument again;
      auto prefix =
          observe_all(again, Texts(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(cut)));
      Instrument moved = std::move(again);
      for (std::size_t i = cut; i < texts.size(); ++i) {
        prefix.push_back(moved.observe(static_cast<std::uint32_t>(i + 1),
                                       turn_of(texts[i], static_cast<std::uint32_t>(i % 2))));
      }
      for (std::size_t i = 0; i < texts.size(); ++i) expect_equal(prefix[i], all[i]);
    }
    for (const Findings& findings : all) detections += findings.detections.size();
  }
  EXPECT_GT(detections, 20u);  // or the comparison says nothing
}

TEST(Instrument, DetectionsKeepTheirRules) {
  for (std::uint64_t seed = 100; seed < 300; ++seed) {
    const Texts texts = random_talk(seed, 80);
    Instrument instrument;
    std::uint32_t last_converged = 0;
    const auto all = observe_all(instrument, texts);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const Detection& d : all[i].detections) {
        ASSERT_EQ(d.detected_at, i + 1);
        ASSERT_GE(d.onset, 1u);
        ASSERT_LE(d.onset, d.detected_at);
        ASSERT_LE(d.quote.size(), kQuoteBytes);
        ASSERT_NE(texts[d.quote_turn - 1].find(d.quote), std::string::npos);
        ASSERT_TRUE(!d.period || (*d.period >= 1 && *d.period <= 6));
        if (d.label != "converged") continue;
        ASSERT_GT(d.onset, last_converged);  // an episode starts after the one before was told
        last_converged = d.detected_at;
      }
    }
  }
}

TEST(Instrument, TenThousandIdenticalTurnsAreOneEpisode) {
  Instrument instrument;
  const auto all = observe_all(instrument, Texts(10'000, words(1, 30)));
  EXPECT_EQ(detections_of(all, "converged").size(), 1u);
  EXPECT_EQ(detections_of(all, "repetition").size(), 1u);
  EXPECT_EQ(value_of(all.back(), "period"), 1.0);
  EXPECT_EQ(value_of(all.back(), "rel_length"), 1.0);
}

TEST(Instrument, TakesTurnsOfAMegabyteAndWrongBytes) {
  std::string giant;
  for (int i = 0; giant.size() < (1u << 20); ++i) giant += "token" + std::to_string(i) + ' ';
  const std::string one_word(1u << 20, 'a');
  std::string wrong;
  for (int i = 0; i < (1 << 20); ++i) wrong += static_cast<char>(0x80 + i % 0x80);
  Instrument instrument;
  const auto all =
      observe_all(instrument, {giant, one_word, wrong, giant, one_word, wrong, giant, one_word, wrong});
  EXPECT_EQ(value_of(all[1], "tokens"), 1.0);
  EXPECT_EQ(value_of(all[3], "d_jac3"), 0.0);
  EXPECT_EQ(value_of(all[4], "d_jac3"), 0.0);
  EXPECT_EQ(value_of(all[5], "d_jac3"), 0.0);
  EXPECT_EQ(value_of(all.back(), "period"), 3.0);
}

// The identity that the way "meaning repeats" is made for.
std::string embedder_of_the_rules() {
  for (const Way& way : RuleBook::built_in().converged().ways) {
    if (!way.embedder.empty()) return way.embedder;
  }
  return "none";
}

// Turns of new words each, whose vectors are one after the sixth; from there on they have `words_then` words.
std::vector<Detection> converged_by_meaning(const std::string& identity, int words_then = 12) {
  const model::EmbedderInfo info{"made up", identity, 16, 0};
  Instrument instrument(InstrumentOptions{.embedder = &info});
  std::vector<Findings> all;
  for (int i = 0; i < 12; ++i) {
    TurnEmbedding embedding;
    embedding.vector.resize(16);
    embedding.vector[static_cast<std::size_t>(std::min(i, 6))] = 1;
    const std::string text = words(i, i < 6 ? 40 : words_then);
    all.push_back(instrument.observe(static_cast<std::uint32_t>(i + 1), turn_of(text), &embedding));
  }
  EXPECT_EQ(value_of(all[3], "d_cos1"), 1.0);
  EXPECT_EQ(value_of(all[9], "d_cos1"), 0.0);
  return detections_of(all, "converged");
}

TEST(Instrument, SeesThatMeaningRepeatsWithTheEmbedderOfItsThresholds) {
  const auto found = converged_by_meaning(embedder_of_the_rules());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].by, "meaning repeats");
  EXPECT_EQ(found[0].kind, "paraphrase");
  EXPECT_GE(found[0].onset, 7u);
  EXPECT_LE(found[0].onset, 8u);
  EXPECT_LE(found[0].detected_at, 11u);
}

TEST(Instrument, MeaningThatStaysInTurnsAsLongAsEverIsNoLoop) {
  EXPECT_TRUE(converged_by_meaning(embedder_of_the_rules(), 40).empty());
}

TEST(Instrument, WithAnotherEmbedderThatVerdictIsNotAvailable) {
  EXPECT_TRUE(converged_by_meaning("another").empty());
}

TEST(Instrument, WithoutAnEmbedderItsSeriesAreNotThere) {
  Instrument instrument(InstrumentOptions{.all_series = true});
  for (const Measurement& one : instrument.observe(1, turn_of("some words")).measurements)
    EXPECT_NE(one.metric, "d_cos1");
}

TEST(Quote, IsTheFrontOfTheTextCutBetweenCodePoints) {
  EXPECT_EQ(quote_of(" \n\u3000Hello there \n"), "Hello there \n");
  EXPECT_EQ(quote_of(" \t"), "");
  std::string euros = "x";
  for (int i = 0; i < 100; ++i) euros += "\u20AC";
  const std::string quote = quote_of(euros);
  EXPECT_EQ(quote.size(), 160u);  // 1 + 53 * 3
  EXPECT_TRUE(base::is_valid_utf8(quote));
  const std::string cut = quote_of("xx" + euros.substr(1));
  EXPECT_EQ(cut.size(), 158u);  // 2 + 52 * 3
  EXPECT_TRUE(base::is_valid_utf8(cut));
}

TEST(Identity, NamesWhatAVerdictRestsOn) {
  const auto json = base::parse_json(Instrument::identity());
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["lags"].size(), 6u);
  EXPECT_EQ((*json)["rules"]["hash"], RuleBook::built_in().hash());
  EXPECT_EQ((*json)["series"].size(), kSeries.size());
  EXPECT_EQ(Instrument::identity().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace duologue::measure
