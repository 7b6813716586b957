// One turn of one participant, asked for until it is said: its model speaks, its tool calls are answered, and
// it goes on with the answers. What comes out is one Turn, with every call and its answer in it. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "engine/recorder.h"
#include "engine/tool_box.h"
#include "model/model.h"

namespace duologue::engine {

// A model that does nothing but call tools would never give the floor away.
inline constexpr std::uint32_t kMaxCallsATurn = 8;

struct Utterance {
  // Usage and time of all parts together; prompt hash, version and listener's statistics of the first, which
  // is the one that the view before the turn was sent for. Token statistics are null where there are several.
  model::ModelOutput output;
  std::vector<Event> events;
};

// Asks the model for a part; `unfinished` holds what was said and answered so far, null for the first.
using AskForPart =
    std::function<base::Result<model::ModelOutput>(const chat::EntryPtr& unfinished, std::uint32_t part)>;

// `turn`: its number, `speaker`: who speaks, for the unfinished entries and the events.
base::Result<Utterance> utter(const ToolBox& tools, chat::ParticipantId speaker, std::uint32_t turn,
                              const AskForPart& ask);

}  // namespace duologue::engine
