// The speaker of a turn that belongs to no participant: imported logs have such, a harness's banner.
#pragma once

#include <limits>
#include <string_view>

#include "chat/turn.h"

namespace duologue::chat {

inline constexpr ParticipantId kNobody = std::numeric_limits<ParticipantId>::max();
inline constexpr std::string_view kNobodysName = "harness";

}  // namespace duologue::chat
