// A small conversation for the wire forms' tests, and a form driven without a network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "chat/transcript.h"
#include "chat/view.h"
#include "model/http/wire_form.h"

namespace duologue::model::http::testing {

// Somebody says "hi", A (who asks) answers and calls a tool, B answers.
inline chat::OwnedView small_talk(std::string own_text = "hello", bool with_call = true,
                                  std::string arguments = R"({"reason":"bored"})",
                                  chat::ReasoningPolicy policy = chat::ReasoningPolicy::kStrip) {
  chat::Transcript transcript;
  transcript.append(chat::Injection{0, chat::Placement::kAppended, "hi", {}});
  chat::Turn own;
  own.text = std::move(own_text);
  own.reasoning = "hm";
  if (with_call) own.tool_calls = {{"id1", "leave", std::move(arguments), "denied"}};
  transcript.append(own);
  chat::Turn other;
  other.speaker = 1;
  other.text = "so";
  transcript.append(other);
  chat::Seat seat;
  seat.system_prompt = "Be brief.";
  seat.reasoning = policy;
  return chat::view_for(transcript, seat);
}

inline std::shared_ptr<const chat::Tools> leave_tool() {
  return std::make_shared<const chat::Tools>(
      chat::Tools{{"leave", "Leaves.", R"({"type":"object","properties":{"reason":{"type":"string"}}})"}});
}

inline const Blame kBlame{"openai:m", "http://h", "sk-1", "OPENAI_API_KEY"};

// What a form reads from an answer, cut at `piece` bytes.
struct Read {
  base::Status status;
  ModelOutput output;
  bool ended = false;
  std::string deltas;
};

inline Read read_all(const WireForm& form, std::string_view body, std::size_t piece = 1'000'000,
                     Answer::Options options = {}) {
  Read read;
  options.on_delta = [&read](std::string_view text) { read.deltas += text; };
  Answer answer(std::move(options));
  const auto reader = form.reader(answer, kBlame);
  for (std::size_t at = 0; at < body.size() && read.status && !answer.stopped(); at += piece)
    read.status = reader->push(body.substr(at, piece));
  if (read.status && !answer.stopped()) read.status = reader->finish();
  read.ended = answer.ended;
  read.output = answer.finish();
  return read;
}

}  // namespace duologue::model::http::testing
