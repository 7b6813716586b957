// From an embedder's name to the embedder: looked up in the catalog, fetched where that may be, opened. Any
// thread.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "base/paths.h"
#include "base/result.h"
#include "model/catalog.h"
#include "model/embedder.h"
#include "model/http/transport.h"

namespace duologue::experiment {

struct EmbedderNeed {
  const model::Catalog* catalog = nullptr;  // where names are looked up; required
  // Weights that aren't here yet: fetch them? Not set: no, and the error says how.
  std::function<bool(std::string_view question)> may_fetch;
  std::function<void(std::string_view line)> say;  // what the name became, what is fetched: a line each
  // Called while weights are loaded, on the calling thread: the name and the part done, 0 to 1.
  std::function<void(std::string_view name, double done)> on_loading;
  std::stop_token stop;
  std::shared_ptr<model::http::Transport> transport;  // how a server is reached; not set: by the network
  base::Environment env = base::environment;          // where servers' addresses and keys stand
};

// `hashed`, `minilm`, an embedding model's GGUF, a model2vec folder, a server's model (openai:NAME@URL,
// ollama:NAME), an alias of one. kUsage (no such embedder, with the nearest names; a GGUF in a build without
// the engine), kNotFound (weights that aren't here and may not be fetched, with the command that does),
// kModel, kIo, kCancelled, and what a server's failures are.
base::Result<std::shared_ptr<model::Embedder>> open_embedder(std::string_view name, const EmbedderNeed& need);

}  // namespace duologue::experiment
