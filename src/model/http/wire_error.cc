#include "model/http/wire_error.h"

#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "model/http/retry_after.h"

namespace duologue::model::http {

namespace {

using base::Error;
using base::ErrorKind;
using base::Json;

constexpr std::size_t kMostWords = 500;

// The parts of an error object, wherever the provider keeps them.
struct Parts {
  std::string message;
  std::string type;  // its `type` and `code`, in lower case, for looking words up
  std::string param;
  int status = 0;  // a number for its `code` (OpenRouter's, llama-server's)
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void take_code(const Json& object, std::string_view key, Parts& parts) {
  if (const auto word = base::string_at(object, key)) parts.type += " " + lower(*word);
  if (const auto number = base::integer_at(object, key); number && *number >= 100 && *number < 600)
    parts.status = static_cast<int>(*number);
}

Parts parts_of(const Json& value) {
  Parts parts;
  if (value.is_string()) {
    parts.message = value.get<std::string>();
    return parts;
  }
  const Json* error = base::member_at(value, "error");
  if (error != nullptr && error->is_string()) parts.message = error->get<std::string>();
  const Json& object = error != nullptr && error->is_object() ? *error : value;
  for (const std::string_view key : {"message", "detail", "error_description"}) {
    if (!parts.message.empty()) break;
    if (const Json* words = base::member_at(object, key); words != nullptr && !words->is_null())
      parts.message = words->is_string() ? words->get<std::string>() : base::dump_json(*words);
  }
  for (const std::string_view key : {"type", "code", "status", "status_code"}) take_code(object, key, parts);
  if (const auto param = base::string_at(object, "param")) parts.param = *param;
  return parts;
}

Parts parts_of_body(std::string_view body) {
  if (const auto json = base::parse_foreign_json(body, {.max_bytes = kMaxErrorBody})) return parts_of(*json);
  Parts parts;
  parts.message = body;
  return parts;
}

// One line, without the key, valid UTF-8, not endless; a page of HTML says nothing that helps.
std::string told(std::string text, const Blame& blame) {
  if (lower(text.substr(0, 64)).find("<html") != std::string::npos ||
      lower(text.substr(0, 64)).find("<!doctype") != std::string::npos)
    return "a page of HTML";
  while (!blame.key.empty()) {
    const std::size_t at = text.find(blame.key);
    if (at == std::string::npos) break;
    text.replace(at, blame.key.size(), "(the key)");
  }
  std::string line;
  for (const char c : base::replace_invalid_utf8(text)) {
    const bool space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    if (space && (line.empty() || line.back() == ' ')) continue;
    line.push_back(space ? ' ' : c);
  }
  if (line.size() > kMostWords) line = line.substr(0, base::floor_boundary(line, kMostWords)) + "…";
  while (line.ends_with(' ') || line.ends_with('.')) line.pop_back();
  return line;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

bool too_long(const Parts& parts) {
  return holds_any(parts.type, {"context_length", "exceed_context", "context_window"}) ||
         holds_any(lower(parts.message),
                   {"prompt is too long", "maximum context length", "exceeds the available context",
                    "input length exceeds", "input is too long", "exceed context limit"});
}

bool quota_gone(const Parts& parts) {
  return holds_any(parts.type,
                   {"insufficient_quota", "billing", "quota_exceeded", "payment", "insufficient_credits"}) ||
         holds_any(lower(parts.message), {"exceeded your current quota", "credit balance is too low",
                                          "insufficient credits", "insufficient balance"});
}

// By status where there is one, otherwise by the words that providers use for the same thing.
ErrorKind kind_of(const Parts& parts, int status) {
  if (too_long(parts)) return ErrorKind::kContextOverflow;
  if (quota_gone(parts)) return ErrorKind::kModel;
  if (status == 0) {
    if (holds_any(parts.type, {"rate_limit", "too_many_requests"})) return ErrorKind::kRateLimited;
    if (holds_any(parts.type,
                  {"authentication", "permission", "not_found", "invalid_request", "invalid_api_key"}))
      return ErrorKind::kModel;
    return ErrorKind::kUnavailable;
  }
  if (status == 408) return ErrorKind::kTimeout;
  if (status == 429) return ErrorKind::kRateLimited;
  if (status == 409 || (status >= 500 && status != 501)) return ErrorKind::kUnavailable;
  return ErrorKind::kModel;
}

std::string advice(const Parts& parts, int status, const Blame& blame) {
  if (quota_gone(parts) || status == 402)
    return "the quota or credit is used up: see the provider's billing page";
  if (status == 401 || (status == 0 && holds_any(parts.type, {"authentication", "invalid_api_key"}))) {
    return blame.key.empty() ? fmt::format("it wants a key: set {}", blame.key_name)
                             : fmt::format("it refuses the key: check {}", blame.key_name);
  }
  if (status == 403) return "this key may not do that";
  if (status >= 300 && status < 400) return "it answers from another address: name that one as the URL";
  if (status == 404) return "there is no such model or no such address there: check both";
  if (status == 413) return "the request is too large for it";
  if (status == 429) return "it asks to slow down";
  if (status == 503 || status == 529) return "it is overloaded";
  return "";
}

Error error_from(const Parts& parts, int status, const Blame& blame) {
  Error error;
  error.kind = kind_of(parts, status);
  const std::string words = told(parts.message, blame);
  const std::string what = advice(parts, status, blame);
  error.message = fmt::format("{} at {}", blame.model, blame.origin);
  if (status != 0) error.message += fmt::format(": HTTP {}", status);
  if (!what.empty()) error.message += ": " + what;
  if (!words.empty())
    error.message += fmt::format("{}{}{}", what.empty() ? ": " : " (", words, what.empty() ? "" : ")");
  if (status == 0 && words.empty()) error.message += ": an error without words";
  return error;
}

}  // namespace

Error error_of_answer(const HttpAnswer& answer, const Blame& blame, std::int64_t now_ms) {
  Parts parts = parts_of_body(answer.body);
  if (const std::string_view place = answer.header("location"); !place.empty() && answer.status / 100 == 3)
    parts.message = std::string(place);
  Error error = error_from(parts, answer.status, blame);
  if (error.kind == ErrorKind::kRateLimited || error.kind == ErrorKind::kUnavailable)
    error.retry_after = retry_after(answer, now_ms);
  return error;
}

bool holds_error(const base::Json& value) {
  const base::Json* error = base::member_at(value, "error");
  return error != nullptr && !error->is_null();
}

Error error_of_json(const Json& value, const Blame& blame) {
  const Parts parts = parts_of(value);
  return error_from(parts, parts.status, blame);
}

bool is_content_filter(const HttpAnswer& answer) {
  if (answer.status != 400) return false;
  return holds_any(parts_of_body(answer.body).type, {"content_filter", "content_policy"});
}

std::string refused_parameter(const HttpAnswer& answer, const std::vector<std::string>& sent) {
  if (answer.status != 400 && answer.status != 422) return {};
  const Parts parts = parts_of_body(answer.body);
  if (too_long(parts)) return {};
  for (const std::string& name : sent) {
    if (parts.param == name) return name;
  }
  // A name as a word of its own: "top_p" is no part of "top_probs".
  for (const std::string& name : sent) {
    for (std::size_t at = parts.message.find(name); at != std::string::npos;
         at = parts.message.find(name, at + 1)) {
      const auto is_word = [&](std::size_t i) {
        return i < parts.message.size() &&
               (std::isalnum(static_cast<unsigned char>(parts.message[i])) != 0 || parts.message[i] == '_');
      };
      if ((at == 0 || !is_word(at - 1)) && !is_word(at + name.size())) return name;
    }
  }
  return {};
}

std::string provider_words(std::string_view body, const Blame& blame) {
  return told(parts_of_body(body).message, blame);
}

}  // namespace duologue::model::http
