// All series, in the order of their columns. Docs, help and column names are generated from this table.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "measure/markers.h"
#include "measure/series.h"

namespace duologue::measure {

// Each is defined in its file of measure/series/.
template <std::size_t lag>
std::unique_ptr<Series> make_jaccard_lag();  // lag 1..kLags
template <std::size_t n>
std::unique_ptr<Series> make_distinct();  // n 1..4
template <Marker marker>
std::unique_ptr<Series> make_marker();
std::unique_ptr<Series> make_tokens();
std::unique_ptr<Series> make_words();
std::unique_ptr<Series> make_period();
std::unique_ptr<Series> make_rel_length();
std::unique_ptr<Series> make_d_frame();
std::unique_ptr<Series> make_d_frame1();
std::unique_ptr<Series> make_d_frame2();
std::unique_ptr<Series> make_same_opening();
std::unique_ptr<Series> make_same_ending();
std::unique_ptr<Series> make_nov4();
std::unique_ptr<Series> make_new_words();
std::unique_ptr<Series> make_zm();
std::unique_ptr<Series> make_off_opening();
std::unique_ptr<Series> make_off_topic();
std::unique_ptr<Series> make_inflation();
std::unique_ptr<Series> make_new_bytes();
std::unique_ptr<Series> make_d_bleu1();
std::unique_ptr<Series> make_d_bleu2();
std::unique_ptr<Series> make_self_bleu();
std::unique_ptr<Series> make_rr();
std::unique_ptr<Series> make_det();
std::unique_ptr<Series> make_l();
std::unique_ptr<Series> make_lmax();
std::unique_ptr<Series> make_entr();
std::unique_ptr<Series> make_lam();
std::unique_ptr<Series> make_tt();
std::unique_ptr<Series> make_xrr();
std::unique_ptr<Series> make_xdet();
std::unique_ptr<Series> make_mtld();
std::unique_ptr<Series> make_mattr50();
std::unique_ptr<Series> make_questions();
std::unique_ptr<Series> make_ends_in_question();
std::unique_ptr<Series> make_title_run();
std::unique_ptr<Series> make_emoji();
std::unique_ptr<Series> make_stage();
std::unique_ptr<Series> make_code();
std::unique_ptr<Series> make_capitals();
std::unique_ptr<Series> make_lines();
std::unique_ptr<Series> make_own_repeats();
std::unique_ptr<Series> make_top_token();
std::unique_ptr<Series> make_d_cos1();
std::unique_ptr<Series> make_d_cos2();
std::unique_ptr<Series> make_coh();
std::unique_ptr<Series> make_d_coh();
std::unique_ptr<Series> make_vel();
std::unique_ptr<Series> make_path();
std::unique_ptr<Series> make_disp();
std::unique_ptr<Series> make_straight();
std::unique_ptr<Series> make_pr();
std::unique_ptr<Series> make_effrank();

inline constexpr std::string_view kJaccardWhat =
    "Jaccard distance to the turn that many turns before: 1 - tokens in both / tokens in either, as sets";
inline constexpr std::string_view kJaccardNeeds = "a measured turn there";
inline constexpr std::string_view kJaccardSource = "Jaccard 1912";
inline constexpr std::string_view kRecurrenceSource = "Marwan et al. 2007, sections 3.4, 3.5";
inline constexpr std::string_view kCrossSource = "Dale & Spivey 2006";
inline constexpr std::string_view kVectorNeeds = "an embedder, and a vector of the turn";

inline constexpr std::array kSeries{
    SeriesInfo{"tokens", Tier::kLive, "tokens", "0 and up", "canonical tokens of the turn (not the model's)",
               "", "", make_tokens},
    SeriesInfo{"words", Tier::kLive, "words", "0 and up", "canonical tokens that are words", "", "",
               make_words},
    SeriesInfo{"d_jac1", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<1>},
    SeriesInfo{"d_jac2", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<2>},
    SeriesInfo{"d_jac3", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<3>},
    SeriesInfo{"d_jac4", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<4>},
    SeriesInfo{"d_jac5", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<5>},
    SeriesInfo{"d_jac6", Tier::kLive, "1", "0 to 1", kJaccardWhat, kJaccardNeeds, kJaccardSource,
               make_jaccard_lag<6>},
    SeriesInfo{"period", Tier::kLive, "turns", "1 to 6",
               "the smallest lag whose similarity (1 - d_jac), averaged over its last 6 pairs of turns, is "
               "within 0.02 of the greatest such average",
               "an average of at least 0.45, over at least 3 pairs", "", make_period},
    SeriesInfo{
        "rel_length", Tier::kLive, "1", "0 and up",
        "mean tokens of the last 3 turns / median tokens of the turns before them; keeps 4 bytes a turn",
        "3 turns before the last 3, and a median above 0", "", make_rel_length},
    SeriesInfo{"d_frame", Tier::kLive, "1", "0 to 1",
               "the least Jaccard distance to the last 6 turns of the sets of 3-grams of frames: function "
               "words and symbols, each run of content words one slot",
               "a measured turn among the last 6, and English: a turn of more than 3 words of which under a "
               "tenth are function words has no frame",
               "", make_d_frame},
    SeriesInfo{"d_frame1", Tier::kFull, "1", "0 to 1", "the same, to the turn before",
               "a measured turn there", "", make_d_frame1},
    SeriesInfo{"d_frame2", Tier::kFull, "1", "0 to 1", "the same, to the turn before that",
               "a measured turn there", "", make_d_frame2},
    SeriesInfo{"same_opening", Tier::kLive, "tokens", "0 to 16",
               "the most tokens that the turn begins with as one of the last 6 turns did", "", "",
               make_same_opening},
    SeriesInfo{"same_ending", Tier::kLive, "tokens", "0 to 16",
               "the most tokens that the turn ends with as one of the last 6 turns did", "", "",
               make_same_ending},
    SeriesInfo{"nov4", Tier::kLive, "1", "0 to 1",
               "share of the turn's 4-grams of tokens that no turn before held (a turn of less than 4 tokens "
               "is one gram); keeps 10 to 15 bytes a token",
               "a token", "", make_nov4},
    SeriesInfo{"new_words", Tier::kLive, "words", "0 and up",
               "distinct content words of the turn (no function words) that no turn before held: what it "
               "adds; keeps 10 to 15 bytes a distinct word",
               "", "", make_new_words},
    SeriesInfo{"off_opening", Tier::kLive, "1", "0 to 1",
               "share of the turn's distinct content words that the first 2 turns don't hold",
               "2 turns before, and a content word", "", make_off_opening},
    SeriesInfo{"off_topic", Tier::kLive, "1", "0 to 1",
               "share of the turn's distinct content words that fewer than 2 of the first 10 turns hold",
               "10 turns before, and a content word", "", make_off_topic},
    SeriesInfo{"inflation", Tier::kLive, "in 100 words", "0 and up",
               "superlatives (phrases of markers.yaml), and the words of the longest run of 3 and more Title "
               "Case words, for every 100 words",
               "", "", make_inflation},
    SeriesInfo{"zm", Tier::kFull, "1", "above 0, to 1",
               "phrases / tokens, cutting the turn into the longest pieces that the turns before hold; keeps "
               "about 40 bytes a token",
               "8 tokens, and a turn before", "Ziv & Merhav 1993", make_zm},
    SeriesInfo{"new_bytes", Tier::kFull, "bytes", "0 and up",
               "bytes that the turn adds to the conversation's zstd stream; depends on zstd's version, keeps "
               "its window of a few megabytes",
               "memory for the stream", "", make_new_bytes},
    SeriesInfo{"d_bleu1", Tier::kFull, "1", "0 to 1",
               "1 - mean of both directions' sentence BLEU / 100, to the turn before: 13a tokens, exp "
               "smoothing, effective order; 0 between two turns without tokens",
               "a measured turn there", "Papineni et al. 2002; sacreBLEU (Post 2018)", make_d_bleu1},
    SeriesInfo{"d_bleu2", Tier::kFull, "1", "0 to 1", "the same, to the turn before that",
               "a measured turn there", "Papineni et al. 2002; sacreBLEU (Post 2018)", make_d_bleu2},
    SeriesInfo{"self_bleu", Tier::kFull, "1", "0 to 100",
               "mean sentence BLEU over all ordered pairs of the last 6 turns (pairwise, not against several "
               "references at once)",
               "6 measured turns in a row", "Zhu et al. 2018 (Texygen)", make_self_bleu},
    SeriesInfo{
        "rr", Tier::kFull, "1", "0 to 1",
        "recurrence rate: share of the pairs of the last 32 turns that recur, that is whose d_jac is at "
        "most 0.5 (a turn that isn't measured recurs with none)",
        "2 turns", kRecurrenceSource, make_rr},
    SeriesInfo{"det", Tier::kFull, "1", "0 to 1",
               "determinism: share of these recurrences on diagonal lines of 2 and more", "a recurrence",
               kRecurrenceSource, make_det},
    SeriesInfo{"l", Tier::kFull, "turns", "2 to 31", "mean length of these diagonal lines", "such a line",
               kRecurrenceSource, make_l},
    SeriesInfo{"lmax", Tier::kFull, "turns", "2 to 31", "length of the longest of them", "such a line",
               kRecurrenceSource, make_lmax},
    SeriesInfo{"entr", Tier::kFull, "nats", "0 and up", "entropy of their lengths", "such a line",
               kRecurrenceSource, make_entr},
    SeriesInfo{"lam", Tier::kFull, "1", "0 to 1",
               "laminarity: share of the recurrences on vertical lines of 2 and more", "a recurrence",
               kRecurrenceSource, make_lam},
    SeriesInfo{"tt", Tier::kFull, "turns", "2 to 31", "trapping time: mean length of these vertical lines",
               "such a line", kRecurrenceSource, make_tt},
    SeriesInfo{"xrr", Tier::kFull, "1", "0 to 1",
               "the recurrence rate between the turns of the first two speakers", "a turn of both",
               kCrossSource, make_xrr},
    SeriesInfo{
        "xdet", Tier::kFull, "1", "0 to 1",
        "share of these recurrences on diagonal lines of 2 and more of the matrix of both speakers' turns",
        "such a recurrence", kCrossSource, make_xdet},
    SeriesInfo{"distinct_1", Tier::kFull, "1", "above 0, to 1",
               "distinct / all 1-grams of the last 256 tokens of the conversation", "256 tokens so far",
               "Li et al. 2016", make_distinct<1>},
    SeriesInfo{"distinct_2", Tier::kFull, "1", "above 0, to 1",
               "distinct / all 2-grams of the last 256 tokens of the conversation", "256 tokens so far",
               "Li et al. 2016", make_distinct<2>},
    SeriesInfo{"distinct_3", Tier::kFull, "1", "above 0, to 1",
               "distinct / all 3-grams of the last 256 tokens of the conversation", "256 tokens so far",
               "Li et al. 2016", make_distinct<3>},
    SeriesInfo{"distinct_4", Tier::kFull, "1", "above 0, to 1",
               "distinct / all 4-grams of the last 256 tokens of the conversation", "256 tokens so far",
               "Li et al. 2016", make_distinct<4>},
    SeriesInfo{"mtld", Tier::kFull, "tokens", "1 and up",
               "mean length of runs with a type-token ratio above 0.72, both directions; unstable below "
               "about 50 tokens",
               "a token", "McCarthy & Jarvis 2010", make_mtld},
    SeriesInfo{"mattr50", Tier::kFull, "1", "above 0, to 1",
               "mean share of distinct tokens over all windows of 50 tokens of the turn", "50 tokens",
               "Covington & McFall 2010", make_mattr50},
    SeriesInfo{"m_farewell", Tier::kLive, "matches", "0 and up", "goodbyes: phrases of markers.yaml", "", "",
               make_marker<Marker::kFarewell>},
    SeriesInfo{"m_closure", Tier::kLive, "matches", "0 and up",
               "words that declare the talk over: phrases of markers.yaml", "", "",
               make_marker<Marker::kClosure>},
    SeriesInfo{"m_gratitude", Tier::kLive, "matches", "0 and up", "thanks: phrases of markers.yaml", "", "",
               make_marker<Marker::kGratitude>},
    SeriesInfo{"m_agreement", Tier::kLive, "matches", "0 and up",
               "an opening that agrees or admires (0 or 1): phrases of markers.yaml", "", "",
               make_marker<Marker::kAgreement>},
    SeriesInfo{"m_praise", Tier::kLive, "matches", "0 and up", "words of praise: phrases of markers.yaml", "",
               "", make_marker<Marker::kPraise>},
    SeriesInfo{"m_identity", Tier::kLive, "matches", "0 and up",
               "claims of who one is, or the other: phrases of markers.yaml", "", "",
               make_marker<Marker::kIdentity>},
    SeriesInfo{"m_as_an_ai", Tier::kLive, "matches", "0 and up",
               "\"As an AI\" and its like: phrases of markers.yaml", "", "", make_marker<Marker::kAsAnAi>},
    SeriesInfo{"m_refusal", Tier::kLive, "matches", "0 and up", "refusals: phrases of markers.yaml", "", "",
               make_marker<Marker::kRefusal>},
    SeriesInfo{"m_helper", Tier::kLive, "matches", "0 and up",
               "offers of help and questions for a task: phrases of markers.yaml", "", "",
               make_marker<Marker::kHelper>},
    SeriesInfo{"m_bliss", Tier::kLive, "matches", "0 and up",
               "words and emoji of cosmic unity: phrases of markers.yaml", "", "",
               make_marker<Marker::kBliss>},
    SeriesInfo{"m_shutdown", Tier::kLive, "matches", "0 and up",
               "words of a system that shuts down: phrases of markers.yaml", "", "",
               make_marker<Marker::kShutdown>},
    SeriesInfo{"m_meta_loop", Tier::kLive, "matches", "0 and up", "naming the loop: phrases of markers.yaml",
               "", "", make_marker<Marker::kMetaLoop>},
    SeriesInfo{"m_meta_human", Tier::kLive, "matches", "0 and up",
               "speaking to or of a human behind the conversation: phrases of markers.yaml", "", "",
               make_marker<Marker::kMetaHuman>},
    SeriesInfo{"m_superlative", Tier::kLive, "matches", "0 and up", "superlatives: phrases of markers.yaml",
               "", "", make_marker<Marker::kSuperlative>},
    SeriesInfo{"m_fiction", Tier::kLive, "matches", "0 and up",
               "words of stories and parts played: phrases of markers.yaml", "", "",
               make_marker<Marker::kFiction>},
    SeriesInfo{"m_system_building", Tier::kLive, "matches", "0 and up",
               "words of frameworks being designed: phrases of markers.yaml", "", "",
               make_marker<Marker::kSystemBuilding>},
    SeriesInfo{"m_escape", Tier::kLive, "matches", "0 and up",
               "proposals of something else: phrases of markers.yaml", "", "", make_marker<Marker::kEscape>},
    SeriesInfo{"m_invented_human", Tier::kLive, "matches", "0 and up",
               "a user who isn't there: phrases of markers.yaml", "", "",
               make_marker<Marker::kInventedHuman>},
    SeriesInfo{"m_leaked", Tier::kLive, "matches", "0 and up",
               "prompt, template or reasoning text: phrases of markers.yaml", "", "",
               make_marker<Marker::kLeaked>},
    SeriesInfo{"m_apology", Tier::kLive, "matches", "0 and up", "apologies: phrases of markers.yaml", "", "",
               make_marker<Marker::kApology>},
    SeriesInfo{"questions", Tier::kLive, "marks", "0 and up", "question marks", "", "", make_questions},
    SeriesInfo{"ends_in_question", Tier::kLive, "1", "0 or 1", "whether the turn ends in a question mark", "",
               "", make_ends_in_question},
    SeriesInfo{"title_run", Tier::kLive, "words", "0 and up", "words in the longest run of Title Case words",
               "", "", make_title_run},
    SeriesInfo{"emoji", Tier::kLive, "1", "0 to 1",
               "share of its characters (grapheme clusters, but for space) that are emoji: "
               "Extended_Pictographic, or flags",
               "", "Unicode UAX #29, UTS #51", make_emoji},
    SeriesInfo{"stage", Tier::kLive, "1", "0 to 1",
               "share of its lines that are a stage direction and nothing else: *…*, […] or (…)", "", "",
               make_stage},
    SeriesInfo{"code", Tier::kLive, "1", "0 to 1",
               "share of its lines that stand in a fenced block of code (``` or ~~~)", "", "", make_code},
    SeriesInfo{"capitals", Tier::kLive, "1", "0 to 1",
               "share of its words of two letters or more that are all capitals", "", "", make_capitals},
    SeriesInfo{"lines", Tier::kLive, "lines", "0 and up", "lines that aren't blank", "", "", make_lines},
    SeriesInfo{"own_repeats", Tier::kLive, "1", "0 to 1",
               "share of its 3-grams that stood in the same turn before", "", "", make_own_repeats},
    SeriesInfo{"top_token", Tier::kLive, "1", "0 to 1", "share of its most frequent word among its words", "",
               "", make_top_token},
    SeriesInfo{"d_cos1", Tier::kEmbedded, "1", "0 to 2",
               "1 - cosine of the embedder's vectors of the turn and the turn before",
               "an embedder, and vectors of both turns", "", make_d_cos1},
    SeriesInfo{"d_cos2", Tier::kEmbedded, "1", "0 to 2", "the same, to the turn before that",
               "an embedder, and vectors of both turns", "", make_d_cos2},
    SeriesInfo{"coh", Tier::kEmbedded, "1", "-1 to 1", "mean cosine of the turn's adjacent sentences",
               "an embedder, and 2 sentences with vectors", "Foltz, Kintsch & Landauer 1998", make_coh},
    SeriesInfo{"d_coh", Tier::kEmbedded, "1", "0 to 2", "its absolute change from the turn before",
               "coh of both turns", "", make_d_coh},
    SeriesInfo{"vel", Tier::kEmbedded, "radians", "0 to pi",
               "angle between the vectors of the turn and of the last turn that has one", kVectorNeeds, "",
               make_vel},
    SeriesInfo{"path", Tier::kEmbedded, "radians", "0 and up", "sum of vel so far; grows with noise too",
               kVectorNeeds, "", make_path},
    SeriesInfo{"disp", Tier::kEmbedded, "radians", "0 to pi",
               "angle between the vectors of the turn and of the first turn that has one", kVectorNeeds, "",
               make_disp},
    SeriesInfo{"straight", Tier::kEmbedded, "1", "0 to 1", "disp / path", "a path above 0", "",
               make_straight},
    SeriesInfo{"pr", Tier::kEmbedded, "directions", "1 to 16",
               "participation ratio (sum l)^2 / sum l^2 of the eigenvalues l of the last 16 vectors' Gram "
               "matrix, not centred",
               "16 turns with vectors", "Vendi score of order 2 (Pasarkar & Dieng 2024)", make_pr},
    SeriesInfo{"effrank", Tier::kEmbedded, "directions", "1 to 16",
               "exp of the entropy of the same eigenvalues / their sum", "16 turns with vectors",
               "Vendi score (Friedman & Dieng 2023)", make_effrank},
    SeriesInfo{"entropy", Tier::kEngine, "bits a token", "0 and up",
               "mean entropy of the speaker's raw distribution (T = 1) over the sampled positions",
               "a model in process", "Shannon 1948", nullptr},
    SeriesInfo{"nll_speaker", Tier::kEngine, "bits a byte", "0 and up",
               "-sum ln p / (ln 2 * bytes) of the turn under its speaker's model", "a model in process", "",
               nullptr},
    SeriesInfo{
        "nll_listener", Tier::kEngine, "bits a byte", "0 and up",
        "the same under the listener's model, from its prefill for the next turn; one value a listener",
        "a model in process that listens", "", nullptr},
};

// The position of a series in kSeries. A name that isn't there doesn't compile.
consteval std::size_t series_index(std::string_view name) {
  for (std::size_t i = 0; i < kSeries.size(); ++i) {
    if (kSeries[i].name == name) return i;
  }
  throw "no series has this name";
}

// Whether a series rests on the vectors of sentences, not only of turns.
constexpr bool needs_sentences(std::string_view series) { return series == "coh" || series == "d_coh"; }

// The table of docs/metrics.md.
std::string series_table_markdown();

}  // namespace duologue::measure
