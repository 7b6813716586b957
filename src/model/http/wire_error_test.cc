#include "model/http/wire_error.h"

#include <gtest/gtest.h>

#include "model/http/retry_after.h"
#include "model/http/testing/talk.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using testing::kBlame;

HttpAnswer answer_of(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  return answer;
}

base::Error error_of(int status, const std::string& body, std::vector<HttpHeader> headers = {}) {
  return error_of_answer(answer_of(status, body, std::move(headers)), kBlame, 1'000'000);
}

TEST(WireError, MapsStatusesToKinds) {
  const std::pair<int, ErrorKind> kKinds[] = {
      {400, ErrorKind::kModel},       {401, ErrorKind::kModel},       {402, ErrorKind::kModel},
      {403, ErrorKind::kModel},       {404, ErrorKind::kModel},       {408, ErrorKind::kTimeout},
      {409, ErrorKind::kUnavailable}, {413, ErrorKind::kModel},       {422, ErrorKind::kModel},
      {429, ErrorKind::kRateLimited}, {500, ErrorKind::kUnavailable}, {501, ErrorKind::kModel},
      {502, ErrorKind::kUnavailable}, {503, ErrorKind::kUnavailable}, {504, ErrorKind::kUnavailable},
      {529, ErrorKind::kUnavailable}, {307, ErrorKind::kModel}};
  for (const auto& [status, kind] : kKinds)
    EXPECT_EQ(error_of(status, R"({"error":{"message":"words"}})").kind, kind) << status;
}

TEST(WireError, NamesTheModelThePlaceTheCauseAndTheMend) {
  EXPECT_EQ(
      error_of(401,
               R"({"error":{"message":"Incorrect API key provided: sk-1.","type":"invalid_request_error"}})")
          .message,
      "openai:m at http://h: HTTP 401: it refuses the key: check OPENAI_API_KEY (Incorrect API key provided: "
      "(the key))");
  EXPECT_EQ(
      error_of(404, R"({"error":"model \"x\" not found"})").message,
      "openai:m at http://h: HTTP 404: there is no such model or no such address there: check both (model "
      "\"x\" not found)");
  EXPECT_EQ(error_of(500, "<html>\n<body>nginx</body></html>").message,
            "openai:m at http://h: HTTP 500: a page of HTML");
  EXPECT_EQ(error_of(422, R"({"detail":[{"loc":["body"],"msg":"bad"}]})").message,
            R"(openai:m at http://h: HTTP 422: [{"loc":["body"],"msg":"bad"}])");
  EXPECT_EQ(error_of(500, "one\n\ttwo\x01 three").message, "openai:m at http://h: HTTP 500: one two three");
  EXPECT_LT(error_of(500, std::string(10'000, 'x')).message.size(), 600U);
  const std::string redirect = error_of(308, "", {{"location", "https://h/v1/"}}).message;
  EXPECT_NE(redirect.find("https://h/v1/"), std::string::npos) << redirect;
}

TEST(WireError, TellsAnEmptyAccountFromABusyServer) {
  const base::Error quota =
      error_of(429, R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})",
               {{"retry-after", "5"}});
  EXPECT_EQ(quota.kind, ErrorKind::kModel);
  EXPECT_FALSE(quota.retry_after);
  EXPECT_EQ(error_of(400, R"({"type":"error","error":{"type":"invalid_request_error",)"
                          R"("message":"Your credit balance is too low"}})")
                .kind,
            ErrorKind::kModel);
  const base::Error busy =
      error_of(429, R"({"error":{"message":"slow","code":"rate_limit_exceeded"}})", {{"retry-after", "5"}});
  EXPECT_EQ(busy.kind, ErrorKind::kRateLimited);
  EXPECT_EQ(busy.retry_after, milliseconds(5'000));
}

TEST(WireError, KnowsAPromptThatIsTooLong) {
  for (const char* body :
       {R"({"error":{"code":"context_length_exceeded","message":"x"}})",
        R"({"error":{"code":400,"type":"exceed_context_size_error","message":"x"}})",
        R"({"error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}})",
        R"({"error":"the input length exceeds the context length"})",
        R"({"message":"This model's maximum context length is 8 tokens"})"})
    EXPECT_EQ(error_of(400, body).kind, ErrorKind::kContextOverflow) << body;
}

TEST(WireError, FindsTheParameterThatIsRefused) {
  const std::vector<std::string> sent{"logprobs", "top_k", "top_p", "temperature"};
  const auto refused = [&](int status, const std::string& message, const std::string& param = "null") {
    return refused_parameter(
        answer_of(status, R"({"error":{"message":")" + message + R"(","param":)" + param + "}}"), sent);
  };
  EXPECT_EQ(refused(400, "Unsupported value", "\"temperature\""), "temperature");
  EXPECT_EQ(refused(400, "Unrecognized request argument supplied: top_k"), "top_k");
  EXPECT_EQ(refused(422, "`temperature` and `top_p` cannot both be specified"), "top_p");
  EXPECT_EQ(refused(400, "top_probs is wrong"), "");
  EXPECT_EQ(refused(400, "something else"), "");
  EXPECT_EQ(refused(500, "top_k"), "");
}

TEST(RetryAfter, ReadsSecondsMillisecondsAndDates) {
  constexpr std::int64_t kNow = 1'445'412'480'000;  // Wed, 21 Oct 2015 07:28:00 GMT
  const auto of = [](std::vector<HttpHeader> headers) {
    return retry_after(answer_of(429, "", std::move(headers)), kNow);
  };
  EXPECT_EQ(of({{"retry-after", "2"}}), milliseconds(2'000));
  EXPECT_EQ(of({{"retry-after", "0.25"}}), milliseconds(250));
  EXPECT_EQ(of({{"retry-after-ms", "70"}, {"retry-after", "2"}}), milliseconds(70));
  EXPECT_EQ(of({{"retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"}}), milliseconds(30'000));
  EXPECT_EQ(of({{"retry-after", "Wed, 21 Oct 2015 07:00:00 GMT"}}), milliseconds(0));
  EXPECT_EQ(of({{"retry-after", "1e300"}}), milliseconds(86'400'000));
  EXPECT_EQ(of({{"retry-after", "soon"}}), std::nullopt);
  EXPECT_EQ(of({{"retry-after", "-1"}}), std::nullopt);
  EXPECT_EQ(of({}), std::nullopt);
}

}  // namespace
}  // namespace duologue::model::http
