// A conversation that is read from a log, ours or another tool's: what all readers of this folder give, and
// what measure::Instrument is fed from (turn i of `turns` is turn number i + 1). Values; one thread each.
//
// Who wrote a turn stands in its author: kModel turns are the models' behaviour and are measured. What a
// person said in a seat's place is kHuman, what the harness wrote itself (a banner) kHarness; these keep
// their numbers. An error in an answer's place is a note and no turn. Texts are the bytes of the log, invalid
// UTF-8 included.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chat/nobody.h"
#include "chat/transcript.h"
#include "chat/turn.h"

namespace duologue::store {

enum class LogFormat {
  kDuo,              // our .duo file
  kDuologueJsonl,    // what `duologue export --format jsonl` writes
  kTranscript,       // {id, models, seed, interjected_turns, turns[{turn, speaker, text}]}
  kAttractorStates,  // the attractor-states harness's JSON Lines
  kStudy,            // the LessWrong study's conversations[{seed_prompt, full_conversation}]
  kPidgin,           // pidgin-ai's event log
  kBackrooms,        // text under headers `### NAME 1 ###`
  kTwoAgents,        // {metadata, messages[{turn, agent, output}]}
  kMessages,         // OpenAI-style messages[{role, content}]
  kShareGpt,         // {conversations[{from, value}]}
  kInspect,          // an Inspect log, .json or .eval
  kCsv,              // what `duologue export --format csv` writes
  kMarkdown,         // what `duologue export --format markdown` writes
  kPlainText,        // `NAME: text`
};
inline constexpr int kLogFormats = 14;

// One word each, e.g. for tables and JSON.
std::string_view to_string(LogFormat format);
std::optional<LogFormat> log_format_from(std::string_view word);
std::vector<std::string> log_format_words();

using chat::kNobody;

struct LoggedParticipant {
  std::string name;
  std::string model;  // "" where the log doesn't say
  std::string system_prompt;
};

// What stood between turns: the opening (after turn 0), words put in for somebody, a model swapped.
struct LoggedEntry {
  std::uint32_t after_turn = 0;
  std::variant<chat::Injection, chat::ConfigChange> what;
};

// What the log says besides, in words: an error, a cut context, a part that was left out.
struct LoggedNote {
  std::uint32_t turn = 0;  // the number of turns before it
  std::string kind;
  std::string detail;
};

// What the log says of how a turn was made.
struct LoggedCall {
  std::uint32_t turn = 0;       // its number, from 1
  std::int64_t created_ms = 0;  // since 1970, UTC; 0: unknown
  std::optional<chat::Usage> usage;
  std::optional<chat::Timing> timing;
};

struct LoggedConversation {
  std::string id;  // the log's own for transcripts, otherwise the file's stem, #N where it holds several
  LogFormat format = LogFormat::kTranscript;
  std::string file;
  std::uint32_t number = 1;  // of the conversation in its file; of a .duo file, the trial
  std::string source_id;     // what the log itself calls the conversation, "" where it does not
  std::vector<LoggedParticipant> participants;  // in speaking order as far as it is known
  std::vector<chat::Turn> turns;
  std::vector<LoggedEntry> between;  // in order
  std::vector<LoggedNote> notes;     // in order
  std::vector<LoggedCall> calls;     // by turn; none where nothing is known
  std::string ended;                 // how, in the log's words; "" where it doesn't say
  // Anything else the log declares of the conversation, e.g. {"generated_at", "2026-01-01"}.
  std::vector<std::pair<std::string, std::string>> declared;
};

// "harness" for a turn of nobody.
std::string_view speaker_name(const LoggedConversation& conversation, const chat::Turn& turn);

// The text that started the conversation; "" where the log has none.
std::string_view opening(const LoggedConversation& conversation);

}  // namespace duologue::store
