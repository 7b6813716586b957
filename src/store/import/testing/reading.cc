#include "store/import/testing/reading.h"

#include <variant>

#include <gtest/gtest.h>

#include "store/import/read_conversations.h"

namespace duologue::store {

std::vector<LoggedConversation> read_all(std::string_view text, const LogOptions& options) {
  auto read = read_conversations_from(text, "logs/log.txt", options);
  EXPECT_TRUE(read) << read.error().message;
  return read ? std::move(*read) : std::vector<LoggedConversation>{};
}

LoggedConversation read_one(std::string_view text, LogFormat format) {
  std::vector<LoggedConversation> all = read_all(text);
  EXPECT_EQ(all.size(), 1u);
  if (all.empty()) return {};
  EXPECT_EQ(to_string(all[0].format), to_string(format));
  return std::move(all[0]);
}

std::string error_of(std::string_view text, const LogOptions& options) {
  const auto read = read_conversations_from(text, "logs/log.txt", options);
  EXPECT_FALSE(read);
  if (read) return {};
  EXPECT_EQ(read.error().message.find('\n'), std::string::npos) << read.error().message;
  return read.error().message;
}

std::vector<std::string> told(const LoggedConversation& conversation) {
  std::vector<std::string> lines;
  for (const chat::Turn& turn : conversation.turns) {
    std::string line(speaker_name(conversation, turn));
    if (turn.author.kind != chat::AuthorKind::kModel) {
      line += "(" + std::string(chat::to_string(turn.author.kind)) + ")";
    }
    lines.push_back(line + ": " + turn.text);
  }
  return lines;
}

chat::Transcript as_transcript(const LoggedConversation& conversation) {
  chat::Transcript transcript;
  std::size_t next = 0;
  const auto between = [&](std::uint32_t turns) {
    for (; next < conversation.between.size() && conversation.between[next].after_turn == turns; ++next) {
      std::visit([&](const auto& what) { transcript.append(what); }, conversation.between[next].what);
    }
  };
  between(0);
  for (const chat::Turn& turn : conversation.turns) {
    transcript.append(turn);
    between(transcript.turn_count());
  }
  EXPECT_EQ(next, conversation.between.size());
  return transcript;
}

}  // namespace duologue::store
