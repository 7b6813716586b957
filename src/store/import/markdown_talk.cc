#include "store/import/markdown_talk.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "store/codec.h"
#include "store/import/log_time.h"
#include "store/import/own_formats.h"
#include "store/import/text_lines.h"
#include "store/json_text.h"
#include "store/markdown_text.h"

namespace duologue::store {

namespace {

using base::Result;
using base::Status;

constexpr std::string_view kOpen = "<!-- duologue:";
constexpr std::string_view kClose = " -->";

bool recognise(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text.substr(first).starts_with("<!-- duologue:conversation ");
}

// Lines of a quotation, put together again.
class Quote {
 public:
  void add(std::string_view line) {
    if (started_) text_.push_back('\n');
    started_ = true;
    text_ += from_block_line(line);
  }
  std::string take() {
    started_ = false;
    return std::exchange(text_, {});
  }

 private:
  std::string text_;
  bool started_ = false;
};

class MarkdownReader {
 public:
  MarkdownReader(const std::string& file, const LogPiece& piece, LogSink& sink)
      : file_(file), piece_(piece), sink_(sink) {}

  Status read() {
    TextLines lines(piece_.text);
    std::string_view line;
    std::uint64_t number = piece_.line - 1;
    while (lines.next(line)) {
      ++number;
      if (line.starts_with(kOpen)) {
        const auto offset = static_cast<std::uint64_t>(line.data() - piece_.text.data());
        TRY(take_comment({.text = line, .line = number, .offset = piece_.offset + offset, .ended = true}));
      } else if (line.starts_with(">>")) {
        reasoning_.add(line.substr(line.starts_with(">> ") ? 3 : 2));
      } else if (line.starts_with('>')) {
        text_.add(line.substr(line.starts_with("> ") ? 2 : 1));
      }
    }
    return finish();
  }

 private:
  // KIND and the JSON after it; the JSON's place is the comment's own.
  Status take_comment(const LogPiece& comment) {
    end_entry();
    const std::size_t space = comment.text.find(' ', kOpen.size());
    if (space == std::string_view::npos || !comment.text.ends_with(kClose) ||
        comment.text.size() < space + 1 + kClose.size()) {
      return fail_at(file_, comment.line, comment.offset, "a comment of duologue's that is cut off");
    }
    const std::string_view kind = comment.text.substr(kOpen.size(), space - kOpen.size());
    LogPiece piece = comment;
    piece.text = comment.text.substr(space + 1, comment.text.size() - space - 1 - kClose.size());
    piece.offset += space + 1;
    TRY_ASSIGN(const base::Json json, parse_piece(file_, piece));
    const JsonSource source{.file = &file_, .piece = piece};
    const JsonNode node(json, source);
    TRY(node.must_be_object());
    if (kind == "conversation") return begin(node);
    if (!conversation_) return node.fail("stands before any conversation");
    if (kind == "turn") return take_turn(node);
    if (kind == "injection") return take_injection(node);
    if (kind == "config") return take_change(node);
    if (kind == "end") {
      conversation_->ended =
          end_words(node.text_or_empty("cause"), take_text(node.value(), "detail").value_or(""));
      return {};
    }
    return node.fail(fmt::format("{} is no kind of comment", in_quotes(kind)));
  }

  Status begin(const JsonNode& node) {
    TRY(finish());
    conversation_ = sink_.begin();
    conversation_->source_id = node.text_or_empty("id");
    return read_seats(node, sink_.options(), *conversation_);
  }

  Status finish() {
    end_entry();
    if (!conversation_) return {};
    LoggedConversation done = std::move(*conversation_);
    conversation_.reset();
    return sink_.put(std::move(done));
  }

  // The quotation that has been read belongs to the entry before it.
  void end_entry() {
    std::string text = text_.take();
    std::string reasoning = reasoning_.take();
    if (open_turn_) {
      conversation_->turns.back().text = std::move(text);
      conversation_->turns.back().reasoning = std::move(reasoning);
    } else if (open_injection_) {
      std::get<chat::Injection>(conversation_->between.back().what).text = std::move(text);
    }
    open_turn_ = open_injection_ = false;
  }

  static Result<chat::Author> author_of(const JsonNode& node) {
    TRY_ASSIGN(const JsonNode author, node.object("author"));
    TRY_ASSIGN(const std::string word, author.text("kind"));
    const auto kind = chat::author_kind_from(word);
    if (!kind) return author.fail(fmt::format("{} is no kind of author", in_quotes(word)));
    return chat::Author{*kind, take_text(author.value(), "name").value_or("")};
  }

  // Empty where the key is missing or null.
  Result<std::optional<chat::ParticipantId>> seat_at(const JsonNode& node, std::string_view key) const {
    if (!node.find(key)) return std::nullopt;
    TRY_ASSIGN(const std::int64_t seat, node.integer(key));
    const auto seats = static_cast<std::int64_t>(conversation_->participants.size());
    if (seat < 0 || seat >= seats) return node.fail(fmt::format("'{}' must be one of {} seats", key, seats));
    return static_cast<chat::ParticipantId>(seat);
  }

  Status take_turn(const JsonNode& node) {
    chat::Turn turn;
    TRY_ASSIGN(const auto seat, seat_at(node, "seat"));
    TRY_ASSIGN(turn.author, author_of(node));
    if (!seat && turn.author.kind == chat::AuthorKind::kModel)
      return node.fail("a model's turn without a seat");
    turn.speaker = seat.value_or(kNobody);
    TRY_ASSIGN(const std::string word, node.text("stop_reason"));
    const auto reason = chat::stop_reason_from(word);
    if (!reason) return node.fail(fmt::format("{} is no stop reason", in_quotes(word)));
    turn.stop_reason = *reason;
    if (node.find("tool_calls")) {
      TRY_ASSIGN(const JsonNode calls, node.list("tool_calls"));
      auto read = tool_calls_from_json(base::dump_json(calls.value()));
      if (!read) return calls.fail("must be a list of {id, name, arguments, result}");
      turn.tool_calls = std::move(*read);
    }
    TRY(node.check(add_turn(*conversation_, std::move(turn), sink_.options())));
    add_call(*conversation_,
             {.created_ms = time_ms_at(node.value(), "created_ms"), .usage = {}, .timing = {}});
    open_turn_ = true;
    return {};
  }

  Status take_injection(const JsonNode& node) {
    chat::Injection injection;
    TRY_ASSIGN(injection.to, seat_at(node, "to"));
    if (node.text_or_empty("as") == "replacing") injection.as = chat::Placement::kReplacing;
    TRY_ASSIGN(injection.author, author_of(node));
    conversation_->between.push_back({turn_count(*conversation_), std::move(injection)});
    open_injection_ = true;
    return {};
  }

  Status take_change(const JsonNode& node) {
    TRY_ASSIGN(const JsonNode json, node.object("change"));
    auto change = change_from_json(base::dump_json(json.value()));
    if (!change) return json.fail("is no configuration change");
    TRY_ASSIGN(const auto seat, seat_at(node, "participant"));
    if (!seat) return node.fail("'participant' is missing; it must be a seat's number");
    change->participant = *seat;
    TRY_ASSIGN(change->author, author_of(node));
    conversation_->between.push_back({turn_count(*conversation_), std::move(*change)});
    return {};
  }

  const std::string& file_;
  const LogPiece& piece_;
  LogSink& sink_;
  std::optional<LoggedConversation> conversation_;
  Quote text_, reasoning_;
  bool open_turn_ = false, open_injection_ = false;
};

Status read(const std::string& file, const LogPiece& piece, LogSink& sink) {
  return MarkdownReader(file, piece, sink).read();
}

}  // namespace

const TextFormat kMarkdownTalk{.format = LogFormat::kMarkdown,
                               .shape = "Markdown that duologue wrote",
                               .recognise = recognise,
                               .read = read};

}  // namespace duologue::store
