// Names of models and embedders to what they become: known weights, GGUF files, what Ollama has pulled here,
// aliases, scripts, model2vec folders. It opens nothing; it says which file one would be, whether that file
// is here and whole, and gets it where it can.
//
// A model's name is, in this order: a known one (`smollm2`), a file, a model of Ollama's store, an alias. Or
// outright: gguf:PATH, gguf:ollama/NAME:TAG, scripted:FILE, or a provider's (model/http/endpoint.h):
// openai:NAME, openai-responses:NAME, completions:NAME, ollama:NAME:TAG, anthropic:NAME, each with @URL or
// without. An embedder's name is a known one (`minilm`), `hashed`, a folder, a file, a model of Ollama's
// store, an alias; or gguf:…, model2vec:FOLDER. Immutable; any thread. Fetches are locked against other
// processes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/weights.h"

namespace duologue::model {

enum class ModelKind { kGguf, kScripted, kHashed, kModel2vec, kHttp };

struct ResolvedModel {
  ModelKind kind = ModelKind::kGguf;
  std::string name;  // as the user gave it
  // gguf:/absolute/path, scripted:…, model2vec:…, hashed, openai:NAME@URL …: what the record keeps, and a
  // name again.
  std::string resolved;
  std::string path;               // of the file or folder to load; empty for `hashed`
  std::string known;              // the known name, where it is one
  std::string expected_sha256;    // of the file at `path`: known weights as fetched; otherwise empty
  bool fetchable = false;         // known, and not ready yet: get() makes it so
  std::uint64_t fetch_bytes = 0;  // what a fetch would load; 0: it is here, and only has to be prepared
  bool base_model = false;        // no chat template of its own: wants raw prompting
  std::string notice;             // e.g. terms of use: to be shown before a fetch
};

// Where the catalog looks. here(): this user's, on this machine.
struct CatalogPlaces {
  std::string models_folder;                   // of known weights
  std::vector<std::string> ollama_folders;     // each holds manifests/ and blobs/
  std::map<std::string, std::string> aliases;  // name -> any other name
  std::string fetch_tool;                      // tools/fetch-model; empty: not found, nothing can be fetched
  Preparer prepare;                            // the engine's; not set: a build without it

  static CatalogPlaces here(std::map<std::string, std::string> aliases = {});
};

struct GetOptions {
  // Asked before a fetch, with one line to show ("fetch smollm2 (98 MB)?"). Not set: no, and get() fails with
  // the command that fetches.
  std::function<bool(std::string_view question)> may_fetch;
  std::function<void(std::string_view line)> say;  // what is being done, a line each; not set: nobody listens
  std::stop_token stop;
};

// A row of `duologue models`.
struct CatalogRow {
  enum class Source { kKnown, kOllama, kAlias, kServer };
  std::string name;
  Source source = Source::kKnown;
  std::string about;        // what it is, or what the alias stands for
  std::string path;         // where its file is or would be; empty for an alias
  bool present = false;     // ready to load
  std::uint64_t bytes = 0;  // of the file, or of the fetch
};

class Catalog {
 public:
  explicit Catalog(CatalogPlaces places);

  // What a name becomes; nothing is loaded or fetched, and no provider asked. kUsage: no such model (with the
  // nearest names), or a URL that is none; kNotFound: a file that isn't there.
  base::Result<ResolvedModel> resolve(std::string_view name) const;
  // The same for what embeds texts.
  base::Result<ResolvedModel> resolve_embedder(std::string_view name) const;

  // Makes its file ready to load: fetches known weights, prepares them, checks every file (present, a whole
  // GGUF of a version that is read, the known hash). Returns it with its final path. kNotFound, kBadInput
  // (with the mend), kIo, kCancelled.
  base::Result<ResolvedModel> get(const ResolvedModel& model, const GetOptions& options) const;

  // `duologue models pull NAME`: known weights only.
  base::Result<ResolvedModel> pull(std::string_view known_name, const GetOptions& options) const;

  std::vector<CatalogRow> list() const;

 private:
  enum class Purpose { kTalk, kEmbed };
  base::Result<ResolvedModel> resolve_for(Purpose purpose, std::string_view name) const;
  base::Result<ResolvedModel> resolve_at(Purpose purpose, std::string_view name, int depth) const;
  base::Result<ResolvedModel> resolve_known(std::string_view name) const;
  base::Result<ResolvedModel> resolve_ollama(std::string_view reference) const;
  base::Status make_ready(const KnownWeights& weights, const GetOptions& options) const;
  std::vector<std::string> names(Purpose purpose) const;
  base::Error unknown(Purpose purpose, std::string_view name) const;

  CatalogPlaces places_;
};

// "smollm2 is gguf:/…/smollm2.Q8_0.gguf": the line that says what a name became.
std::string describe(const ResolvedModel& model);

}  // namespace duologue::model
