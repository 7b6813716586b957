#include "engine/publisher.h"

#include <utility>

namespace duologue::engine {

Publisher::~Publisher() {
  if (unsettled_) (void)recorder_.settle();
}

base::Status Publisher::record(const Commit& commit) {
  TRY(settle());
  status_ = recorder_.record(commit);
  TRY(status_);
  for (Observer* observer : observers_) observer->committed(commit, transcript_);
  return {};
}

void Publisher::begin(std::shared_ptr<const Commit> commit) {
  unsettled_ = std::move(commit);
  recorder_.begin(*unsettled_);
}

base::Status Publisher::settle() {
  if (!unsettled_) return status_;
  status_ = recorder_.settle();
  const auto commit = std::exchange(unsettled_, nullptr);
  TRY(status_);
  for (Observer* observer : observers_) observer->committed(*commit, transcript_);
  return {};
}

base::Status Publisher::finish(const EndReason& reason) {
  TRY(settle());
  TRY(recorder_.finish(reason));
  for (Observer* observer : observers_) observer->ended(reason, transcript_);
  return {};
}

void Publisher::ask(chat::ParticipantId speaker, std::uint32_t turn, std::stop_source& stop) {
  asked_ = Asked{speaker, turn, &stop};
  if (!unsettled_) (void)start();
}

base::Status Publisher::start() {
  if (!asked_) return status_;
  const Asked begun = *std::exchange(asked_, std::nullopt);
  if (auto settled = settle(); !settled) {
    begun.stop->request_stop();
    return settled;
  }
  for (Observer* observer : observers_) observer->turn_started(begun.speaker, begun.turn);
  return {};
}

void Publisher::delta(std::string_view text) {
  if (!start()) return;
  for (Observer* observer : observers_) observer->delta(text);
}

void Publisher::restart(const model::FailedAttempt& attempt) {
  if (!start()) return;
  for (Observer* observer : observers_) observer->turn_restarts(attempt);
}

}  // namespace duologue::engine
