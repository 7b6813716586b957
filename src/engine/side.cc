#include "engine/side.h"

#include <algorithm>
#include <utility>

namespace duologue::engine {

namespace {

chat::Seat seat_of(const std::vector<Participant>& participants, chat::ParticipantId id) {
  const Participant& participant = participants[id];
  chat::Seat seat{id, participant.system_prompt, participant.memory, participant.reasoning,
                  {}, participant.plays_user};
  if (participants.size() > 2) {
    for (const Participant& other : participants) seat.speaker_names.push_back(other.name);
  }
  return seat;
}

}  // namespace

Side::Side(const std::vector<Participant>& participants, chat::ParticipantId who)
    : id(who), view(seat_of(participants, who)), tools(participants[who].tools) {
  restart(participants[who]);
}

void Side::restart(const Participant& participant) {
  view.reset();
  if (model && model != participant.model) former_.push_back(model);
  model = participant.model;
  sampling = participant.sampling;
  params = chat::to_json(sampling);
  memory = participant.memory;
  last_own_turn = 0;
  forgotten = 0;
}

base::Status Side::follow(const chat::Entry& entry, const ModelFor& model_for) {
  if (const chat::Turn* turn = entry.as_turn()) {
    if (turn->speaker == id) last_own_turn = entry.turn;
    return {};
  }
  const chat::ConfigChange* change = entry.as_change();
  if (change == nullptr || change->participant != id) return {};
  if (change->sampling) {
    sampling = *change->sampling;
    params = chat::to_json(sampling);
  }
  if (change->memory) memory = *change->memory;
  if (change->forget_through_turn) forgotten = std::max(forgotten, *change->forget_through_turn);
  if (!change->model) return {};
  auto next = model_for ? model_for(id, *change->model) : nullptr;
  if (!next) {
    return base::fail(
        base::ErrorKind::kUsage,
        "there is no model " + *change->model + " to hand a participant over to: the spec doesn't name it");
  }
  former_.push_back(std::exchange(model, std::move(next)));
  return {};
}

void Side::release(std::uint64_t conversation) {
  if (model) model->release({conversation, id});
  for (const auto& one : former_) one->release({conversation, id});
}

}  // namespace duologue::engine
