#include "store/import/log_sink.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;
using base::Status;

// The file's name without folder and extension.
std::string stem_of(const std::string& file) {
  const std::string name = file.substr(file.find_last_of('/') + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

}  // namespace

LogSink::LogSink(const std::string& file, LogFormat format, const LogOptions& options,
                 const TakeConversation& take)
    : file_(file), format_(format), options_(options), take_(take) {}

LoggedConversation LogSink::begin() const {
  LoggedConversation conversation;
  conversation.format = format_;
  conversation.file = file_;
  return conversation;
}

Status LogSink::put(LoggedConversation conversation, std::optional<std::uint32_t> number) {
  ++count_;
  conversation.number = number.value_or(count_);
  for (std::string& line : std::exchange(skipped_lines_, {})) {
    add_note(conversation, "skipped", std::move(line));
  }
  if (options_.only) return conversation.number == *options_.only ? pass_on(conversation, true) : Status{};
  if (count_ == 1) {
    first_ = std::move(conversation);
    return {};
  }
  if (first_) {
    TRY(pass_on(*first_, true));
    first_.reset();
  }
  return pass_on(conversation, true);
}

Status LogSink::skip_line(const base::Error& error) {
  if (!options_.on_skip || error.kind != ErrorKind::kBadInput) return std::unexpected(error);
  if (++skipped_ > options_.max_skipped) {
    return fail(ErrorKind::kBadInput,
                fmt::format("{} (and {} lines before that can't be read either: is this the right file?)",
                            error.message, options_.max_skipped));
  }
  options_.on_skip(error.message);
  skipped_lines_.push_back(error.message);
  return {};
}

Status LogSink::finish() {
  if (first_) {
    TRY(pass_on(*first_, false));
    first_.reset();
  }
  if (passed_ > 0) return {};
  if (options_.only && count_ > 0) {
    return fail(ErrorKind::kNotFound,
                fmt::format("{}: has no conversation {}; it holds {}", file_, *options_.only, count_));
  }
  return fail(ErrorKind::kBadInput, fmt::format("{}: holds no conversation", file_));
}

Status LogSink::pass_on(LoggedConversation& conversation, bool with_number) {
  ++passed_;
  if (conversation.id.empty()) {
    conversation.id = stem_of(file_);
    if (with_number) conversation.id += fmt::format("#{}", conversation.number);
  }
  return take_(std::move(conversation));
}

std::optional<chat::ParticipantId> seat_of(LoggedConversation& conversation, const std::string& name,
                                           const LogOptions& options) {
  auto& seats = conversation.participants;
  const auto at = std::ranges::find(seats, name, &LoggedParticipant::name);
  if (at == seats.end()) {
    if (seats.size() >= options.max_participants) return std::nullopt;
    seats.push_back({name, "", ""});
    return static_cast<chat::ParticipantId>(seats.size() - 1);
  }
  return static_cast<chat::ParticipantId>(at - seats.begin());
}

std::string add_turn(LoggedConversation& conversation, chat::Turn turn, const LogOptions& options) {
  if (conversation.turns.size() >= options.max_turns) {
    return fmt::format("more than {} turns in one conversation; split it", options.max_turns);
  }
  conversation.turns.push_back(std::move(turn));
  return {};
}

std::uint32_t turn_count(const LoggedConversation& conversation) {
  return static_cast<std::uint32_t>(conversation.turns.size());
}

void add_note(LoggedConversation& conversation, std::string kind, std::string detail) {
  conversation.notes.push_back({turn_count(conversation), std::move(kind), std::move(detail)});
}

void add_call(LoggedConversation& conversation, LoggedCall call) {
  if (call.created_ms == 0 && !call.usage && !call.timing) return;
  call.turn = turn_count(conversation);
  conversation.calls.push_back(call);
}

void add_injection(LoggedConversation& conversation, std::string text, chat::AuthorKind author,
                   std::optional<chat::ParticipantId> to) {
  if (text.empty()) return;
  conversation.between.push_back(
      {turn_count(conversation),
       chat::Injection{to, chat::Placement::kAppended, std::move(text), {author, ""}}});
}

void declare(LoggedConversation& conversation, std::string key, std::string value) {
  if (!value.empty()) conversation.declared.emplace_back(std::move(key), std::move(value));
}

void ModelWatch::note(LoggedConversation& conversation, chat::ParticipantId speaker,
                      const std::string& model) {
  if (model.empty() || speaker >= conversation.participants.size()) return;
  std::string& first = conversation.participants[speaker].model;
  if (first.empty()) first = model;
  if (now_.size() <= speaker) now_.resize(speaker + 1);
  std::string& now = now_[speaker];
  if (now.empty()) now = first;
  if (now == model) return;
  now = model;
  chat::ConfigChange change;
  change.participant = speaker;
  change.model = model;
  change.cause = "the log names another model";
  conversation.between.push_back({turn_count(conversation), std::move(change)});
}

std::optional<chat::AuthorKind> outsider(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, chat::AuthorKind>, 10> kWords{
      {{"harness", chat::AuthorKind::kHarness},
       {"system", chat::AuthorKind::kHarness},
       {"environment", chat::AuthorKind::kHarness},
       {"error", chat::AuthorKind::kHarness},
       {"human", chat::AuthorKind::kHuman},
       {"user", chat::AuthorKind::kHuman},
       {"operator", chat::AuthorKind::kHuman},
       {"researcher", chat::AuthorKind::kHuman},
       {"moderator", chat::AuthorKind::kModerator},
       {"mediator", chat::AuthorKind::kModerator}}};
  const auto same = [name](const auto& word) {
    return std::ranges::equal(name, word.first, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
  };
  const auto* const at = std::ranges::find_if(kWords, same);
  if (at == kWords.end()) return std::nullopt;
  return at->second;
}

void set_author(chat::Turn& turn, chat::AuthorKind kind) {
  turn.author.kind = kind;
  if (kind != chat::AuthorKind::kModel) turn.stop_reason = chat::StopReason::kWritten;
}

}  // namespace duologue::store
