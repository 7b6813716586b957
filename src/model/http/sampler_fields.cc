#include "model/http/sampler_fields.h"

#include <algorithm>

namespace duologue::model::http {

namespace {

using base::Json;

constexpr std::size_t kMostStops = 4;

constexpr SamplerField kPlain[] = {{"temperature", "temperature"},
                                   {"top_p", "top_p"},
                                   {"frequency_penalty", "frequency_penalty"},
                                   {"presence_penalty", "presence_penalty"},
                                   {"max_tokens", "max_tokens"},
                                   {"stop", "stop"}};
constexpr SamplerField kOpenAiChat[] = {{"temperature", "temperature"},
                                        {"top_p", "top_p"},
                                        {"frequency_penalty", "frequency_penalty"},
                                        {"presence_penalty", "presence_penalty"},
                                        {"max_tokens", "max_completion_tokens"},
                                        {"stop", "stop"}};
constexpr SamplerField kResponses[] = {
    {"temperature", "temperature"}, {"top_p", "top_p"}, {"max_tokens", "max_output_tokens"}};
constexpr SamplerField kLlamaServer[] = {{"temperature", "temperature"},
                                         {"top_p", "top_p"},
                                         {"top_k", "top_k"},
                                         {"min_p", "min_p"},
                                         {"typical_p", "typical_p"},
                                         {"top_n_sigma", "top_n_sigma"},
                                         {"repeat_penalty", "repeat_penalty"},
                                         {"frequency_penalty", "frequency_penalty"},
                                         {"presence_penalty", "presence_penalty"},
                                         {"penalty_last_n", "repeat_last_n"},
                                         {"dry_multiplier", "dry_multiplier"},
                                         {"dry_base", "dry_base"},
                                         {"dry_allowed_length", "dry_allowed_length"},
                                         {"xtc_probability", "xtc_probability"},
                                         {"xtc_threshold", "xtc_threshold"},
                                         {"mirostat", "mirostat"},
                                         {"mirostat_tau", "mirostat_tau"},
                                         {"mirostat_eta", "mirostat_eta"},
                                         {"max_tokens", "max_tokens"},
                                         {"ignore_end", "ignore_eos"},
                                         {"stop", "stop"}};
constexpr SamplerField kVllm[] = {{"temperature", "temperature"},
                                  {"top_p", "top_p"},
                                  {"top_k", "top_k"},
                                  {"min_p", "min_p"},
                                  {"repeat_penalty", "repetition_penalty"},
                                  {"frequency_penalty", "frequency_penalty"},
                                  {"presence_penalty", "presence_penalty"},
                                  {"max_tokens", "max_tokens"},
                                  {"ignore_end", "ignore_eos"},
                                  {"stop", "stop"}};
constexpr SamplerField kOpenRouter[] = {{"temperature", "temperature"},
                                        {"top_p", "top_p"},
                                        {"top_k", "top_k"},
                                        {"min_p", "min_p"},
                                        {"repeat_penalty", "repetition_penalty"},
                                        {"frequency_penalty", "frequency_penalty"},
                                        {"presence_penalty", "presence_penalty"},
                                        {"max_tokens", "max_tokens"},
                                        {"stop", "stop"}};
constexpr SamplerField kOllama[] = {{"temperature", "temperature"},
                                    {"top_p", "top_p"},
                                    {"top_k", "top_k"},
                                    {"min_p", "min_p"},
                                    {"typical_p", "typical_p"},
                                    {"repeat_penalty", "repeat_penalty"},
                                    {"frequency_penalty", "frequency_penalty"},
                                    {"presence_penalty", "presence_penalty"},
                                    {"penalty_last_n", "repeat_last_n"},
                                    {"mirostat", "mirostat"},
                                    {"mirostat_tau", "mirostat_tau"},
                                    {"mirostat_eta", "mirostat_eta"},
                                    {"max_tokens", "num_predict"},
                                    {"stop", "stop"}};
constexpr SamplerField kAnthropic[] = {{"temperature", "temperature"},
                                       {"top_p", "top_p"},
                                       {"top_k", "top_k"},
                                       {"max_tokens", "max_tokens"},
                                       {"stop", "stop_sequences"}};

// Values that do nothing while another one is off.
constexpr SamplerField kDependent[] = {{"dry_base", "dry_multiplier"},
                                       {"dry_allowed_length", "dry_multiplier"},
                                       {"xtc_threshold", "xtc_probability"},
                                       {"mirostat_tau", "mirostat"},
                                       {"mirostat_eta", "mirostat"}};

// What every value must be to do nothing.
const Json& neutral_values() {
  static const Json values = [] {
    chat::Sampling neutral;
    neutral.top_p = 1;
    return *base::parse_json(chat::to_json(neutral));
  }();
  return values;
}

Json values_of(const chat::Sampling& sampling) {
  return base::parse_json(chat::to_json(sampling)).value_or(Json::object());
}

bool is_neutral(const Json& values, std::string_view name, const Json& value) {
  if (name == "stop" || name == "max_tokens") return true;
  if (name == "temperature") return false;
  if (name == "top_n_sigma") return value.get<double>() <= 0;
  if (name == "penalty_last_n") {
    for (const char* penalty : {"repeat_penalty", "frequency_penalty", "presence_penalty"}) {
      if (values[penalty] != neutral_values()[penalty]) return value == neutral_values()["penalty_last_n"];
    }
    return true;
  }
  for (const SamplerField& dependent : kDependent) {
    if (dependent.ours == name)
      return is_neutral(values, dependent.wire, values[std::string(dependent.wire)]);
  }
  return value == neutral_values()[std::string(name)];
}

}  // namespace

std::span<const SamplerField> sampler_fields(Api api, Dialect dialect) {
  switch (api) {
    case Api::kOllama:
      return kOllama;
    case Api::kAnthropic:
      return kAnthropic;
    case Api::kResponses:
      return kResponses;
    case Api::kChat:
    case Api::kCompletions:
      break;
  }
  switch (dialect) {
    case Dialect::kLlamaServer:
      return kLlamaServer;
    case Dialect::kVllm:
      return kVllm;
    case Dialect::kOpenRouter:
      return kOpenRouter;
    case Dialect::kOpenAi:
      return api == Api::kChat ? std::span<const SamplerField>(kOpenAiChat) : kPlain;
    default:
      return kPlain;
  }
}

void put_sampling(Json& body, const chat::Sampling& sampling, Api api, Dialect dialect) {
  const Json values = values_of(sampling);
  const bool takes_all_stops = dialect == Dialect::kLlamaServer || dialect == Dialect::kOllama;
  for (const SamplerField& field : sampler_fields(api, dialect)) {
    const std::string wire(field.wire);
    if (field.ours == "stop") {
      std::vector<std::string> stops;
      for (const std::string& stop : sampling.stop) {
        // Anthropic refuses strings of white space alone.
        if (api == Api::kAnthropic && stop.find_first_not_of(" \t\r\n") == std::string::npos) continue;
        if (takes_all_stops || stops.size() < kMostStops) stops.push_back(stop);
      }
      if (!stops.empty()) body[wire] = stops;
    } else if (field.ours == "top_k" && sampling.top_k == 0 && dialect == Dialect::kVllm) {
      body[wire] = -1;
    } else if (field.ours == "top_k" && sampling.top_k == 0 && dialect == Dialect::kAnthropic) {
      continue;  // no word for "off"
    } else {
      body[wire] = values[std::string(field.ours)];
    }
  }
  // llama.cpp hands the rest of a Responses or Messages request on to its own samplers.
  if (dialect == Dialect::kLlamaServer && api == Api::kResponses) {
    for (const SamplerField& field : kLlamaServer) {
      if (field.ours != "max_tokens" && field.ours != "stop")
        body[std::string(field.wire)] = values[std::string(field.ours)];
    }
    if (!sampling.stop.empty()) body["stop"] = sampling.stop;
  }
}

std::vector<std::string> unsent_samplers(const chat::Sampling& sampling, Api api, Dialect dialect) {
  std::vector<std::string> unsent;
  if (dialect == Dialect::kLlamaServer && api == Api::kResponses) return unsent;
  const Json values = values_of(sampling);
  for (const auto& [name, value] : values.items()) {
    const auto sent = std::ranges::find(sampler_fields(api, dialect), name, &SamplerField::ours);
    if (sent != sampler_fields(api, dialect).end() || is_neutral(values, name, value)) continue;
    unsent.push_back(name + " " + base::dump_json(value));
  }
  return unsent;
}

}  // namespace duologue::model::http
