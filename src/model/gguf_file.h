// A look into a GGUF file without loading it: is it one, whole, and of a version that the engine reads? Reads
// the header, the keys and the tensors' places, never their data: a few milliseconds. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace duologue::model {

struct GgufSummary {
  std::uint32_t version = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tensors = 0;
  std::string architecture;  // general.architecture
  std::string name;          // general.name; foreign text
  bool chat_template = false;
};

// kNotFound; kUsage (a folder or the like); kModel (unreadable, not a GGUF, truncated, damaged, a version
// that isn't read). damaged).
base::Result<GgufSummary> read_gguf_summary(const std::string& path);

}  // namespace duologue::model
