// A server on loopback that speaks OpenAI's chat completions and answers every request at once, with --tokens
// events of one word: what is left of a turn's time beside it is the client's. The words are drawn as common
// and rare ones come in texts, so that answers differ: clients that stop on convergence would on equal ones.
// Prints its base URL and serves until its standard input ends.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "model/http/testing/loopback_server.h"

namespace duologue::bench {

namespace {

constexpr std::uint32_t kAnswers = 64;  // then from the first again
constexpr double kWords = 2'000;

// By Zipf's law: the chance of the n-th word is about 1/n.
std::string draw_word(std::mt19937& random) {
  const double u = static_cast<double>(random()) / static_cast<double>(std::mt19937::max());
  return "word" + std::to_string(static_cast<int>(std::pow(kWords, u)));
}

std::string event(const std::string& delta, const std::string& finish) {
  return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,)"
         R"("delta":{)" +
         delta + R"(},"finish_reason":)" + finish + "}]}\n\n";
}

// Chunked, an event a chunk, as servers stream them.
std::string streamed_answer(std::mt19937& random, std::uint32_t tokens) {
  std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto add = [&answer](const std::string& part) {
    char size[32];
    std::snprintf(size, sizeof(size), "%zx\r\n", part.size());
    answer += size + part + "\r\n";
  };
  add(event(R"("role":"assistant","content":"")", "null"));
  for (std::uint32_t i = 0; i < tokens; ++i) add(event(R"("content":")" + draw_word(random) + " \"", "null"));
  add(event("", "\"stop\""));
  add(R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":)"
      R"({"prompt_tokens":0,"completion_tokens":)" +
      std::to_string(tokens) + R"(,"total_tokens":)" + std::to_string(tokens) + "}}\n\n");
  add("data: [DONE]\n\n");
  return answer + "0\r\n\r\n";
}

int run(int argc, char** argv) {
  CLI::App app{"A server that answers at once"};
  std::uint32_t tokens = 100;
  app.add_option("--tokens", tokens, "of an answer");
  CLI11_PARSE(app, argc, argv);
  namespace testing = model::http::testing;
  std::vector<std::string> streamed;
  std::mt19937 random(20261126);
  for (std::uint32_t i = 0; i < kAnswers; ++i) streamed.push_back(streamed_answer(random, tokens));
  std::atomic<std::uint32_t> asked{0};
  const std::string models =
      testing::whole_answer("200 OK", "Content-Type: application/json\r\n",
                            R"({"object":"list","data":[{"id":"m","object":"model"}]})");
  const testing::LoopbackServer server([&](const std::string& request, const testing::Peer& peer) {
    return peer.send(request.starts_with("GET ") ? models : streamed[asked++ % kAnswers]);
  });
  std::printf("%s/v1\n", server.url().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
