// One seat of a conversation: a name, a model and how it is used.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chat/sampling.h"
#include "chat/transcript.h"
#include "engine/tool.h"
#include "model/model.h"

namespace duologue::engine {

struct Participant {
  std::string name;                     // unique in the conversation
  std::shared_ptr<model::Model> model;  // shared between participants and conversations
  std::string system_prompt;            // empty: none is sent
  chat::Sampling sampling;
  chat::MemoryPolicy memory;
  chat::ReasoningPolicy reasoning = chat::ReasoningPolicy::kStrip;
  bool raw_prompt = false;  // base models: raw text, no template
  std::vector<Tool> tools;  // not empty: the model has ModelInfo::tools
  std::string prefill;      // how each of its turns begins; not empty: the model has ModelInfo::prefill
  bool plays_user = false;  // its view has the roles the other way round; the model has ModelInfo::user_role
};

}  // namespace duologue::engine
