// Inspect's .eval logs: a zip of JSON files, header.json (a run that was cut off has _journal/start.json
// alone) and one samples/NAME.json a conversation. One thread. Errors are ZipArchive's, and kBadInput with
// "FILE:MEMBER:LINE: byte OFFSET: …".
#pragma once

#include "base/result.h"
#include "store/import/log_sink.h"
#include "store/import/zip_archive.h"

namespace duologue::store {

// A zip that is no such log is refused in words.
base::Status read_eval_log(ZipArchive& archive, const std::string& file, LogSink& sink);

}  // namespace duologue::store
