// Ollama's store: manifests/HOST/NAMESPACE/NAME/TAG is a JSON file whose layers name blobs by digest; the
// layer of the media type …image.model is a GGUF file, blobs/sha256-DIGEST.
#include "model/ollama_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "base/json.h"
#include "base/paths.h"

namespace duologue::model {

namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view kModelLayer = "application/vnd.ollama.image.model";
constexpr std::string_view kAdapterLayer = "application/vnd.ollama.image.adapter";
constexpr std::size_t kMaxManifestBytes = 1 << 20;
constexpr std::size_t kMaxPartBytes = 128;
constexpr std::size_t kMaxListed = 10'000;

struct Reference {
  std::string host;  // empty: any
  std::string space;
  std::string name;
  std::string tag;
};

// A part becomes a folder's name: nothing that would lead elsewhere.
bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= kMaxPartBytes && part.front() != '.' &&
         part.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

std::optional<Reference> parse_reference(std::string_view text) {
  Reference out{.host = {}, .space = "library", .name = {}, .tag = "latest"};
  const auto slash = text.rfind('/');
  // A colon before the last slash is a host's port.
  const auto colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    out.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find('/', from), text.size());
    parts.emplace_back(text.substr(from, to - from));
    from = to + 1;
  }
  if (parts.empty() || parts.size() > 3) return std::nullopt;
  out.name = parts.back();
  if (parts.size() >= 2) out.space = parts[parts.size() - 2];
  if (parts.size() == 3) out.host = parts.front();
  for (const std::string& part : parts) {
    if (!is_part(part)) return std::nullopt;
  }
  if (!is_part(out.tag)) return std::nullopt;
  return out;
}

std::string display_name(const Reference& reference) {
  const std::string name = reference.name + ":" + reference.tag;
  return reference.space == "library" ? name : reference.space + "/" + name;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end && out.size() < kMaxListed;
       it.increment(error)) {
    if (it->path().filename().string().front() != '.') out.push_back(it->path());
  }
  std::ranges::sort(out);
  return out;
}

Result<std::string> read_manifest(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxManifestBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.gcount() == 0 && !file.eof())) {
    return fail(ErrorKind::kModel, path.string() + ": Ollama's manifest can't be read");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxManifestBytes) {
    return fail(ErrorKind::kModel, path.string() + ": too large for a manifest of Ollama's");
  }
  return text;
}

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") &&
         text.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
}

Result<OllamaModel> read_model(const fs::path& store, const fs::path& manifest, const Reference& reference) {
  TRY_ASSIGN(const std::string text, read_manifest(manifest));
  auto json = base::parse_json(text);
  if (!json)
    return fail(ErrorKind::kModel, manifest.string() + ": Ollama's manifest: " + json.error().message);
  const base::Json* layers = base::member_at(*json, "layers");
  if (layers == nullptr || !layers->is_array()) {
    return fail(ErrorKind::kModel, manifest.string() + ": Ollama's manifest names no layers");
  }
  OllamaModel out{.name = display_name(reference), .path = {}, .sha256 = {}};
  for (const base::Json& layer : *layers) {
    const std::string type = base::string_at(layer, "mediaType").value_or("");
    if (type == kAdapterLayer) {
      return fail(ErrorKind::kModel,
                  fmt::format("Ollama's {} is a model with an adapter, which isn't run here", out.name));
    }
    if (type != kModelLayer || !out.path.empty()) continue;
    const std::string digest = base::string_at(layer, "digest").value_or("");
    if (!is_digest(digest))
      return fail(ErrorKind::kModel, manifest.string() + ": not a digest in Ollama's manifest");
    out.sha256 = digest.substr(7);
    out.path = (store / "blobs" / ("sha256-" + out.sha256)).string();
  }
  if (out.path.empty()) {
    return fail(ErrorKind::kModel,
                fmt::format("Ollama's {} has no weights in this store ({})", out.name, manifest.string()));
  }
  std::error_code error;
  out.bytes = fs::file_size(out.path, error);
  if (error) {
    return fail(ErrorKind::kModel,
                fmt::format("Ollama's {}: its weights at {} are missing or unreadable: pull it again with "
                            "`ollama pull {}`",
                            out.name, out.path, out.name));
  }
  return out;
}

}  // namespace

Result<std::optional<OllamaModel>> find_ollama_model(const std::vector<std::string>& folders,
                                                     std::string_view reference) {
  const auto parsed = parse_reference(reference);
  if (!parsed) return std::nullopt;
  for (const std::string& store : folders) {
    for (const fs::path& host : folders_in(fs::path(store) / "manifests")) {
      if (!parsed->host.empty() && host.filename() != parsed->host) continue;
      const fs::path manifest = host / parsed->space / parsed->name / parsed->tag;
      std::error_code error;
      if (!fs::is_regular_file(manifest, error)) continue;
      TRY_ASSIGN(OllamaModel model, read_model(store, manifest, *parsed));
      return model;
    }
  }
  return std::nullopt;
}

std::vector<OllamaModel> list_ollama_models(const std::vector<std::string>& folders) {
  std::vector<OllamaModel> out;
  std::set<std::string> seen;
  for (const std::string& store : folders) {
    for (const fs::path& host : folders_in(fs::path(store) / "manifests")) {
      for (const fs::path& space : folders_in(host)) {
        for (const fs::path& name : folders_in(space)) {
          for (const fs::path& tag : folders_in(name)) {
            const Reference reference{.host = host.filename(),
                                      .space = space.filename(),
                                      .name = name.filename(),
                                      .tag = tag.filename()};
            auto model = read_model(store, tag, reference);
            if (model && seen.insert(model->name).second) out.push_back(*std::move(model));
            if (out.size() >= kMaxListed) return out;
          }
        }
      }
    }
  }
  std::ranges::sort(out, {}, &OllamaModel::name);
  return out;
}

std::vector<std::string> ollama_folders() {
  std::vector<std::string> out;
  if (auto folder = base::environment("OLLAMA_MODELS")) out.push_back(*std::move(folder));
  if (const auto home = base::environment("HOME")) out.push_back(*home + "/.ollama/models");
  out.emplace_back(
      "/usr/share/ollama/.ollama/models");  // of the system service that Ollama's installer makes
  return out;
}

}  // namespace duologue::model
