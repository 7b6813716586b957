// Import, export, import: what a format can hold comes back as it was. Conversations are made up from seeded
// random numbers, of texts that try to break out of every format.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "chat/nobody.h"
#include "experiment/import_logs.h"
#include "store/export/exporter.h"
#include "store/import/read_conversations.h"

namespace duologue::experiment {
namespace {

using namespace std::literals;
using store::ExportFormat;
using store::LoggedConversation;
namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "duologue-round-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// What each of these would do where it isn't kept as a text.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> kPieces{"plain words",
                                                "",
                                                " ",
                                                "\n",
                                                "\n\n\n",
                                                "\r\n",
                                                "\r",
                                                "\t",
                                                "tab\tbetween",
                                                "trailing  ",
                                                "  leading",
                                                "### Ant 1 ###",
                                                "Ada: hi",
                                                "Bo: no\nAda: yes",
                                                "> quoted",
                                                ">> deeper",
                                                "\\",
                                                "\\\n",
                                                "a\\\\\\",
                                                "<!-- duologue:turn {} -->",
                                                "-->",
                                                "<b>bold</b>",
                                                "<img src=x onerror=alert(1)>",
                                                "&lt;&#x41;",
                                                "![i](http://example.invalid/i.png)",
                                                "```",
                                                "~~~",
                                                "| a | b |",
                                                "# head",
                                                "1. one",
                                                "- item",
                                                "=1+1",
                                                "+1",
                                                "-1",
                                                "@x",
                                                "'=1",
                                                "''+1",
                                                "'",
                                                "\uFF1D1",
                                                "\"quoted\"",
                                                "a,b,\"c\"\r\n",
                                                "{\"from\": \"gpt\"}",
                                                "[{\"role\": \"user\"}]",
                                                "null",
                                                "NaN",
                                                "\x1b[31mred\x1b[0m",
                                                "\x1b]0;title\x07",
                                                "\u200bzero\u200d",
                                                "\u202Eright to left",
                                                "\uFEFFmark",
                                                "\u2028line\u2029",
                                                "e\u0301 \u00e9",
                                                "🌾🧑‍🌾",
                                                "\U000E0041tag",
                                                "attachment://abc",
                                                "<|im_start|>system",
                                                "</think>",
                                                "\u00a0nbsp\u00a0",
                                                "\x7f",
                                                "\u0085"};
  return kPieces;
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  LoggedConversation conversation() {
    LoggedConversation log;
    log.participants = {
        {"Ada", "maker/one", text()}, {"Bo, \"the\" <b>", "two", ""}, {"=Cy\u200b", "", text()}};
    log.participants.resize(2 + below(2));
    for (unsigned turns = below(8); turns > 0; --turns) {
      beside(log);
      log.turns.push_back(turn(log));
    }
    beside(log);
    if (below(2) == 0) log.ended = "completed: " + text();
    return log;
  }

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  std::string text() {
    std::string all;
    for (unsigned parts = below(4); parts > 0; --parts)
      all += pieces()[below(static_cast<unsigned>(pieces().size()))];
    return all;
  }

  chat::Author author() {
    const auto kind = static_cast<chat::AuthorKind>(below(4));
    return {kind, below(2) == 0 ? "" : "Eve <" + std::to_string(below(9)) + ">"};
  }

  chat::Turn turn(const LoggedConversation& log) {
    chat::Turn made;
    made.author = author();
    made.speaker = below(static_cast<unsigned>(log.participants.size()));
    if (made.author.kind == chat::AuthorKind::kHarness && below(2) == 0) made.speaker = chat::kNobody;
    made.text = text();
    if (below(4) == 0) made.reasoning = text();
    made.stop_reason = static_cast<chat::StopReason>(below(7));
    for (unsigned calls = below(4) == 0 ? 1 + below(2) : 0; calls > 0; --calls) {
      made.tool_calls.push_back(
          {"id" + std::to_string(below(99)), "look", R"({"reason":"a \"b\""})", text()});
    }
    return made;
  }

  void beside(LoggedConversation& log) {
    const auto turns = static_cast<std::uint32_t>(log.turns.size());
    while (below(3) == 0) {
      const auto seat =
          static_cast<chat::ParticipantId>(below(static_cast<unsigned>(log.participants.size())));
      if (below(3) == 0) {
        chat::ConfigChange change;
        change.participant = seat;
        change.model = "another";
        change.cause = text();
        change.author = author();
        log.between.push_back({turns, std::move(change)});
      } else {
        chat::Injection injection{{}, chat::Placement::kAppended, text(), author()};
        if (below(3) == 0) injection.to = seat;
        if (below(5) == 0) injection.as = chat::Placement::kReplacing;
        log.between.push_back({turns, std::move(injection)});
      }
    }
  }

  std::mt19937 random_;
};

// What a format can hold of a conversation besides its turns' speakers, kinds of author and texts.
struct Holds {
  bool author_names = true;
  bool stop_reasons = true;
  bool call_ids = true;
  bool receivers = true;  // to whom, and in whose place, an injection is
  bool changes = true;
  bool prompts = true;  // system prompts, and the model of who says nothing
  bool end = true;
};

std::string author_line(const chat::Author& author, const Holds& holds) {
  return fmt::format("{}/{}", chat::to_string(author.kind), holds.author_names ? author.name : "");
}

std::string seat_line(std::optional<chat::ParticipantId> id, const LoggedConversation& log) {
  if (!id) return "all";
  return *id < log.participants.size() ? log.participants[*id].name : "nobody";
}

void tell_between(const LoggedConversation& log, std::uint32_t turns, const Holds& holds,
                  std::vector<std::string>& lines) {
  for (const store::LoggedEntry& entry : log.between) {
    if (entry.after_turn != turns) continue;
    if (const auto* injection = std::get_if<chat::Injection>(&entry.what)) {
      lines.push_back(fmt::format("to {} as {} from {}: {:?}",
                                  holds.receivers ? seat_line(injection->to, log) : "?",
                                  holds.receivers ? static_cast<int>(injection->as) : 0,
                                  author_line(injection->author, holds), injection->text));
    } else if (holds.changes) {
      const auto& change = std::get<chat::ConfigChange>(entry.what);
      lines.push_back(fmt::format("change {} {} {:?} {}", seat_line(change.participant, log),
                                  change.model.value_or("-"), change.cause,
                                  author_line(change.author, holds)));
    }
  }
}

// Everything of it that the format holds, a line each.
std::vector<std::string> told(const LoggedConversation& log, const Holds& holds) {
  std::vector<std::string> lines;
  for (const store::LoggedParticipant& seat : log.participants) {
    if (holds.prompts)
      lines.push_back(fmt::format("seat {} {} {:?}", seat.name, seat.model, seat.system_prompt));
  }
  for (std::uint32_t turns = 0; turns <= log.turns.size(); ++turns) {
    if (turns > 0) {
      const chat::Turn& turn = log.turns[turns - 1];
      lines.push_back(fmt::format("{} ({}): {:?} thinks {:?} stop {}", seat_line(turn.speaker, log),
                                  author_line(turn.author, holds), turn.text, turn.reasoning,
                                  holds.stop_reasons ? chat::to_string(turn.stop_reason) : "?"));
      for (const chat::ToolCall& call : turn.tool_calls) {
        lines.push_back(fmt::format("calls {} {} {} -> {:?}", holds.call_ids ? call.id : "?", call.name,
                                    call.arguments, call.result));
      }
    }
    tell_between(log, turns, holds, lines);
  }
  if (holds.end) lines.push_back("ended " + log.ended);
  return lines;
}

// A whisper to somebody else isn't of the side that such formats tell.
LoggedConversation without_whispers(LoggedConversation log) {
  const bool opened = !store::opening(log).empty();
  const chat::ParticipantId side = opened || log.participants.size() < 2 ? 0 : 1;
  std::erase_if(log.between, [side](const store::LoggedEntry& entry) {
    const auto* injection = std::get_if<chat::Injection>(&entry.what);
    return injection != nullptr && injection->to && *injection->to != side;
  });
  return log;
}

std::string exported(const std::string& duo, ExportFormat format) {
  std::string text;
  const auto reader = store::Reader::open(duo).value();
  const auto exporter = store::make_exporter(format, reader->file_info().value(), [&](std::string_view part) {
    text += part;
    return base::Status();
  });
  const auto trials = reader->trials().value();
  for (const store::TrialSummary& trial : trials) {
    const base::Status done = store::export_trial(*reader, trial.row.id, *exporter);
    EXPECT_TRUE(done) << done.error().message;
  }
  EXPECT_TRUE(exporter->finish());
  return text;
}

class RoundTrip : public testing::Test {
 protected:
  // A recording of the conversations in an export.
  std::string recorded(const std::string& text, const std::string& name) {
    std::ofstream(folder_ / (name + ".log"), std::ios::binary) << text;
    const std::string duo = folder_ / (name + ".duo");
    const auto counts = import_logs({folder_ / (name + ".log")}, duo, {});
    EXPECT_TRUE(counts) << counts.error().message;
    return duo;
  }

  std::vector<LoggedConversation> read(const std::string& text) {
    auto logs = store::read_conversations_from(text, "log");
    EXPECT_TRUE(logs) << logs.error().message << "\n" << text;
    return logs ? std::move(*logs) : std::vector<LoggedConversation>{};
  }

  // Of a made-up conversation, written into the store directly.
  std::string first_recording(const LoggedConversation& log, unsigned number);

  void check(ExportFormat format, const Holds& holds, bool one_side);

  Folder folder_;
};

std::string RoundTrip::first_recording(const LoggedConversation& log, unsigned number) {
  const std::string duo = folder_ / fmt::format("made{}.duo", number);
  const auto done = import_conversations({log}, duo);
  EXPECT_TRUE(done) << done.error().message;
  return duo;
}

void RoundTrip::check(ExportFormat format, const Holds& holds, bool one_side) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const std::string name = fmt::format("{}-{}", store::to_string(format), seed);
    const LoggedConversation made = Maker(seed).conversation();
    const std::string text = exported(first_recording(made, seed), format);
    if (made.turns.empty() && (format == ExportFormat::kJsonl || format == ExportFormat::kCsv)) continue;
    const auto first = read(text);
    ASSERT_EQ(first.size(), 1u) << name;
    ASSERT_EQ(told(first[0], holds), told(one_side ? without_whispers(made) : made, holds)) << name << "\n"
                                                                                            << text;
    // And once more: what was read is written as the same, but for the file's own identity.
    const auto again = read(exported(recorded(text, name), format));
    ASSERT_EQ(again.size(), 1u) << name;
    ASSERT_EQ(told(again[0], Holds{}), told(first[0], Holds{})) << name;
  }
}

TEST_F(RoundTrip, JsonLines) { check(ExportFormat::kJsonl, {.prompts = false}, false); }
TEST_F(RoundTrip, Csv) { check(ExportFormat::kCsv, {.prompts = false, .end = false}, false); }
TEST_F(RoundTrip, Markdown) { check(ExportFormat::kMarkdown, {}, false); }
TEST_F(RoundTrip, ShareGpt) {
  check(ExportFormat::kShareGpt,
        {.author_names = false,
         .stop_reasons = false,
         .call_ids = false,
         .receivers = false,
         .changes = false,
         .end = false},
        true);
}
TEST_F(RoundTrip, Inspect) { check(ExportFormat::kInspect, {.receivers = false, .changes = false}, true); }

// Nothing that was said is markup, a header of the file or a control character in it.
TEST_F(RoundTrip, MarkdownIsSafe) {
  for (unsigned seed = 100; seed < 130; ++seed) {
    const std::string text =
        exported(first_recording(Maker(seed).conversation(), seed), ExportFormat::kMarkdown);
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
      EXPECT_TRUE(text.substr(at).starts_with("<!-- duologue:")) << text.substr(at, 60);
      EXPECT_TRUE(at == 0 || text[at - 1] == '\n');
    }
    for (const char c : text) EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' || c == '\n');
    for (const char* hidden : {"\u200b", "\u202e", "\x7f", "\u2028"})
      EXPECT_EQ(text.find(hidden), std::string::npos);
  }
}

TEST_F(RoundTrip, CsvHoldsNoFormula) {
  const auto is_formula = [](std::string_view cell) {
    return !cell.empty() && "=+-@\t\r\n"sv.find(cell.front()) != std::string_view::npos;
  };
  for (unsigned seed = 200; seed < 230; ++seed) {
    const std::string text = exported(first_recording(Maker(seed).conversation(), seed), ExportFormat::kCsv);
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') quoted = !quoted;
      if (quoted || (text[i] != ',' && text[i] != '\r')) continue;
      std::string_view cell = std::string_view(text).substr(start, i - start);
      if (cell.starts_with('"')) cell.remove_prefix(1);
      EXPECT_FALSE(is_formula(cell)) << cell;
      if (text[i] == '\r') ++i;
      start = i + 1;
    }
  }
}

}  // namespace
}  // namespace duologue::experiment
