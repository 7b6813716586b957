// Tools for models that have no form of their own for them: they are told of in the system prompt, and a call
// is a text of this form, which the prompt explains:
//
//   <tool_call>{"name": "NAME", "arguments": {…}}</tool_call>
//
// Only that is a call. Read leniently: white space and ``` fences round the JSON, `parameters` for
// `arguments`, arguments written as a string, a missing end tag behind whole JSON. What isn't read as a call
// stays text. A call leaves the turn's text and stands in Turn::tool_calls, at its place; the end tag stops
// the model, so that it can't make up the answer. In later views the turn shows the call where it stood, and
// behind it, as a user's message, <tool_result>ANSWER</tool_result>; an empty answer isn't shown.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace duologue::model {

// The model with tools by text; one that has a form of its own as it is. Any thread, as the model itself.
std::shared_ptr<Model> with_text_tools(std::shared_ptr<Model> model);

// What is added to the system prompt.
std::string tools_prompt(const chat::Tools& tools);

struct TextCalls {
  std::string text;                   // without the calls
  std::vector<chat::ToolCall> calls;  // name, arguments, at; without id and result
};

// `ended`: the text was cut at an end tag, which isn't part of it. Pure.
TextCalls take_calls(std::string_view text, bool ended);

}  // namespace duologue::model
