// The one door for reading conversations, whatever tool wrote them: a .duo file, our JSON Lines, the labelled
// data's transcripts, and the logs of other tools (LogFormat names them all). The format is told from the
// content. Large files of lines are read line by line; memory holds one conversation, or one document.
//
// A file is hostile until shown otherwise: everything has a limit (LogOptions), nothing in it is executed or
// looked up, and no text of it is changed. Errors stop the reading: kNotFound, kIo, kStore (.duo), kBadInput
// with "FILE:LINE: byte OFFSET: what is wrong; what to do". Conversations before the error were passed on.
// Any thread, `take` is called on the same one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/import/conversation_log.h"
#include "store/import/log_sink.h"

namespace duologue::store {

base::Status read_conversations(const std::string& path, const TakeConversation& take,
                                const LogOptions& options = {});
base::Result<std::vector<LoggedConversation>> read_conversations(const std::string& path,
                                                                 const LogOptions& options = {});

// The same from memory. `name` is what errors and ids call it. A .duo file is read only from its path.
base::Status read_conversations_from(std::string_view bytes, const std::string& name,
                                     const TakeConversation& take, const LogOptions& options = {});
base::Result<std::vector<LoggedConversation>> read_conversations_from(std::string_view bytes,
                                                                      const std::string& name,
                                                                      const LogOptions& options = {});

// Only which format it is.
base::Result<LogFormat> format_of_log(const std::string& path);

}  // namespace duologue::store
