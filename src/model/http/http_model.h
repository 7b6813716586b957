// A provider's model behind the Model door: a turn is one streamed request. What the forms (wire_form.h) say
// and read, this sends, within limits, and turns what went wrong into errors. It doesn't retry what may be
// well in a moment; that is a decorator's business. A parameter that the server refuses by name (400, 422) is
// left out from then on, and an event says so.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "model/http/context_watch.h"
#include "model/http/transport.h"
#include "model/http/wire_form.h"
#include "model/model.h"

namespace duologue::model::http {

struct HttpModelOptions {
  ModelInfo info;
  WireTarget target;
  Blame blame;
  std::string base_url;             // as check_base_url gives it
  std::vector<HttpHeader> headers;  // beside Content-Type
  std::vector<HttpHeader> secrets;
  const WireForm* chat = nullptr;  // null: the API has raw prompts only
  const WireForm* raw = nullptr;   // null: the API has no raw prompts
  std::shared_ptr<Transport> transport;
  HttpTimeouts timeouts;
};

class HttpModel final : public Model {
 public:
  explicit HttpModel(HttpModelOptions options);

  const ModelInfo& info() const override { return options_.info; }

  // Errors as Transport::send and error_of_answer have them; kContextOverflow also before a request, where
  // the context's size is known and the estimate is past it; kUsage for raw prompting where there is none.
  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                     std::stop_token stop, const OnDelta& on_delta) override;
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig& config) override;
  void release(const ContextKey& key) override;

 private:
  struct Sent {
    base::Result<HttpAnswer> answer;
    base::Status read;  // what the reader said
  };
  base::Status check_room(const chat::View& view, const GenerateConfig& config) const;
  base::Result<WireCall> request(const WireForm& form, const chat::View& view, const GenerateConfig& config,
                                 std::vector<std::string>& optional_names) const;
  Sent send(const WireForm& form, WireCall call, Answer& answer, std::stop_token stop,
            const OnWaiting& on_waiting) const;
  base::Result<ModelOutput> output_of(Answer& answer, const chat::View& view, const GenerateConfig& config);

  HttpModelOptions options_;
  ContextWatch context_;
  mutable base::Mutex mutex_;
  std::set<std::string> refused_ GUARDED_BY(mutex_);  // parameters that the server doesn't take
};

}  // namespace duologue::model::http
