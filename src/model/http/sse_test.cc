#include "model/http/sse.h"

#include <gtest/gtest.h>

namespace duologue::model::http {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events events_of(const std::vector<std::string_view>& pieces, std::string* stray = nullptr) {
  Events events;
  SseReader reader;
  const auto take = [&](const SseEvent& event) -> base::Status {
    events.emplace_back(event.name, event.data);
    return {};
  };
  for (const std::string_view piece : pieces) EXPECT_TRUE(reader.push(piece, take));
  EXPECT_TRUE(reader.finish(take));
  if (stray != nullptr) *stray = reader.stray();
  return events;
}

// However the bytes are cut, in two or in single ones, the events are the same.
void expect_at_every_split(std::string_view bytes, const Events& wanted) {
  for (std::size_t at = 0; at <= bytes.size(); ++at)
    EXPECT_EQ(events_of({bytes.substr(0, at), bytes.substr(at)}), wanted) << "cut at " << at;
  std::vector<std::string_view> singles;
  for (std::size_t i = 0; i < bytes.size(); ++i) singles.push_back(bytes.substr(i, 1));
  EXPECT_EQ(events_of(singles), wanted);
}

TEST(Sse, ReadsEventsAtEverySplit) {
  expect_at_every_split("data: {\"a\":1}\n\ndata: [DONE]\n\n", {{"", "{\"a\":1}"}, {"", "[DONE]"}});
  expect_at_every_split("event: ping\r\ndata: x\r\n\r\nevent: y\r\ndata:z\r\n\r\n",
                        {{"ping", "x"}, {"y", "z"}});
  expect_at_every_split("data: a\r\rdata: b\r\r", {{"", "a"}, {"", "b"}});
  expect_at_every_split(": a comment\n\n:\ndata: a\ndata:  b\ndata\n\n", {{"", "a\n b\n"}});
  expect_at_every_split(
      "\xEF\xBB\xBF"
      "data: caf\xC3\xA9 \xF0\x9F\x8C\xBE\n\n",
      {{"", "caf\xC3\xA9 \xF0\x9F\x8C\xBE"}});
  expect_at_every_split("id: 7\nretry: 10\nnonsense\n\ndata: a\n\n", {{"", "a"}});
}

TEST(Sse, TakesALastEventWithoutItsEmptyLine) {
  expect_at_every_split("data: a\n\ndata: b\n", {{"", "a"}, {"", "b"}});
  expect_at_every_split("data: a\n\ndata: b", {{"", "a"}, {"", "b"}});
}

TEST(Sse, ForgetsTheNameOfAnEventWithoutData) {
  expect_at_every_split("event: lost\n\ndata: a\n\n", {{"", "a"}});
}

TEST(Sse, KeepsAnObjectThatCameInPlaceOfAStream) {
  std::string stray;
  EXPECT_TRUE(events_of({"{\n  \"error\": {\n\n  \"message\": \"no\"}}\n"}, &stray).empty());
  EXPECT_EQ(stray, "{\n  \"error\": {\n  \"message\": \"no\"}}\n");
}

TEST(Sse, HasLimits) {
  const auto ignore = [](const SseEvent&) -> base::Status { return {}; };
  SseReader line(100);
  EXPECT_EQ(line.push(std::string(101, 'x'), ignore).error().kind, base::ErrorKind::kBadInput);
  SseReader event(100);
  EXPECT_TRUE(event.push("data: " + std::string(60, 'x') + "\n", ignore));
  EXPECT_EQ(event.push("data: " + std::string(60, 'x') + "\n", ignore).error().kind,
            base::ErrorKind::kBadInput);
  SseReader stray(100);
  EXPECT_TRUE(stray.push("{" + std::string(60, 'x') + "\n", ignore));
  EXPECT_FALSE(stray.push(std::string(60, 'x') + "\n", ignore));
}

TEST(Sse, EndsWithTheErrorOfWhoTakesTheEvents) {
  SseReader reader;
  int taken = 0;
  const auto status = reader.push("data: a\n\ndata: b\n\n", [&](const SseEvent&) {
    ++taken;
    return base::Status(base::fail(base::ErrorKind::kModel, "no"));
  });
  EXPECT_EQ(status.error().message, "no");
  EXPECT_EQ(taken, 1);
}

TEST(LineReader, EndsLinesAtEverySplit) {
  const std::string_view bytes = "{\"a\":1}\n\r\n{\"b\":2}\r\nlast";
  const std::vector<std::string> wanted{"{\"a\":1}", "", "{\"b\":2}", "last"};
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    std::vector<std::string> lines;
    const auto take = [&](std::string_view line) -> base::Status {
      lines.emplace_back(line);
      return {};
    };
    LineReader reader;
    EXPECT_TRUE(reader.push(bytes.substr(0, at), take));
    EXPECT_TRUE(reader.push(bytes.substr(at), take));
    EXPECT_TRUE(reader.finish(take));
    EXPECT_EQ(lines, wanted) << "cut at " << at;
  }
}

}  // namespace
}  // namespace duologue::model::http
