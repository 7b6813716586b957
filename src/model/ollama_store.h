// What Ollama has pulled on this machine, found by name: its manifests say which blob holds a model's
// weights. Reads only; Ollama need not run. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::model {

struct OllamaModel {
  std::string name;  // as Ollama writes it: gemma2:9b, user/model:tag
  std::string path;  // of the blob, a GGUF file
  std::uint64_t bytes = 0;
  std::string sha256;  // that its name promises
};

// NAME[:TAG], NAMESPACE/NAME[:TAG] or HOST/NAMESPACE/NAME[:TAG]; the namespace is `library` and the tag
// `latest` unless given, the host any. Empty: none of the folders holds such a model. kModel: its manifest
// can't be read, its blob is missing, or it needs an adapter.
base::Result<std::optional<OllamaModel>> find_ollama_model(const std::vector<std::string>& folders,
                                                           std::string_view reference);

// All of them, by name. What can't be read is left out.
std::vector<OllamaModel> list_ollama_models(const std::vector<std::string>& folders);

// $OLLAMA_MODELS, ~/.ollama/models and the system service's.
std::vector<std::string> ollama_folders();

}  // namespace duologue::model
