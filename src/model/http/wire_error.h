// What a provider says when it fails, as an Error: its kind (whether it may be well in a moment), the
// provider's own words, and what to do. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/http/transport.h"

namespace duologue::model::http {

// Who failed, for messages.
struct Blame {
  std::string model;     // as the user named it
  std::string origin;    // https://host
  std::string key;       // taken out of everything a provider says; empty: none is sent
  std::string key_name;  // the variable that it comes from, e.g. OPENAI_API_KEY
};

// Of an answer whose status isn't 2xx. retry_after is set where the provider names a time.
//   kRateLimited 429; kUnavailable 409, 5xx; kTimeout 408; kContextOverflow where the prompt is too long;
//   kModel everything else: a wrong key, an unknown model, an exhausted quota, a request that it refuses.
base::Error error_of_answer(const HttpAnswer& answer, const Blame& blame, std::int64_t now_ms);

// Whether the object has an error in it.
bool holds_error(const base::Json& value);

// Of an error object inside of a stream or under status 200: {"error": …} or the object itself. What isn't
// known by its type or code may be well in a moment: kUnavailable.
base::Error error_of_json(const base::Json& value, const Blame& blame);

// Whether it says that the provider's filter cut the request or the answer: data, not an error.
bool is_content_filter(const HttpAnswer& answer);

// A parameter of `sent` that a refused request's answer (400, 422) names; the first one of them; empty: none.
std::string refused_parameter(const HttpAnswer& answer, const std::vector<std::string>& sent);

// The provider's words, one line of at most 500 bytes, without the key.
std::string provider_words(std::string_view body, const Blame& blame);

}  // namespace duologue::model::http
