// A provider's API as bytes: what a turn's request says there, and how its answer is read. Pure values and
// functions; a form may be used from any thread, a reader belongs to one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/http/answer.h"
#include "model/http/wire_error.h"
#include "model/model.h"

namespace duologue::model::http {

// Who answers behind an API: decides which parameters beyond the API's own are understood.
//   kPlain        anybody: only what the API's documents have
//   kOpenAi       OpenAI itself, whose newer models refuse some of the older names
//   kLlamaServer  llama.cpp's server
//   kVllm, kOpenRouter, kOllama, kAnthropic: those
enum class Dialect { kPlain, kOpenAi, kLlamaServer, kVllm, kOpenRouter, kOllama, kAnthropic };

struct WireTarget {
  std::string model;  // as the provider calls it
  Dialect dialect = Dialect::kPlain;
  std::uint32_t context_tokens = 0;  // Ollama's num_ctx; 0: the provider's own
};

// The messages of a request, written as they come: as values, each waiting conversation would hold its talk
// once more.
class MessageList {
 public:
  void push_back(const base::Json& message) {
    text_ += text_.empty() ? '[' : ',';
    text_ += base::dump_json(message);
  }
  std::string text() const { return text_.empty() ? "[]" : text_ + ']'; }
  std::size_t bytes() const { return text_.size() + 2; }

 private:
  std::string text_;
};

struct WireCall {
  std::string path;          // after the base URL
  base::Json body;           // but for the messages
  std::string messages_key;  // where they belong; `body` has a null there. Empty: the API takes none
  MessageList messages;
};

// The whole body as JSON.
std::string body_text(const WireCall& call);

class AnswerReader {
 public:
  virtual ~AnswerReader() = default;
  // Bytes of the body, cut anywhere. The error of a stream that fails in its middle, or of bytes that aren't
  // what they should be (kUnavailable: it may be well the next time).
  virtual base::Status push(std::string_view bytes) = 0;
  // The body ended. Whether the answer was whole stands in Answer::ended.
  virtual base::Status finish() = 0;
};

class WireForm {
 public:
  virtual ~WireForm() = default;
  virtual std::string_view name() const = 0;  // "OpenAI chat completions"
  // kUsage for what the API has no words for.
  virtual base::Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                                         const WireTarget& target) const = 0;
  // `answer` and `blame` outlive the reader.
  virtual std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const = 0;
};

}  // namespace duologue::model::http
