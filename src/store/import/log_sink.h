// Where readers put what they read: counts a file's conversations, gives them their ids, and holds back one
// of them at a time, since only the second one shows that the first needs a number. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/import/conversation_log.h"

namespace duologue::store {

// Called with each conversation. An error stops the reading and is returned.
using TakeConversation = std::function<base::Status(LoggedConversation&&)>;

struct LogOptions {
  // Only the conversation of this number: a .duo file's trial, otherwise its place in the file, from 1.
  std::optional<std::uint32_t> only;
  // The format that the log must have; a log of another one is refused, with both named.
  std::optional<LogFormat> format;
  // Set: a line of JSON Lines that is no JSON is left out, told here with its place, and noted in its
  // conversation as "skipped". Otherwise it ends the reading.
  std::function<void(const std::string& what)> on_skip;

  // What more is refused with an error.
  std::size_t max_line_bytes = std::size_t{64} << 20;       // one line of JSON Lines
  std::size_t max_document_bytes = std::size_t{256} << 20;  // a JSON document, a text
  std::size_t max_conversation_bytes = std::size_t{1} << 30;
  std::uint32_t max_turns = 1'000'000;  // of one conversation
  std::uint32_t max_participants = 64;
  std::uint32_t max_skipped = 1'000;  // lines that on_skip is told of
};

class LogSink {
 public:
  LogSink(const std::string& file, LogFormat format, const LogOptions& options, const TakeConversation& take);

  const LogOptions& options() const { return options_; }
  // An empty conversation of this file.
  LoggedConversation begin() const;
  // `number`: where the format has one of its own.
  base::Status put(LoggedConversation conversation, std::optional<std::uint32_t> number = {});
  std::uint32_t count() const { return count_; }  // of conversations so far
  // Counts one that isn't wanted.
  void skip() { ++count_; }
  // A line that couldn't be read: goes on where on_skip is set, otherwise returns the error.
  base::Status skip_line(const base::Error& error);
  // Passes on what is held back. kNotFound where `only` wasn't there, kBadInput where nothing was.
  base::Status finish();

 private:
  base::Status pass_on(LoggedConversation& conversation, bool with_number);

  const std::string& file_;
  LogFormat format_;
  const LogOptions& options_;
  const TakeConversation& take_;
  std::uint32_t count_ = 0;
  std::uint32_t passed_ = 0;
  std::optional<LoggedConversation> first_;  // held back
  std::uint32_t skipped_ = 0;
  std::vector<std::string> skipped_lines_;  // since the last conversation
};

// The participant of this name, seated now if it wasn't. Empty: there are too many.
std::optional<chat::ParticipantId> seat_of(LoggedConversation& conversation, const std::string& name,
                                           const LogOptions& options);

// Appends, or says in words why not.
std::string add_turn(LoggedConversation& conversation, chat::Turn turn, const LogOptions& options);

// The number of turns so far.
std::uint32_t turn_count(const LoggedConversation& conversation);
void add_note(LoggedConversation& conversation, std::string kind, std::string detail);
// Of the last turn. What says nothing is not kept.
void add_call(LoggedConversation& conversation, LoggedCall call);
// An empty text adds nothing.
void add_injection(LoggedConversation& conversation, std::string text, chat::AuthorKind author,
                   std::optional<chat::ParticipantId> to);
void declare(LoggedConversation& conversation, std::string key, std::string value);

// Which model each participant has now. For logs that name it with each turn.
class ModelWatch {
 public:
  // The first sets the participant's; another one is recorded as a change from here on.
  void note(LoggedConversation& conversation, chat::ParticipantId speaker, const std::string& model);

 private:
  std::vector<std::string> now_;  // by participant
};

// Who writes under a name that is no model's, whatever the capitals: "harness", "system" and their like,
// "human" and its like, "moderator". Empty for any other.
std::optional<chat::AuthorKind> outsider(std::string_view name);

// A turn's author, with the stop reason that goes with it.
void set_author(chat::Turn& turn, chat::AuthorKind kind);

}  // namespace duologue::store
