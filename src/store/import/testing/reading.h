// What the readers' tests share. Each fails the test where its wish can't be had.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/import/conversation_log.h"
#include "store/import/log_sink.h"

namespace duologue::store {

// All conversations of a text that a file log.txt could hold.
std::vector<LoggedConversation> read_all(std::string_view text, const LogOptions& options = {});
// The only one, which must be of this format.
LoggedConversation read_one(std::string_view text, LogFormat format);
// The message of the error that reading must end in.
std::string error_of(std::string_view text, const LogOptions& options = {});

// "A: text" a turn; "A(human): text" where no model wrote it.
std::vector<std::string> told(const LoggedConversation& conversation);

// Entries and turns once more, in a transcript of their own: equal hashes mean that nothing was lost.
chat::Transcript as_transcript(const LoggedConversation& conversation);

}  // namespace duologue::store
