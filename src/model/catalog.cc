#include "model/catalog.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/paths.h"
#include "model/embedders/hashed_ngrams.h"
#include "model/embedders/static_embedder.h"
#include "model/gguf_file.h"
#include "model/http/endpoint.h"
#include "model/lock_text.h"
#include "model/ollama_store.h"
#if DUOLOGUE_WITH_LLAMA
#include "model/llama/prepare.h"
#endif

namespace duologue::model {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kMaxNameBytes = 4'096;
constexpr int kMaxAliasDepth = 8;

constexpr std::string_view kGguf = "gguf:";
constexpr std::string_view kScripted = "scripted:";
constexpr std::string_view kModel2vec = "model2vec:";
constexpr std::string_view kOllamaStore = "ollama/";

std::string expand_home(std::string_view path) {
  if (path.starts_with("~/")) {
    if (const auto home = base::environment("HOME")) return *home + std::string(path.substr(1));
  }
  return std::string(path);
}

std::string absolute_path(std::string_view path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(expand_home(path), error);
  return error ? std::string(path) : absolute.lexically_normal().string();
}

bool is_folder(std::string_view path) {
  std::error_code error;
  return fs::is_directory(fs::path(expand_home(path)), error);
}

bool is_file(std::string_view path) {
  std::error_code error;
  return fs::is_regular_file(fs::path(expand_home(path)), error);
}

Result<ResolvedModel> file_model(ModelKind kind, std::string_view prefix, std::string_view path) {
  if (path.empty())
    return fail(ErrorKind::kUsage,
                fmt::format("{} wants a file after it, e.g. {}path/to/file", prefix, prefix));
  ResolvedModel model;
  model.kind = kind;
  model.path = absolute_path(path);
  model.resolved = std::string(prefix) + model.path;
  std::error_code error;
  if (fs::is_directory(model.path, error)) {
    return fail(ErrorKind::kUsage, model.path + " is a folder: name the file in it");
  }
  if (!fs::exists(model.path, error)) return fail(ErrorKind::kNotFound, model.path + ": no such file");
  return model;
}

Result<ResolvedModel> static_folder(std::string_view path) {
  ResolvedModel model;
  model.kind = ModelKind::kModel2vec;
  model.path = absolute_path(path);
  model.resolved = std::string(kModel2vec) + model.path;
  if (!is_folder(model.path)) return fail(ErrorKind::kNotFound, model.path + ": no such folder");
  if (!is_static_folder(model.path)) {
    return fail(ErrorKind::kUsage,
                model.path + ": no model2vec folder: it lacks model.safetensors or tokenizer.json");
  }
  return model;
}

// A known name that is for something else.
Error other_use(const KnownWeights& weights) {
  return {ErrorKind::kUsage,
          weights.embeds() ? weights.name + " makes embeddings: it measures talks and can't talk itself"
                           : weights.name + " writes text and makes no embeddings; `hashed` and `minilm` do",
          std::nullopt};
}

std::string megabytes(std::uint64_t bytes) { return fmt::format("{} MB", (bytes + 500'000) / 1'000'000); }

fs::path program_path() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe",
                          error);  // empty where there is no /proc: the source tree is tried then
}

// The tool beside an installed program, or in the tree that this was built from.
std::string find_fetch_tool() {
  const fs::path installed =
      program_path().parent_path().parent_path() / "libexec" / "duologue" / "fetch-model";
  for (const fs::path& path : {installed, fs::path(kSourceTools) / "fetch-model"}) {
    if (access(path.c_str(), X_OK) == 0) return path.string();
  }
  return {};
}

Result<ResolvedModel> provider_model(std::string_view name, const base::Environment& env) {
  TRY_ASSIGN(const http::Endpoint endpoint, http::endpoint_of(name, env));
  ResolvedModel model;
  model.kind = ModelKind::kHttp;
  model.resolved = endpoint.resolved();
  model.base_model = endpoint.provider == http::Provider::kCompletions;
  return model;
}

}  // namespace

CatalogPlaces CatalogPlaces::here(std::map<std::string, std::string> aliases) {
  CatalogPlaces places;
  places.models_folder = base::cache_folder().path + "/models";
  places.ollama_folders = model::ollama_folders();
  places.aliases = std::move(aliases);
  places.fetch_tool = find_fetch_tool();
#if DUOLOGUE_WITH_LLAMA
  places.prepare = &llama::prepare_weights;
#endif
  return places;
}

Catalog::Catalog(CatalogPlaces places) : places_(std::move(places)) {}

Result<ResolvedModel> Catalog::resolve(std::string_view name) const {
  return resolve_for(Purpose::kTalk, name);
}

Result<ResolvedModel> Catalog::resolve_embedder(std::string_view name) const {
  return resolve_for(Purpose::kEmbed, name);
}

Result<ResolvedModel> Catalog::resolve_for(Purpose purpose, std::string_view name) const {
  if (name.empty()) {
    const std::string_view what = purpose == Purpose::kTalk ? "model" : "embedder";
    return fail(ErrorKind::kUsage,
                fmt::format("an empty {} name; `duologue models` lists what is here", what));
  }
  if (name.size() > kMaxNameBytes || name.find('\0') != std::string_view::npos) {
    return fail(ErrorKind::kUsage,
                fmt::format("a model name of {} bytes: at most {} are taken", name.size(), kMaxNameBytes));
  }
  TRY_ASSIGN(ResolvedModel model, resolve_at(purpose, name, 0));
  model.name = name;
  return model;
}

Result<ResolvedModel> Catalog::resolve_at(Purpose purpose, std::string_view name, int depth) const {
  const bool talk = purpose == Purpose::kTalk;
  if (talk && name.starts_with(kScripted))
    return file_model(ModelKind::kScripted, kScripted, name.substr(kScripted.size()));
  if (name.starts_with(kGguf)) {
    const std::string_view rest = name.substr(kGguf.size());
    if (rest.starts_with(kOllamaStore) && !rest.ends_with(".gguf"))
      return resolve_ollama(rest.substr(kOllamaStore.size()));
    return file_model(ModelKind::kGguf, kGguf, rest);
  }
  if (http::is_http_name(name)) return provider_model(name, places_.env);
  if (const KnownWeights* known = find_known_weights(name)) {
    if (known->embeds() == talk) return std::unexpected(other_use(*known));
    return resolve_known(name);
  }
  if (!talk) {
    if (name == kHashedName) {
      ResolvedModel model;
      model.kind = ModelKind::kHashed;
      model.resolved = kHashedName;
      return model;
    }
    if (name.starts_with(kModel2vec)) return static_folder(name.substr(kModel2vec.size()));
    if (is_folder(name)) return static_folder(name);
  }
  if (name.ends_with(".gguf") || is_file(name)) return file_model(ModelKind::kGguf, kGguf, name);
  TRY_ASSIGN(const auto pulled, find_ollama_model(places_.ollama_folders, name));
  if (pulled) return file_model(ModelKind::kGguf, kGguf, pulled->path);
  if (const auto alias = places_.aliases.find(std::string(name)); alias != places_.aliases.end()) {
    if (depth >= kMaxAliasDepth) {
      return fail(
          ErrorKind::kUsage,
          fmt::format("the alias {} leads to itself, or through more than {} others", name, kMaxAliasDepth));
    }
    return resolve_at(purpose, alias->second, depth + 1);
  }
  return std::unexpected(unknown(purpose, name));
}

Result<ResolvedModel> Catalog::resolve_known(std::string_view name) const {
  const KnownWeights& weights = *find_known_weights(name);
  const WeightsState state = weights_state(weights, places_.models_folder);
  ResolvedModel model;
  model.path = state.path;
  model.resolved = std::string(kGguf) + state.path;
  model.known = weights.name;
  const bool prepared = weights.preparation.how != Preparation::How::kNone;
  model.expected_sha256 = prepared ? sidecar_sha256(state.path) : weights.sha256;
  model.fetchable = !state.ready;
  model.fetch_bytes = state.ready || state.fetched ? 0 : weights.bytes;
  model.base_model = weights.use == "base";
  model.notice = weights.notice;
  return model;
}

Result<ResolvedModel> Catalog::resolve_ollama(std::string_view reference) const {
  TRY_ASSIGN(const auto pulled, find_ollama_model(places_.ollama_folders, reference));
  if (pulled) return file_model(ModelKind::kGguf, kGguf, pulled->path);
  std::vector<std::string> names;
  for (OllamaModel& model : list_ollama_models(places_.ollama_folders))
    names.push_back(std::move(model.name));
  return fail(ErrorKind::kUsage, fmt::format("Ollama has pulled no model {} here{}; `ollama pull {}` would",
                                             reference, base::did_you_mean(reference, names), reference));
}

std::vector<std::string> Catalog::names(Purpose purpose) const {
  std::vector<std::string> out;
  for (const KnownWeights& weights : known_weights()) {
    if (weights.embeds() == (purpose == Purpose::kEmbed)) out.push_back(weights.name);
  }
  if (purpose == Purpose::kEmbed) out.emplace_back(kHashedName);
  for (OllamaModel& model : list_ollama_models(places_.ollama_folders)) out.push_back(std::move(model.name));
  for (const auto& [alias, target] : places_.aliases) out.push_back(alias);
  return out;
}

Error Catalog::unknown(Purpose purpose, std::string_view name) const {
  const bool talk = purpose == Purpose::kTalk;
  const std::string near = base::did_you_mean(name, names(purpose));
  std::string hint = near.empty() ? "; `duologue models` lists what is here" : near;
  // "scriptd:file": the name may be all right and its prefix wrong.
  if (const auto colon = name.find(':'); near.empty() && colon != std::string_view::npos) {
    const std::vector<std::string> prefixes =
        talk ? std::vector<std::string>{"gguf",        "scripted", "ollama", "openai", "openai-responses",
                                        "completions", "anthropic"}
             : std::vector<std::string>{"gguf", "model2vec"};
    const auto prefix = base::nearest(name.substr(0, colon), prefixes, 1);
    if (!prefix.empty()) hint = fmt::format("; did you mean '{}{}'?", prefix.front(), name.substr(colon));
  }
  return {
      ErrorKind::kUsage,
      talk ? fmt::format("no model '{}': neither a known name nor a file, nor pulled by Ollama{}", name, hint)
           : fmt::format(
                 "no embedder '{}': neither hashed nor minilm, nor a GGUF file, nor a model2vec folder{}",
                 name, hint),
      std::nullopt};
}

Result<ResolvedModel> Catalog::get(const ResolvedModel& model, const GetOptions& options) const {
  if (model.kind != ModelKind::kGguf) return model;
  const KnownWeights* weights = find_known_weights(model.known);
  if (weights == nullptr) {
    TRY(read_gguf_summary(model.path));
    return model;
  }
  TRY(make_ready(*weights, options));
  TRY_ASSIGN(ResolvedModel ready, resolve_known(weights->name));
  TRY(read_gguf_summary(ready.path));
  ready.name = model.name;
  return ready;
}

// Fetches what isn't here, checks what was fetched, prepares it.
Status Catalog::make_ready(const KnownWeights& weights, const GetOptions& options) const {
  TRY(base::make_folder({.path = places_.models_folder, .note = {}}));
  const FetchOptions fetch{.tool = places_.fetch_tool,
                           .models_folder = places_.models_folder,
                           .prepare = places_.prepare,
                           .say = options.say,
                           .stop = options.stop};
  const WeightsState state = weights_state(weights, places_.models_folder);
  const bool prepares = weights.preparation.how != Preparation::How::kNone;
  if (!state.ready && !state.fetched) {
    const std::string question =
        fmt::format("fetch {} ({}, {})?", weights.name, weights.about, megabytes(weights.bytes));
    if (!options.may_fetch || !options.may_fetch(question)) {
      return fail(
          ErrorKind::kNotFound,
          fmt::format("the weights of {} aren't here yet: `duologue models pull {}` fetches them ({})",
                      weights.name, weights.name, megabytes(weights.bytes)));
    }
    TRY(fetch_weights(weights, fetch));
  }
  if (state.ready && prepares) return {};
  const std::string mend = fmt::format("remove it and run `duologue models pull {}`", weights.name);
  const std::string fetched = places_.models_folder + "/" + weights.file;
  if (fetched.ends_with(".gguf")) TRY(read_gguf_summary(fetched));
  TRY(verify_sha256(fetched, weights.sha256, mend));
  for (const WeightsFile& file : weights.beside)
    TRY(verify_sha256(places_.models_folder + "/" + file.file, file.sha256, mend));
  return prepares ? prepare_weights(weights, fetch) : Status{};
}

Result<ResolvedModel> Catalog::pull(std::string_view known_name, const GetOptions& options) const {
  const KnownWeights* weights = find_known_weights(known_name);
  if (weights == nullptr) {
    std::vector<std::string> names;
    for (const KnownWeights& known : known_weights()) names.push_back(known.name);
    return fail(ErrorKind::kUsage,
                fmt::format("no known weights of the name '{}'{}; known: {}", known_name,
                            base::did_you_mean(known_name, names), fmt::join(names, ", ")));
  }
  GetOptions asked = options;
  asked.may_fetch = [](std::string_view) { return true; };
  TRY_ASSIGN(ResolvedModel model, resolve_known(known_name));
  model.name = known_name;
  return get(model, asked);
}

std::vector<CatalogRow> Catalog::list() const {
  std::vector<CatalogRow> rows;
  std::error_code error;
  for (const KnownWeights& weights : known_weights()) {
    const WeightsState state = weights_state(weights, places_.models_folder);
    const std::uintmax_t bytes = state.ready ? fs::file_size(state.path, error) : weights.bytes;
    rows.push_back(
        {.name = weights.name,
         .source = CatalogRow::Source::kKnown,
         .about = weights.about + ", for " + (weights.use == "base" ? "raw completion" : weights.use),
         .path = state.path,
         .present = state.ready,
         .bytes = bytes});
  }
  for (OllamaModel& model : list_ollama_models(places_.ollama_folders)) {
    rows.push_back({.name = std::move(model.name),
                    .source = CatalogRow::Source::kOllama,
                    .about = "pulled by Ollama",
                    .path = std::move(model.path),
                    .present = true,
                    .bytes = model.bytes});
  }
  for (const auto& [name, target] : places_.aliases) {
    rows.push_back(
        {.name = name,
         .source = CatalogRow::Source::kAlias,
         .about = "stands for " + target,
         .path = {},
         .present = resolve_at(Purpose::kTalk, target, 1) || resolve_at(Purpose::kEmbed, target, 1),
         .bytes = 0});
  }
  return rows;
}

std::string describe(const ResolvedModel& model) {
  if (model.name == model.resolved) return model.resolved;
  return model.name + " is " + model.resolved;
}

}  // namespace duologue::model
