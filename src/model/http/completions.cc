#include "model/http/completions.h"

#include "model/http/openai_events.h"
#include "model/http/sampler_fields.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

constexpr int kFewLogprobs = 5;  // the most that OpenAI gives here

class Completions final : public WireForm {
 public:
  std::string_view name() const override { return "completions"; }

  base::Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                                 const WireTarget& target) const override {
    WireCall call{"/completions", base::Json::object(), "", {}};
    base::Json& body = call.body;
    body["model"] = target.model;
    body["prompt"] = raw_prompt_of(view) + config.prefill;
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
    put_sampling(body, config.sampling, Api::kCompletions, target.dialect);
    body["seed"] = wire_seed(config.key);
    const bool many = target.dialect == Dialect::kLlamaServer || target.dialect == Dialect::kVllm;
    body["logprobs"] = many ? kTopLogprobs : kFewLogprobs;
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<OpenAiEventReader>(answer, blame);
  }
};

}  // namespace

const WireForm& completions() {
  static const Completions form;
  return form;
}

}  // namespace duologue::model::http
