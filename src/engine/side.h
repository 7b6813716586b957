// One participant while its conversation runs: its view, its tools, and its settings with what the chain has
// changed of them so far. Belongs to the conversation, on its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/transcript.h"
#include "chat/view.h"
#include "engine/participant.h"
#include "engine/tool_box.h"
#include "model/model.h"

namespace duologue::engine {

// The model of that name, fit for that participant's seat; null: there is none.
using ModelFor = std::function<std::shared_ptr<model::Model>(chat::ParticipantId, const std::string& name)>;

struct Side {
  Side(const std::vector<Participant>& participants, chat::ParticipantId who);

  // As before anything was said.
  void restart(const Participant& participant);
  // What the entry says about this side; others' entries change nothing. kUsage: it was handed over to a
  // model that isn't there.
  base::Status follow(const chat::Entry& entry, const ModelFor& model_for);
  // The conversation is over, for every model that had this seat.
  void release(std::uint64_t conversation);

  chat::ParticipantId id;
  chat::ViewBuilder view;
  ToolBox tools;
  std::shared_ptr<model::Model> model;
  chat::Sampling sampling;
  std::string params;  // its JSON
  chat::MemoryPolicy memory;
  std::uint32_t last_own_turn = 0;
  std::uint32_t forgotten = 0;  // the view begins after this turn

 private:
  std::vector<std::shared_ptr<model::Model>> former_;  // may still hold a KV cache of this side
};

}  // namespace duologue::engine
