#include "store/import/plain_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "store/import/text_lines.h"

namespace duologue::store {

namespace {

using base::Status;

constexpr std::size_t kMaxNameBytes = 60;
constexpr std::size_t kMaxNameWords = 4;
constexpr std::size_t kMaxNames = 10'000;  // different ones that are counted
constexpr std::size_t kRareness = 4;

bool may_stand_in_name(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || std::string_view(" _-.'()[]#/+&@").find(c) != std::string_view::npos;
}

bool is_letter(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The name that a line begins with; what was said begins after the colon and one space.
std::optional<std::string_view> name_of(std::string_view line) {
  const std::size_t colon = line.substr(0, kMaxNameBytes + 1).find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  if (colon + 1 < line.size() && line[colon + 1] != ' ' && line[colon + 1] != '\t') return std::nullopt;
  const std::string_view name = line.substr(0, colon);
  if (name.front() == ' ' || name.back() == ' ' || !std::ranges::all_of(name, may_stand_in_name) ||
      !std::ranges::any_of(name, is_letter) || !base::is_valid_utf8(name)) {
    return std::nullopt;
  }
  if (std::ranges::count(name, ' ') >= static_cast<std::ptrdiff_t>(kMaxNameWords)) return std::nullopt;
  return name;
}

std::string_view said(std::string_view line, std::string_view name) {
  line.remove_prefix(std::min(name.size() + 2, line.size()));
  return line;
}

struct Seen {
  std::size_t count = 0;
  std::size_t after_blank = 0;
  std::size_t order = 0;
};

struct Names {
  std::vector<std::string_view> names;  // in the order in which they first speak
  bool spaced = false;                  // every turn begins after an empty line
  bool has(std::string_view name) const { return std::ranges::find(names, name) != names.end(); }
};

std::map<std::string_view, Seen> count_names(std::string_view text, std::string_view& first) {
  std::map<std::string_view, Seen> seen;
  TextLines lines(text);
  std::string_view line;
  bool after_blank = true;
  while (lines.next(line)) {
    const bool blank = is_blank_line(line);
    const auto name = name_of(line);
    if (!blank && first.empty()) {
      if (!name) return {};
      first = *name;
    }
    if (name && (seen.size() < kMaxNames || seen.contains(*name))) {
      Seen& one = seen[*name];
      if (one.count++ == 0) one.order = seen.size();
      if (after_blank) ++one.after_blank;
    }
    after_blank = blank;
  }
  return seen;
}

// Empty: this is no such log.
Names names_of(std::string_view text) {
  std::string_view first;
  const auto seen = count_names(text, first);
  if (seen.size() < 2) return {};
  const auto spaced = [](const Seen& one) { return one.count > 1 && one.count == one.after_blank; };
  Names result;
  result.spaced = spaced(seen.at(first)) &&
                  std::ranges::count_if(seen, [&](const auto& one) { return spaced(one.second); }) > 1;
  const auto turns = [&](const Seen& one) { return result.spaced ? one.after_blank : one.count; };
  std::size_t most = 0;
  for (const auto& [name, one] : seen) most = std::max(most, turns(one));
  if (most < 2 && seen.size() != 2) return {};
  std::vector<std::pair<std::string_view, Seen>> chosen;
  for (const auto& one : seen) {
    const std::size_t count = turns(one.second);
    if (count > 0 && (count * kRareness >= most || outsider(one.first)))
      chosen.emplace_back(one.first, one.second);
  }
  std::ranges::sort(chosen, {}, [](const auto& one) { return one.second.order; });
  for (const auto& [name, one] : chosen) result.names.emplace_back(name);
  if (result.names.size() < 2 || !result.has(first)) return {};
  return result;
}

bool recognise(std::string_view text) { return !names_of(text).names.empty(); }

class PlainTextReader {
 public:
  PlainTextReader(const std::string& file, const LogPiece& piece, LogSink& sink)
      : file_(file), piece_(piece), sink_(sink), conversation_(sink.begin()), names_(names_of(piece.text)) {
    for (const std::string_view name : names_.names) models_ += outsider(name) ? 0 : 1;
  }

  Status read() {
    TextLines lines(piece_.text);
    std::string_view line;
    bool after_blank = true;
    line_number_ = piece_.line - 1;
    while (lines.next(line)) {
      ++line_number_;
      offset_ = piece_.offset + static_cast<std::uint64_t>(line.data() - piece_.text.data());
      const auto name = name_of(line);
      if (name && names_.has(*name) && (after_blank || !names_.spaced)) {
        end_turn();
        TRY(begin_turn(*name));
        line = said(line, *name);
      }
      after_blank = is_blank_line(line) && !name;
      block_.add(line);
    }
    end_turn();
    return sink_.put(std::move(conversation_));
  }

 private:
  void end_turn() {
    std::string text = block_.take();
    if (!conversation_.turns.empty()) conversation_.turns.back().text = std::move(text);
  }

  Status begin_turn(std::string_view name) {
    chat::Turn turn;
    turn.speaker = kNobody;
    const auto author = outsider(name);
    const bool is_seat = author == chat::AuthorKind::kHuman && models_ < 2;
    if (author && !is_seat) set_author(turn, *author);
    if (author != chat::AuthorKind::kHarness) {
      const auto seat = seat_of(conversation_, std::string(name), sink_.options());
      if (!seat) {
        return fail_at(file_, line_number_, offset_,
                       fmt::format("more than {} names before a colon; is this a log of 'NAME: text'?",
                                   sink_.options().max_participants));
      }
      turn.speaker = *seat;
    }
    const std::string problem = add_turn(conversation_, std::move(turn), sink_.options());
    if (!problem.empty()) return fail_at(file_, line_number_, offset_, problem);
    return {};
  }

  const std::string& file_;
  const LogPiece& piece_;
  LogSink& sink_;
  LoggedConversation conversation_;
  Names names_;
  std::size_t models_ = 0;
  TextBlock block_;
  std::uint64_t line_number_ = 0;  // and its offset: of the line that is looked at
  std::uint64_t offset_ = 0;
};

Status read(const std::string& file, const LogPiece& piece, LogSink& sink) {
  return PlainTextReader(file, piece, sink).read();
}

}  // namespace

const TextFormat kPlainText{
    .format = LogFormat::kPlainText,
    .shape = "plain text whose lines 'NAME: text' begin turns, from the first line on",
    .recognise = recognise,
    .read = read};

}  // namespace duologue::store
