#include "model/http/http_embedder.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "model/http/endpoint.h"
#include "model/http/url.h"
#include "model/http/wire_error.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using std::chrono::milliseconds;

// Whatever changes a vector changes this, and with it the identity.
constexpr std::string_view kRecipe = "duologue embeddings endpoint, version 1";
constexpr std::size_t kBatchTexts = 32;
constexpr std::size_t kBatchBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxDimensions = 65'536;
constexpr std::size_t kShortestCut = 64;  // bytes of a text that is still cut in two

using Vector = std::vector<double>;  // empty: none

// Behind the last space of the first half, or else in the middle.
std::size_t middle_of(std::string_view text) {
  const std::size_t half = base::floor_boundary(text, text.size() / 2);
  const std::size_t space = text.rfind(' ', half);
  return space == std::string_view::npos || space < half / 2 ? half : space + 1;
}

class HttpEmbedder final : public Embedder {
 public:
  HttpEmbedder(HttpEmbedderOptions options, const Endpoint& endpoint, const Key& key)
      : options_(std::move(options)),
        blame_{options_.name, origin_of(endpoint.base_url), key.value, key.name},
        model_(endpoint.model),
        url_(endpoint.base_url + (endpoint.provider == Provider::kOllama ? "/v1/embeddings" : "/embeddings")),
        headers_(plain_headers(endpoint)),
        secrets_(secret_headers(endpoint, key)) {
    headers_.push_back({"Content-Type", "application/json"});
    info_.name = options_.name;
    info_.identity = base::Hasher().field(kRecipe).field(options_.resolved).finish().hex();
  }

  const EmbedderInfo& info() const override { return info_; }
  Result<Embeddings> embed(std::span<const std::string_view> texts, std::stop_token stop) override;

  base::Status learn_dimensions(std::stop_token stop) {
    TRY_ASSIGN(const std::vector<Vector> vectors, ask({"duologue"}, std::move(stop)));
    info_.dimensions = static_cast<std::uint32_t>(vectors.front().size());
    return {};
  }

 private:
  Result<std::vector<Vector>> ask(const std::vector<std::string>& texts, std::stop_token stop) const;
  Result<std::vector<Vector>> ask_once(const std::vector<std::string>& texts, std::stop_token stop) const;
  Result<std::vector<Vector>> read(const HttpAnswer& answer, std::size_t wanted) const;
  Result<Vector> ask_long(const std::string& text, std::stop_token stop) const;
  base::Error broken(std::string_view what) const {
    return {ErrorKind::kUnavailable,
            fmt::format("{} at {}: its embeddings can't be read ({})", blame_.model, blame_.origin, what),
            std::nullopt};
  }

  const HttpEmbedderOptions options_;
  const Blame blame_;
  const std::string model_;
  const std::string url_;
  std::vector<HttpHeader> headers_;
  const std::vector<HttpHeader> secrets_;
  EmbedderInfo info_;
};

// One vector a text, in the order of the texts.
Result<std::vector<Vector>> HttpEmbedder::read(const HttpAnswer& answer, std::size_t wanted) const {
  const auto json = base::parse_json(answer.body);
  if (!json) return std::unexpected(broken(json.error().message));
  if (holds_error(*json)) return std::unexpected(error_of_json(*json, blame_));
  const Json* data = base::member_at(*json, "data");
  if (data == nullptr || !data->is_array() || data->size() != wanted)
    return std::unexpected(broken(fmt::format("not {} of them", wanted)));
  std::vector<Vector> vectors(wanted);
  std::size_t position = 0;
  for (const Json& entry : *data) {
    const std::uint64_t index = base::unsigned_at(entry, "index").value_or(position++);
    const Json* numbers = base::member_at(entry, "embedding");
    if (index >= wanted || !vectors[index].empty() || numbers == nullptr || !numbers->is_array() ||
        numbers->empty() || numbers->size() > kMaxDimensions)
      return std::unexpected(broken("an entry without its vector"));
    if (info_.dimensions != 0 && numbers->size() != info_.dimensions) {
      return std::unexpected(
          broken(fmt::format("{} numbers, it had sent {}", numbers->size(), info_.dimensions)));
    }
    for (const Json& number : *numbers) {
      if (!number.is_number()) return std::unexpected(broken("a vector of other things than numbers"));
      vectors[index].push_back(number.get<double>());
    }
  }
  return vectors;
}

Result<std::vector<Vector>> HttpEmbedder::ask_once(const std::vector<std::string>& texts,
                                                   std::stop_token stop) const {
  HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers = headers_;
  request.secrets = secrets_;
  request.timeouts = options_.timeouts;
  Json body = Json::object();
  body["model"] = model_;
  body["input"] = texts;
  body["encoding_format"] = "float";
  request.body = base::dump_json(body);
  TRY_ASSIGN(const HttpAnswer answer, options_.transport->send(request, std::move(stop), nullptr));
  if (!answer.good()) return std::unexpected(error_of_answer(answer, blame_, options_.clock->unix_ms()));
  return read(answer, texts.size());
}

Result<std::vector<Vector>> HttpEmbedder::ask(const std::vector<std::string>& texts,
                                              std::stop_token stop) const {
  for (std::uint32_t number = 1;; ++number) {
    auto vectors = ask_once(texts, stop);
    if (vectors || !may_pass(vectors.error().kind) || number >= options_.retry.attempts) return vectors;
    const milliseconds wait = wait_before_retry(options_.retry, base::RngKey{}, number, vectors.error());
    if (wait > options_.retry.deadline) return vectors;
    if (!options_.clock->sleep(wait, stop)) return fail(ErrorKind::kCancelled, "cancelled");
  }
}

// The mean of its parts', each with the weight of its bytes.
Result<Vector> HttpEmbedder::ask_long(const std::string& text, std::stop_token stop) const {
  auto vectors = ask({text}, stop);
  if (vectors) return std::move(vectors->front());
  if (vectors.error().kind != ErrorKind::kContextOverflow || text.size() < kShortestCut)
    return std::unexpected(std::move(vectors).error());
  const std::size_t middle = middle_of(text);
  Vector mean(info_.dimensions, 0.0);
  for (const std::string& part : {text.substr(0, middle), text.substr(middle)}) {
    if (base::is_all_space(part)) continue;
    const auto weight = static_cast<double>(part.size());
    TRY_ASSIGN(const Vector vector, ask_long(part, stop));
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += weight * vector[i];
  }
  return mean;
}

Result<Embeddings> HttpEmbedder::embed(std::span<const std::string_view> texts, std::stop_token stop) {
  Embeddings out(texts.size(), info_.dimensions);
  std::vector<std::string> batch;
  std::vector<std::size_t> rows;
  std::size_t bytes = 0;
  const auto flush = [&]() -> base::Status {
    if (batch.empty()) return {};
    auto vectors = ask(batch, stop);
    if (!vectors && vectors.error().kind == ErrorKind::kContextOverflow) {  // one of them is too long
      vectors = std::vector<Vector>();
      for (const std::string& text : batch) {
        TRY_ASSIGN(Vector vector, ask_long(text, stop));
        vectors->push_back(std::move(vector));
      }
    }
    if (!vectors) return std::unexpected(std::move(vectors).error());
    for (std::size_t i = 0; i < rows.size(); ++i) out.set<double>(rows[i], (*vectors)[i]);
    batch.clear();
    rows.clear();
    bytes = 0;
    return {};
  };
  for (std::size_t row = 0; row < texts.size(); ++row) {
    if (base::is_all_space(texts[row])) continue;
    if (batch.size() == kBatchTexts || bytes + texts[row].size() > kBatchBytes) TRY(flush());
    batch.push_back(base::replace_invalid_utf8(texts[row]));
    rows.push_back(row);
    bytes += texts[row].size();
  }
  TRY(flush());
  return out;
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_http_embedder(const HttpEmbedderOptions& options) {
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(options.resolved, options.env));
  if (endpoint.provider != Provider::kOpenAi && endpoint.provider != Provider::kOllama) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("{}: this API has no embeddings; openai:NAME@URL and ollama:NAME have", options.name));
  }
  Key key;
  if (!options.transport->offline()) {
    TRY_ASSIGN(key, key_of(endpoint, options.env));
  }
  auto embedder = std::make_unique<HttpEmbedder>(options, endpoint, key);
  TRY(embedder->learn_dimensions(options.stop));
  return embedder;
}

}  // namespace duologue::model::http
