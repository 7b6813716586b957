// The wire, recorded and replayed: DIR/wire.jsonl holds every request and every byte of its answer, a call a
// line, without keys (docs/providers.md has its keys). A replay answers each request by what was recorded for
// the same one (method, URL and body, byte for byte), equal ones in their order; the network is never
// touched. Any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/http/transport.h"

namespace duologue::model::http {

inline constexpr std::string_view kWireFile = "wire.jsonl";

// Sends by `inner`, and appends each call to DIR/wire.jsonl when it ended, before its answer is taken as
// said: kIo where that can't be written. The folder is made; what a file there holds stays.
base::Result<std::shared_ptr<Transport>> open_wire_recorder(const std::string& folder,
                                                            std::shared_ptr<Transport> inner);

// kNotFound, kIo; kBadInput with the line. Its calls: kModel for a request that was never recorded, or not so
// often.
base::Result<std::shared_ptr<Transport>> open_wire_replay(const std::string& folder);

}  // namespace duologue::model::http
