#include "store/import/backrooms.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "store/import/text_lines.h"

namespace duologue::store {

namespace {

using base::Status;

constexpr std::string_view kReasoningHeader = "--- Reasoning Summary (logs only) ---";
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxHeaders = 10'000;  // different ones that are counted

// "NAME 1" of a line "### NAME 1 ###".
std::optional<std::string_view> header_name(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  if (!line.starts_with("### ") || !line.ends_with(" ###") || line.size() < 11) return std::nullopt;
  const std::string_view name = line.substr(4, line.size() - 8);
  if (name.size() > kMaxNameBytes || !(name.ends_with(" 1") || name.ends_with(" 2"))) return std::nullopt;
  if (is_blank_line(name.substr(0, name.size() - 2))) return std::nullopt;
  return name;
}

// The speakers by their header, in the order in which they first speak; empty: no such log.
std::vector<std::string> speakers_of(std::string_view text) {
  struct Seen {
    std::size_t count = 0;
    std::size_t order = 0;
  };
  std::map<std::string_view, Seen> seen;
  std::string_view first;
  TextLines lines(text);
  std::string_view line;
  while (lines.next(line)) {
    const auto name = header_name(line);
    if (first.empty()) {
      if (is_blank_line(line)) continue;
      if (!name) return {};
      first = *name;
    }
    if (!name || (seen.size() >= kMaxHeaders && !seen.contains(*name))) continue;
    Seen& one = seen[*name];
    if (one.count++ == 0) one.order = seen.size();
  }
  if (first.empty()) return {};
  std::string_view other;
  Seen best;
  for (const auto& [name, one] : seen) {
    if (name.back() == first.back()) continue;
    if (one.count > best.count || (one.count == best.count && one.order < best.order)) {
      other = name;
      best = one;
    }
  }
  std::vector<std::string> speakers{std::string(first)};
  if (!other.empty()) speakers.emplace_back(other);
  return speakers;
}

bool recognise(std::string_view text) { return !speakers_of(text).empty(); }

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of("\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of("\r\n") + 1 - first));
}

void split_reasoning(chat::Turn& turn) {
  std::string_view text = turn.text;
  std::string before;
  if (const std::size_t open = text.find_first_not_of(" \t\r\n");
      open != std::string_view::npos && text.substr(open).starts_with("<think>")) {
    const std::size_t end = text.find("</think>", open);
    if (end != std::string_view::npos) {
      before = trimmed(text.substr(open + 7, end - open - 7));
      text.remove_prefix(end + 8);
      text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    }
  }
  std::string after;
  if (const std::size_t at = text.rfind(kReasoningHeader);
      at != std::string_view::npos && (at == 0 || text[at - 1] == '\n')) {
    after = trimmed(text.substr(at + kReasoningHeader.size()));
    text = text.substr(0, at);
    text = text.substr(0, text.find_last_not_of('\n') + 1);
  }
  turn.reasoning = before + (before.empty() || after.empty() ? "" : "\n\n") + after;
  turn.text = std::string(text);
}

// The last line, where the harness says that it is over.
void take_end(LoggedConversation& conversation) {
  std::string& text = conversation.turns.back().text;
  const std::size_t line_start = text.rfind('\n') + 1;  // 0 where there is one line
  const std::string last = text.substr(line_start);
  const bool stopped = last.ends_with(" has ended the conversation with ^C^C.");
  const bool counted = last.starts_with("Reached maximum number of turns");
  if (!(stopped || counted)) return;
  conversation.ended = last;
  text.resize(line_start);
  text.resize(text.find_last_not_of('\n') + 1);
}

Status read(const std::string& file, const LogPiece& piece, LogSink& sink) {
  LoggedConversation conversation = sink.begin();
  for (std::string& name : speakers_of(piece.text))
    conversation.participants.push_back({std::move(name), "", ""});
  TextLines lines(piece.text);
  std::string_view line;
  TextBlock block;
  std::uint64_t number = piece.line - 1;
  const auto speaker_at = [&](std::string_view header) -> std::optional<chat::ParticipantId> {
    const auto name = header_name(header);
    if (!name) return std::nullopt;
    const auto at = std::ranges::find(conversation.participants, *name, &LoggedParticipant::name);
    if (at == conversation.participants.end()) return std::nullopt;
    return static_cast<chat::ParticipantId>(at - conversation.participants.begin());
  };
  while (lines.next(line)) {
    ++number;
    const auto speaker = speaker_at(line);
    if (!speaker) {
      block.add(line);
      continue;
    }
    std::string text = block.take();
    if (!conversation.turns.empty()) conversation.turns.back().text = std::move(text);
    chat::Turn turn;
    turn.speaker = *speaker;
    const std::string problem = add_turn(conversation, std::move(turn), sink.options());
    const auto offset = static_cast<std::uint64_t>(line.data() - piece.text.data());
    if (!problem.empty()) return fail_at(file, number, piece.offset + offset, problem);
  }
  if (conversation.turns.empty()) return {};
  conversation.turns.back().text = block.take();
  take_end(conversation);
  for (chat::Turn& turn : conversation.turns) split_reasoning(turn);
  return sink.put(std::move(conversation));
}

}  // namespace

const TextFormat kBackrooms{.format = LogFormat::kBackrooms,
                            .shape = "a backrooms log with headers '### NAME 1 ###'",
                            .recognise = recognise,
                            .read = read};

}  // namespace duologue::store
