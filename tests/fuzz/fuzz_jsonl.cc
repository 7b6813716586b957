// libFuzzer: the readers of JSON Lines. Where the first byte is odd, as '{' is, the bytes are given to each
// of them line by line; otherwise they are made into a conversation, which is written as our own JSON Lines
// and read again: nothing may be lost.
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "chat/transcript.h"
#include "log_checks.h"
#include "store/export_jsonl.h"
#include "store/import/detect_format.h"
#include "store/import/log_input.h"
#include "store/import/log_reader.h"
#include "store/import/read_conversations.h"

namespace {

using namespace duologue;
using fuzz::must;

const std::string kName = "fuzz.jsonl";
constexpr int kMostEntries = 8;

// One format's reader, until it refuses a line.
struct Fed {
  Fed(const store::LineFormat& format, const store::LogOptions& options, const store::TakeConversation& take)
      : sink(kName, format.format, options, take), reader(format.open(sink)) {}
  Fed(const Fed&) = delete;
  Fed& operator=(const Fed&) = delete;

  void note(const base::Status& status) {
    if (status) return;
    fuzz::check_error(status.error());
    refused = true;
  }

  store::LogSink sink;
  std::unique_ptr<store::LineReader> reader;
  bool refused = false;
};

void feed(std::string_view text) {
  store::LogOptions options;
  options.max_turns = 50;
  options.max_participants = 5;
  const store::TakeConversation take = [&options](store::LoggedConversation&& log) -> base::Status {
    fuzz::check_conversation(log, options);
    return {};
  };
  std::list<Fed> all;
  for (const store::LineFormat* format : store::line_formats()) all.emplace_back(*format, options, take);
  store::LogInput input = store::LogInput::from_memory(text, kName);
  while (true) {
    const auto piece = input.next_line(10'000);
    if (!piece) return fuzz::check_error(piece.error());
    if (!*piece) break;
    const auto json = store::parse_piece(kName, **piece);
    if (!json) return fuzz::check_error(json.error());
    const store::JsonSource source{.file = &kName, .piece = **piece};
    for (Fed& one : all) {
      if (!one.refused) one.note(one.reader->take(store::JsonNode(*json, source)));
    }
  }
  for (Fed& one : all) {
    if (!one.refused) one.note(one.reader->finish());
  }
}

std::string bytes(FuzzedDataProvider& data) { return data.ConsumeRandomLengthString(40); }

chat::Author author(FuzzedDataProvider& data) {
  return {static_cast<chat::AuthorKind>(data.ConsumeIntegralInRange(0, 3)), bytes(data)};
}

chat::Turn turn(FuzzedDataProvider& data) {
  chat::Turn made;
  made.speaker = data.ConsumeIntegralInRange<chat::ParticipantId>(0, 1);
  made.author = author(data);
  made.text = bytes(data);
  made.reasoning = bytes(data);
  for (int i = data.ConsumeIntegralInRange(0, 2); i > 0; --i) {
    made.tool_calls.push_back({bytes(data), bytes(data), bytes(data), bytes(data)});
  }
  made.stop_reason = static_cast<chat::StopReason>(data.ConsumeIntegralInRange(0, 6));
  return made;
}

chat::Injection injection(FuzzedDataProvider& data) {
  chat::Injection made;
  if (data.ConsumeBool()) made.to = data.ConsumeIntegralInRange<chat::ParticipantId>(0, 1);
  if (data.ConsumeBool()) made.as = chat::Placement::kReplacing;
  made.text = bytes(data);
  made.author = author(data);
  return made;
}

chat::ConfigChange change(FuzzedDataProvider& data) {
  chat::ConfigChange made;
  made.participant = data.ConsumeIntegralInRange<chat::ParticipantId>(0, 1);
  if (data.ConsumeBool()) made.model = bytes(data);
  if (data.ConsumeBool()) made.system_prompt = bytes(data);
  if (data.ConsumeBool()) made.forget_through_turn = data.ConsumeIntegral<std::uint32_t>();
  made.cause = bytes(data);
  made.author = author(data);
  return made;
}

// The first two turns give both participants their places, as the lines name them.
chat::Transcript conversation(FuzzedDataProvider& data) {
  chat::Transcript made;
  for (chat::ParticipantId speaker = 0; speaker < 2; ++speaker) {
    chat::Turn first = turn(data);
    first.speaker = speaker;
    made.append(std::move(first));
  }
  for (int i = 0; i < kMostEntries && data.remaining_bytes() > 0; ++i) {
    switch (data.ConsumeIntegralInRange(0, 3)) {
      case 0:
        made.append(injection(data));
        break;
      case 1:
        made.append(change(data));
        break;
      default:
        made.append(turn(data));
    }
  }
  return made;
}

std::string written(const chat::Transcript& transcript) {
  std::string text;
  store::FileInfo file;
  file.uid = "0123456789abcdef0123456789abcdef";
  store::TrialSummary trial;
  trial.row.participants.resize(2);
  trial.row.participants[0].name = "Ada";
  trial.row.participants[1].name = "Bo";
  store::JsonlStream stream(file, trial, [&text](std::string_view line) -> base::Status {
    text += line;
    return {};
  });
  store::TurnRecord record;
  std::uint64_t seq = 0;
  for (const chat::EntryPtr& entry : transcript.entries()) {
    record.seq = seq++;
    if (entry->as_turn() == nullptr) {
      record.before.push_back(entry);
      continue;
    }
    record.turn = entry;
    must(stream.take(record).has_value());
    record = {};
  }
  must(record.before.empty() || stream.take(record).has_value());
  must(stream.finish(engine::EndReason{}, 0).has_value());
  return text;
}

void round_trip(const chat::Transcript& transcript) {
  const auto read = store::read_conversations_from(written(transcript), kName);
  must(read && read->size() == 1);
  const store::LoggedConversation& log = read->front();
  fuzz::check_conversation(log, {});
  chat::Transcript again;
  std::size_t next = 0;
  for (std::uint32_t turns = 0; turns <= log.turns.size(); ++turns) {
    if (turns > 0) again.append(log.turns[turns - 1]);
    for (; next < log.between.size() && log.between[next].after_turn == turns; ++next) {
      std::visit([&](const auto& what) { again.append(what); }, log.between[next].what);
    }
  }
  must(again.head() == transcript.head());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty() || data[0] % 2 == 1) {
    feed(text);
  } else {
    FuzzedDataProvider provider(data + 1, size - 1);
    round_trip(conversation(provider));
  }
  return 0;
}
