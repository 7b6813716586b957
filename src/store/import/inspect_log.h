// Inspect's .json logs: {eval, status, samples: [{id, epoch, messages}]}; each sample is a conversation.
// message_list.h says how messages are read; what stood in the data set (source "input") is the harness's, an
// operator's message a person's. eval_log.h reads the zipped ones.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const DocumentFormat kInspectLog;

// One sample of the log whose head (eval, status) is `document`.
base::Status read_inspect_sample(const JsonNode& document, const JsonNode& sample, LogSink& sink);

}  // namespace duologue::store
