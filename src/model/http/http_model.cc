#include "model/http/http_model.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using base::Status;

// What a request can do without, the least important first: a server that refuses two of them names both.
constexpr std::array<std::string_view, 25> kOptional = {"top_logprobs",
                                                        "logprobs",
                                                        "include",
                                                        "seed",
                                                        "stream_options",
                                                        "truncate",
                                                        "shift",
                                                        "store",
                                                        "top_n_sigma",
                                                        "typical_p",
                                                        "repeat_last_n",
                                                        "xtc_probability",
                                                        "dry_multiplier",
                                                        "mirostat",
                                                        "min_p",
                                                        "top_k",
                                                        "repeat_penalty",
                                                        "repetition_penalty",
                                                        "ignore_eos",
                                                        "presence_penalty",
                                                        "frequency_penalty",
                                                        "stop",
                                                        "top_p",
                                                        "temperature",
                                                        "max_tokens"};
constexpr int kMostRefusals = 25;

// Drops what the server doesn't take; OpenAI's newer models want another name for one of them.
void drop(Json& body, const std::set<std::string>& refused) {
  for (const std::string& name : refused) {
    if (!body.contains(name)) continue;
    if (name == "max_tokens") body["max_completion_tokens"] = body[name];
    if (name == "logprobs") body.erase("top_logprobs");  // means nothing without
    body.erase(name);
  }
}

// What a server sent past every limit is its failure, not the user's bad input, and may be well the next
// time.
base::Error unreadable(base::Error error, const Blame& blame) {
  if (error.kind != ErrorKind::kBadInput) return error;
  error.kind = ErrorKind::kUnavailable;
  error.message = fmt::format("{} at {}: {}", blame.model, blame.origin, error.message);
  return error;
}

}  // namespace

HttpModel::HttpModel(HttpModelOptions options) : options_(std::move(options)) {}

// Servers whose context is known cut in silence, or fail in the middle of an answer: better not to ask.
Status HttpModel::check_room(const chat::View& view, const GenerateConfig& config) const {
  const std::uint32_t room = options_.info.context_tokens;
  if (room == 0) return {};
  std::uint64_t wanted = config.sampling.max_tokens;
  for (const std::uint32_t tokens : context_.estimate(view)) wanted += tokens;
  if (wanted <= room) return {};
  return fail(ErrorKind::kContextOverflow,
              fmt::format("{}: the view and the answer take about {} tokens, the context holds {}",
                          options_.blame.model, wanted, room));
}

Result<WireCall> HttpModel::request(const WireForm& form, const chat::View& view,
                                    const GenerateConfig& config,
                                    std::vector<std::string>& optional_names) const {
  TRY_ASSIGN(WireCall call, form.request(view, config, options_.target));
  {
    const base::MutexLock lock(mutex_);
    drop(call.body, refused_);
  }
  for (const std::string_view name : kOptional) {
    if (call.body.contains(name)) optional_names.emplace_back(name);
  }
  return call;
}

HttpModel::Sent HttpModel::send(const WireForm& form, WireCall call, Answer& answer, std::stop_token stop,
                                const OnWaiting& on_waiting) const {
  HttpRequest request;
  request.method = "POST";
  request.url = options_.base_url + call.path;
  request.headers = options_.headers;
  request.headers.push_back({"Content-Type", "application/json"});
  request.secrets = options_.secrets;
  request.body = body_text(std::exchange(call, {}));  // many wait at once: each holds its talk once
  request.body.shrink_to_fit();
  request.timeouts = options_.timeouts;
  request.on_waiting = on_waiting;
  const auto reader = form.reader(answer, options_.blame);
  Status read;
  auto sent = options_.transport->send(request, stop, [&](std::string_view bytes) {
    read = reader->push(bytes);
    return read.has_value() && !answer.stopped();
  });
  if (sent && sent->good() && read && !answer.stopped()) read = reader->finish();
  return {std::move(sent), std::move(read)};
}

Result<ModelOutput> HttpModel::generate(const chat::View& view, const GenerateConfig& config,
                                        std::stop_token stop, const OnDelta& on_delta) {
  const WireForm* form = config.raw_prompt ? options_.raw : options_.chat;
  if (form == nullptr) {
    return fail(ErrorKind::kUsage,
                config.raw_prompt ? fmt::format("{}: this API takes no raw prompts", options_.blame.model)
                                  : fmt::format("{}: this API takes raw prompts only: use raw prompting",
                                                options_.blame.model));
  }
  TRY(check_room(view, config));
  std::vector<ModelEvent> events;
  for (int refusals = 0;; ++refusals) {
    std::vector<std::string> optional_names;
    TRY_ASSIGN(WireCall call, request(*form, view, config, optional_names));
    Answer answer({config.sampling.stop, !config.raw_prompt, config.prefill, on_delta});
    Sent sent = send(*form, std::move(call), answer, stop, config.on_waiting);
    // A connection that breaks after the answer's end took nothing away.
    const bool whole = answer.ended && sent.read;
    if (!sent.answer && (!whole || sent.answer.error().kind == ErrorKind::kCancelled))
      return std::unexpected(unreadable(std::move(sent.answer).error(), options_.blame));
    if (sent.answer && !sent.answer->good()) {
      const std::string name = refused_parameter(*sent.answer, optional_names);
      if (!name.empty() && refusals < kMostRefusals) {
        const base::MutexLock lock(mutex_);
        refused_.insert(name);
        events.push_back({"parameter_refused", fmt::format("{} doesn't take {}: left out from here on",
                                                           options_.blame.model, name)});
        continue;
      }
      if (!is_content_filter(*sent.answer))
        return std::unexpected(
            error_of_answer(*sent.answer, options_.blame, base::Clock::system().unix_ms()));
      answer.ended = true;
      answer.stop_reason = chat::StopReason::kContentFilter;
    }
    if (!answer.stopped() && !sent.read)  // what follows a stop string isn't asked for
      return std::unexpected(unreadable(std::move(sent.read).error(), options_.blame));
    TRY_ASSIGN(ModelOutput output, output_of(answer, view, config));
    output.events.insert(output.events.begin(), events.begin(), events.end());
    return output;
  }
}

Result<ModelOutput> HttpModel::output_of(Answer& answer, const chat::View& view,
                                         const GenerateConfig& config) {
  if (!answer.ended && !answer.stopped()) {
    return fail(ErrorKind::kUnavailable, fmt::format("{} at {}: the answer broke off before its end",
                                                     options_.blame.model, options_.blame.origin));
  }
  // llama.cpp's responses don't say that they were cut.
  if (!answer.stop_reason && answer.usage.completion_tokens >= config.sampling.max_tokens)
    answer.stop_reason = chat::StopReason::kLength;
  ModelOutput output = answer.finish();
  if (const auto cut = context_.check(config.context, view, output.usage.prompt_tokens))
    output.events.push_back({"context_cut", *cut});
  return output;
}

Result<std::vector<std::uint32_t>> HttpModel::token_counts(const chat::View& view, const GenerateConfig&) {
  return context_.estimate(view);
}

void HttpModel::release(const ContextKey& key) { context_.forget(key); }

}  // namespace duologue::model::http
