// The engine with real weights (SmolLM2 135M, Q8_0): what random ones can't show. Left out, saying so, where
// they aren't there. One thread and few tokens: it has to end on a busy machine too.
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numbers>
#include <thread>

#include <gtest/gtest.h>
#include <llama.h>

#include "model/llama/backend.h"
#include "model/llama/llama_model.h"
#include "model/llama/testing/dialogue.h"
#include "model/llama/testing/tiny_model.h"
#include "model/llama/vocab.h"

namespace duologue::model::llama {
namespace {

using testing::Dialogue;
using testing::DialogueOptions;

constexpr std::chrono::seconds kTurnDeadline{300};

// Asks to stop when the time is over.
class Deadline {
 public:
  explicit Deadline(std::chrono::seconds time)
      : thread_([this, time](const std::stop_token& gone) {
          std::unique_lock lock(mutex_);
          if (!wake_.wait_for(lock, gone, time, [] { return false; }) && !gone.stop_requested())
            stop_.request_stop();
        }) {}
  std::stop_token token() { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

std::shared_ptr<LlamaModel> open(std::uint32_t sequences, Determinism level = Determinism::kExact) {
  LlamaOptions options;
  options.path = testing::real_model();
  options.name = "smollm2";
  options.identity = "not read";
  options.context_tokens = 2048;
  options.max_sequences = sequences;
  options.threads = 1;
  options.gpu_layers = 0;  // also in a build for a GPU: what that rounds depends on neighbours
  options.determinism = level;
  auto model = open_llama(options);
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : nullptr;
}

DialogueOptions dialogue(std::uint64_t conversation) {
  DialogueOptions options;
  options.conversation = conversation;
  options.sampling.max_tokens = 20;
  return options;
}

std::string say(Dialogue& talk, Model& model) {
  Deadline deadline(kTurnDeadline);
  const auto output = talk.say(model, deadline.token());
  return Dialogue::trace(output);
}

std::vector<std::string> talk(DialogueOptions options, Model& model, int turns) {
  Dialogue dialogue(std::move(options));
  std::vector<std::string> texts;
  for (int i = 0; i < turns; ++i) texts.push_back(say(dialogue, model));
  return texts;
}

constexpr int kTurns = 5;

TEST(LlamaReal, ExactTextsDependOnNothingElse) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  const auto model = open(8);
  const auto alone = talk(dialogue(1), *model, kTurns);
  for (const std::string& text : alone) ASSERT_FALSE(text.starts_with("error:")) << text;

  std::vector<std::vector<std::string>> beside(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < beside.size(); ++i) {
      threads.emplace_back([&, i] {
        DialogueOptions options = dialogue(10 + i);
        if (i > 0) options.seed = 100 + i;
        options.score = i == 0;
        if (i == 2)
          options.opening = "Write a poem about the sea, please. Let it be sad and short, in four lines.";
        beside[i] = talk(options, *model, kTurns);
      });
    }
  }
  EXPECT_EQ(beside[0], alone) << "beside three others, its listeners scoring";
  EXPECT_NE(beside[1], alone);

  const auto crowded = open(1);
  Dialogue resumed(dialogue(1));
  std::vector<std::string> texts;
  for (int i = 0; i < kTurns; ++i) texts.push_back(say(resumed, *crowded));
  EXPECT_EQ(texts, alone) << "one sequence for both sides: every turn is read anew";
  EXPECT_EQ(crowded->stats().evicted_sequences, static_cast<std::uint64_t>(kTurns - 1));
}

TEST(LlamaReal, AForkGoesOnLikeTheOriginal) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  const auto model = open(6);
  Dialogue original(dialogue(1));
  std::string last;
  for (int i = 0; i < 4; ++i) last = say(original, *model);
  Dialogue fork = original.fork(4, 2);  // the opening and three turns
  EXPECT_EQ(say(fork, *model), last);
  EXPECT_GE(model->stats().copied_prefixes, 1U);
}

TEST(LlamaReal, SeededRunsToo) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  const auto model = open(2, Determinism::kSeeded);
  for (const std::string& text : talk(dialogue(1), *model, 2))
    EXPECT_FALSE(text.starts_with("error:")) << text;
}

// All logits of a prompt by llama.cpp alone, in one call.
class PlainForwardPass {
 public:
  explicit PlainForwardPass(const std::vector<Token>& tokens) {
    start_backend();
    model_.reset(llama_model_load_from_file(testing::real_model().c_str(), llama_model_default_params()));
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = 1024;
    params.n_threads = params.n_threads_batch = 1;
    context_.reset(llama_init_from_model(model_.get(), params));
    n_vocab_ = static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(model_.get())));
    llama_batch batch = llama_batch_init(static_cast<std::int32_t>(tokens.size()), 0, 1);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      batch.token[i] = tokens[i];
      batch.pos[i] = static_cast<llama_pos>(i);
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = 1;
    }
    batch.n_tokens = static_cast<std::int32_t>(tokens.size());
    EXPECT_EQ(llama_decode(context_.get(), batch), 0);
    llama_batch_free(batch);
  }

  struct Position {
    double entropy_nats = 0;
    double surprisal_nats = 0;  // of the token that comes next
  };
  Position at(std::size_t index, Token next) {
    const float* logits = llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(index));
    double max = -INFINITY;
    for (std::size_t i = 0; i < n_vocab_; ++i) max = std::max(max, static_cast<double>(logits[i]));
    double mass = 0;
    for (std::size_t i = 0; i < n_vocab_; ++i) mass += std::exp(static_cast<double>(logits[i]) - max);
    Position position;
    for (std::size_t i = 0; i < n_vocab_; ++i) {
      const double p = std::exp(static_cast<double>(logits[i]) - max) / mass;
      if (p > 0) position.entropy_nats -= p * std::log(p);
    }
    position.surprisal_nats =
        max + std::log(mass) - static_cast<double>(logits[static_cast<std::size_t>(next)]);
    return position;
  }

 private:
  std::unique_ptr<llama_model, decltype(&llama_model_free)> model_{nullptr, &llama_model_free};
  std::unique_ptr<llama_context, decltype(&llama_free)> context_{nullptr, &llama_free};
  std::size_t n_vocab_ = 0;
};

TEST(LlamaReal, StatisticsAgreeWithAPlainForwardPass) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  const auto model = open(2);
  DialogueOptions options = dialogue(1);
  options.score = true;
  options.sampling.ignore_end = true;
  Dialogue talk(options);
  const auto first_prompt = **model->render(talk.view(), talk.config());
  const auto first = talk.say(*model);
  const auto second_prompt = **model->render(talk.view(), talk.config());
  const auto second = talk.say(*model);
  ASSERT_TRUE(first && second);

  // The speaker's view of turn 1: its prompt and what it sampled.
  std::vector<Token> tokens = first_prompt.tokens;
  const std::vector<Token>& sampled = first->turn.tokens->ids;
  tokens.insert(tokens.end(), sampled.begin(), sampled.end());
  PlainForwardPass speaker(tokens);
  double entropy = 0;
  double surprisal = 0;
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    const auto position = speaker.at(first_prompt.tokens.size() + i - 1, sampled[i]);
    entropy += position.entropy_nats;
    surprisal += position.surprisal_nats;
  }
  const auto bytes = static_cast<double>(first->turn.text.size());
  // Read in one piece instead of token by token: F16 attention rounds differently.
  EXPECT_NEAR(
      *first->stats.entropy_bits / (entropy * std::numbers::log2e / static_cast<double>(sampled.size())), 1,
      0.03);
  EXPECT_NEAR(*first->stats.surprisal_bpb / (surprisal * std::numbers::log2e / bytes), 1, 0.03);

  // The listener's view of it: the same text as somebody else's, within turn 2's prompt.
  PlainForwardPass listener(second_prompt.tokens);
  const std::string& text = first->turn.text;
  const std::size_t at = second_prompt.text.find(text);
  ASSERT_NE(at, std::string::npos);
  ASSERT_EQ(second->listener.size(), 1U);
  // Its tokens are those between the template's words; found by their text.
  double heard = 0;
  std::size_t position = 0;
  start_backend();
  llama_model_params params = llama_model_default_params();
  params.vocab_only = true;
  const std::unique_ptr<llama_model, decltype(&llama_model_free)> words(
      llama_model_load_from_file(testing::real_model().c_str(), params), &llama_model_free);
  const Vocab vocab(words.get());
  for (std::size_t i = 0; i < second_prompt.tokens.size(); ++i) {
    const std::size_t end = position + vocab.piece(second_prompt.tokens[i]).size();
    if (position >= at && end <= at + text.size())
      heard += listener.at(i - 1, second_prompt.tokens[i]).surprisal_nats;
    position = end;
  }
  EXPECT_NEAR(second->listener[0].surprisal_bpb / (heard * std::numbers::log2e / bytes), 1, 0.03);
}

}  // namespace
}  // namespace duologue::model::llama
