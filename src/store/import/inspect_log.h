// Inspect's .json logs: {eval, status, samples: [{id, epoch, messages}]}; each sample is a conversation.
// message_list.h says how messages are read; what stood in the data set (source "input") is the harness's, an
// operator's message a person's. An .eval log is a zip of such files and isn't read.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kInspectLog;

}  // namespace duologue::store
