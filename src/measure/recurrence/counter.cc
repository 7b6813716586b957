#include "measure/recurrence/counter.h"

namespace duologue::measure {

// The size is a constant that both windows take.
RecurrenceCounter::RecurrenceCounter()
    : all_(RecurrenceWindow::make(kRecurrenceTurns).value()),
      cross_(CrossWindow::make(kRecurrenceTurns).value()) {}

CrossSide RecurrenceCounter::side_of(chat::ParticipantId speaker) {
  if (!speakers_[0]) speakers_[0] = speaker;
  if (*speakers_[0] == speaker) return CrossSide::kA;
  if (!speakers_[1]) speakers_[1] = speaker;
  return *speakers_[1] == speaker ? CrossSide::kB : CrossSide::kOther;
}

RecurrenceFeatures RecurrenceCounter::add(chat::ParticipantId speaker, const TokenWindow& overlaps) {
  std::uint64_t recurs = 0;
  for (std::size_t lag = 1; lag < kRecurrenceTurns; ++lag) {
    const std::optional<double> distance = overlaps.distance(lag);
    if (distance && *distance <= kRecurrenceDistance) recurs |= std::uint64_t{1} << (lag - 1);
  }
  all_.add(recurs);
  cross_.add(side_of(speaker), recurs);
  return {all_.measures(), cross_.xrr(), cross_.xdet()};
}

void RecurrenceCounter::skip() {
  all_.add(0);
  cross_.add(CrossSide::kOther, 0);
}

}  // namespace duologue::measure
