#include "model/http/wire_log.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "model/http/testing/fake_transport.h"

namespace duologue::model::http {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using testing::FakeTransport;

class WireLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) / ("wire" + std::to_string(::getpid()));
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string folder() const { return root_.string(); }
  std::string file() const {
    std::ifstream in(root_ / kWireFile, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }
  std::shared_ptr<Transport> recorder(const std::shared_ptr<FakeTransport>& inner) const {
    auto transport = open_wire_recorder(folder(), inner);
    EXPECT_TRUE(transport) << (transport ? "" : transport.error().message);
    return transport.value_or(nullptr);
  }
  std::shared_ptr<Transport> replay() const {
    auto transport = open_wire_replay(folder());
    EXPECT_TRUE(transport) << (transport ? "" : transport.error().message);
    return transport.value_or(nullptr);
  }

  fs::path root_;
};

HttpRequest request_of(std::string body, std::string method = "POST") {
  HttpRequest request;
  request.method = std::move(method);
  request.url = "http://h/v1/x";
  request.headers = {{"Content-Type", "application/json"}};
  request.secrets = {{"Authorization", "Bearer sk-key"}};
  request.body = std::move(body);
  return request;
}

// An answer with the pieces that its bytes came in.
struct Got {
  base::Result<HttpAnswer> answer;
  std::vector<std::string> pieces;
};
Got get(Transport& transport, const HttpRequest& request) {
  std::vector<std::string> pieces;
  auto answer = transport.send(request, {}, [&](std::string_view bytes) {
    pieces.emplace_back(bytes);
    return true;
  });
  return {std::move(answer), std::move(pieces)};
}

TEST_F(WireLogTest, ReplaysWhatWasRecordedByteForByteAndInOrder) {
  const auto fake = std::make_shared<FakeTransport>();
  fake->piece = 3;
  const std::string odd = "caf\xC3\xA9 \xFF \n";
  fake->answer(200, odd);
  fake->answer(503, "busy", {{"retry-after", "2"}, {"set-cookie", "secret"}});
  fake->answer(200, "second");
  fake->fail(ErrorKind::kTimeout, "no word");
  std::vector<Got> first;
  {
    const auto transport = recorder(fake);
    for (const char* body : {"a", "b", "b", "c"}) first.push_back(get(*transport, request_of(body)));
  }
  const auto transport = replay();
  EXPECT_TRUE(transport->offline());
  std::size_t i = 0;
  for (const char* body : {"a", "b", "b", "c"}) {
    const Got again = get(*transport, request_of(body));
    EXPECT_EQ(again.pieces, first[i].pieces);
    ASSERT_EQ(again.answer.has_value(), first[i].answer.has_value());
    if (again.answer) {
      EXPECT_EQ(again.answer->status, first[i].answer->status);
      EXPECT_EQ(again.answer->body, first[i].answer->body);
    } else {
      EXPECT_EQ(again.answer.error().kind, ErrorKind::kTimeout);
      EXPECT_EQ(again.answer.error().message, "no word");
    }
    ++i;
  }
  const Got more = get(*transport, request_of("b"));
  ASSERT_FALSE(more.answer);
  EXPECT_NE(more.answer.error().message.find("recorded 2 times"), std::string::npos)
      << more.answer.error().message;
  const Got other = get(*transport, request_of("other"));
  ASSERT_FALSE(other.answer);
  EXPECT_EQ(other.answer.error().kind, ErrorKind::kModel);
  EXPECT_NE(other.answer.error().message.find("never recorded"), std::string::npos);
}

TEST_F(WireLogTest, KeepsNoKeyAndNoOtherHeaders) {
  const auto fake = std::make_shared<FakeTransport>();
  fake->piece = 4;  // the key comes in pieces
  fake->answer(401, "bad key: sk-key", {{"set-cookie", "secret"}, {"retry-after", "1"}});
  fake->answer(200, "you sent sk-key, twice: sk-key");
  const auto transport = recorder(fake);
  get(*transport, request_of("a"));
  get(*transport, request_of("b"));
  EXPECT_EQ(file().find("sk-key"), std::string::npos) << file();
  EXPECT_EQ(file().find("secret"), std::string::npos);
  EXPECT_NE(file().find("\"retry-after\":\"1\""), std::string::npos);
  const Got again = get(*replay(), request_of("b"));
  ASSERT_EQ(again.pieces.size(), 1U);
  EXPECT_EQ(again.pieces[0], "you sent (key removed), twice: (key removed)");
}

TEST_F(WireLogTest, AnswersQuestionsAboutTheServerAsOftenAsTheyAreAsked) {
  const auto fake = std::make_shared<FakeTransport>();
  fake->answer(200, "models");
  EXPECT_EQ(recorder(fake)->send(request_of("", "GET"), {}, nullptr)->body, "models");
  const auto transport = replay();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(transport->send(request_of("", "GET"), {}, nullptr)->body, "models");
}

TEST_F(WireLogTest, GoesOnInAFileThatIsThere) {
  for (const char* body : {"a", "b"}) {
    const auto fake = std::make_shared<FakeTransport>();
    fake->answer(200, body);
    get(*recorder(fake), request_of(body));
  }
  const auto transport = replay();
  EXPECT_EQ(get(*transport, request_of("b")).pieces, std::vector<std::string>{"b"});
  EXPECT_EQ(get(*transport, request_of("a")).pieces, std::vector<std::string>{"a"});
}

TEST_F(WireLogTest, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(open_wire_replay(folder()).error().kind, ErrorKind::kNotFound);
  fs::create_directories(root_);
  const auto error_of = [&](const std::string& content) {
    std::ofstream(root_ / kWireFile, std::ios::binary) << content;
    const auto opened = open_wire_replay(folder());
    return opened ? std::string() : opened.error().message;
  };
  EXPECT_NE(error_of("{}\n").find("line 1: no recorded call"), std::string::npos);
  EXPECT_NE(error_of("\nx").find("line 1: "), std::string::npos);
  EXPECT_NE(error_of("{\"version\":2}\n").find("version 2; this program reads 1"), std::string::npos);
  EXPECT_NE(error_of("{\"version\":1,\"status\":200,\"answer\":\"\",\"pieces\":[[1]]}\n").find("a piece"),
            std::string::npos);
  EXPECT_EQ(error_of("{\"version\":1,\"stat"), "");  // cut off while it was written
  std::ofstream(folder() + "x") << "a file";
  EXPECT_FALSE(open_wire_recorder(folder() + "x", nullptr));
  fs::remove(folder() + "x");
}

}  // namespace
}  // namespace duologue::model::http
