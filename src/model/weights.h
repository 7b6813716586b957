// Known weights (tools/duologue.lock.json, built into the program): their files in the cache, whole and of
// the right hash. Any thread; get_weights is locked against other processes, tools/fetch-model among them.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::model {

struct WeightsFile {
  std::string file;  // in the models folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

// What is made of a fetched file once, before it is loaded.
struct Preparation {
  enum class How {
    kNone,
    kRequantize,  // to a type that runs faster
    kConvert,     // from safetensors to GGUF
  };
  How how = How::kNone;
  std::string type;              // e.g. Q8_0, F16
  std::string file;              // what is made
  std::uint32_t heads = 0;       // convert: attention heads
  std::uint32_t max_tokens = 0;  // convert: what it was made to read at once
};

struct KnownWeights {
  std::string name;
  std::string use;  // chat, base, embeddings
  std::string about;
  std::string file;  // in the models folder, as fetched
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string notice;               // to be shown before a fetch; may be empty
  std::vector<WeightsFile> beside;  // what is fetched with it, e.g. a vocabulary
  Preparation preparation;

  bool embeds() const { return use == "embeddings"; }
};

// The default comes first.
const std::vector<KnownWeights>& known_weights();
const KnownWeights* find_known_weights(std::string_view name);  // null: none

// The file at `path` has this SHA-256. Its sidecar (path + ".sha256") vouches for it as long as size and
// modification time are the ones it was hashed at; otherwise the file is read, and the sidecar written.
// kModel: another hash; `mend` ends the message.
base::Status verify_sha256(const std::string& path, const std::string& sha256, const std::string& mend);

// The hash that a sidecar holds, where it stands for the file as it is now; else empty.
std::string sidecar_sha256(const std::string& path);

// Writes the sidecar of a file whose hash is known. Best effort: a read-only cache is no error.
void write_sidecar(const std::string& path, const std::string& sha256);

// Carries out the weights' preparation: reads their files in `folder`, writes `target`.
using Preparer = std::function<base::Status(const KnownWeights& weights, const std::string& folder,
                                            const std::string& target)>;

struct FetchOptions {
  std::string tool;  // tools/fetch-model; empty: there is none
  std::string models_folder;
  Preparer prepare;                                // not set: a build without the engine
  std::function<void(std::string_view line)> say;  // what is being done
  std::stop_token stop;
};

// Where weights lie in the models folder, and whether that file is there and vouched for by its sidecar.
struct WeightsState {
  std::string path;  // of the file to load: the prepared one where there is to be one
  bool ready = false;
  bool fetched = false;  // the files as fetched are there
};
WeightsState weights_state(const KnownWeights& weights, const std::string& models_folder);

// Runs the fetch tool for one known name, its output on stderr. kModel: it failed or isn't there; kCancelled.
base::Status fetch_weights(const KnownWeights& weights, const FetchOptions& options);

// Makes the prepared file beside the fetched ones; it takes its name when it is whole. kModel, kIo; kUsage in
// a build without the engine.
base::Status prepare_weights(const KnownWeights& weights, const FetchOptions& options);

}  // namespace duologue::model
