// OpenAI-style messages: a list of {role, content, name?}, {messages: [...]}, or a list of such objects.
// message_list.h says how the messages are read.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kOpenAiMessages;

}  // namespace duologue::store
