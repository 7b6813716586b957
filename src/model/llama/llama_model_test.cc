// The engine with models of random weights: every path, in milliseconds. What real weights say is in
// llama_real_test.cc.
#include "model/llama/llama_model.h"

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "model/llama/row_probe.h"
#include "model/llama/testing/dialogue.h"
#include "model/llama/testing/tiny_model.h"

namespace duologue::model::llama {
namespace {

using base::ErrorKind;
using testing::Dialogue;
using testing::DialogueOptions;
using testing::TinyKind;
using testing::TinyModel;

LlamaOptions options_of(const TinyModel& tiny = {}, std::uint32_t sequences = 4) {
  LlamaOptions options;
  options.path = testing::tiny_model(tiny);
  options.name = "tiny";
  options.identity = "random";
  options.context_tokens = 1024;
  options.max_sequences = sequences;
  options.threads = 1;
  options.gpu_layers = 0;  // also in a build for a GPU: what that rounds depends on neighbours
  return options;
}

std::shared_ptr<LlamaModel> open(const LlamaOptions& options) {
  auto model = open_llama(options);
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : nullptr;
}

DialogueOptions dialogue(std::uint64_t conversation, std::uint32_t max_tokens = 12) {
  DialogueOptions options;
  options.conversation = conversation;
  options.sampling.max_tokens = max_tokens;
  options.sampling.temperature = 1.0;
  return options;
}

TEST(Llama, SaysWhatItIs) {
  std::vector<double> progress;
  LlamaOptions options = options_of();
  options.identity = "";
  const auto model = open_llama(options, [&](double done) { progress.push_back(done); });
  ASSERT_TRUE(model) << model.error().message;
  const ModelInfo& info = (*model)->info();
  EXPECT_EQ(info.name, "tiny");
  EXPECT_EQ(info.resolved, "gguf:" + options.path);
  EXPECT_EQ(info.identity, base::hash_file(options.path)->hex());
  EXPECT_FALSE(info.tokenizer.is_zero());
  EXPECT_EQ(info.context_tokens, 1024U);
  EXPECT_EQ(info.determinism, Determinism::kExact);
  EXPECT_TRUE(info.token_stats && info.listener_stats);
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.back(), 1.0);
}

TEST(Llama, ATurnCostsOnlyItsNewTokens) {
  const auto model = open(options_of());
  Dialogue talk(dialogue(1));
  const auto first = talk.say(*model);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->usage.new_prompt_tokens, first->usage.prompt_tokens);
  EXPECT_EQ(first->usage.completion_tokens, first->turn.tokens->ids.size());
  talk.say(*model).value();
  const auto third = talk.say(*model);
  ASSERT_TRUE(third);
  // The last token of a cut turn, the other's turn, and the template's words round it.
  EXPECT_LT(third->usage.new_prompt_tokens, third->usage.prompt_tokens - first->usage.prompt_tokens);
  const auto rendered = model->render(talk.view(), talk.config());
  ASSERT_TRUE(rendered && *rendered);
  EXPECT_EQ((*rendered)->tokens.size(), talk.say(*model)->usage.prompt_tokens);
}

TEST(Llama, TokenCountsAddUpAndHashesAreOfTheIds) {
  const auto model = open(options_of());
  DialogueOptions options = dialogue(1);
  options.system_prompt = "the user";
  Dialogue talk(options);
  talk.talk(*model, 3);
  const chat::View view = talk.view();
  const auto counts = model->token_counts(view, talk.config());
  const auto rendered = model->render(view, talk.config());
  ASSERT_TRUE(counts && rendered);
  ASSERT_EQ(counts->size(), view.messages.size());
  std::size_t sum = 0;
  for (const std::uint32_t count : *counts) sum += count;
  EXPECT_EQ(sum, (*rendered)->tokens.size());
  const auto output = talk.say(*model);
  EXPECT_EQ(output->prompt_hash, (*rendered)->hash);
  EXPECT_EQ(output->usage.prompt_tokens, sum);
}

// The same conversation alone, beside others, evicted at every turn, and read anew in another process's
// model.
TEST(Llama, ExactTextsDependOnNothingElse) {
  std::vector<TinyModel> models(4);
  models[1].kind = TinyKind::kGemma3;
  models[2].kind = TinyKind::kMamba;
  models[3].quantised = true;
  for (const TinyModel& tiny : models) {
    const auto alone = Dialogue(dialogue(1)).talk(*open(options_of(tiny)), 8);
    ASSERT_EQ(alone.size(), 8U) << alone.back();
    EXPECT_NE(alone[0], alone[2]);

    const auto busy = open(options_of(tiny, 16));
    EXPECT_EQ(busy->joins_conversations(), *rows_are_independent(options_of(tiny).path));
    std::vector<std::vector<std::string>> texts(8);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
          DialogueOptions options = dialogue(i + 1);
          if (i > 0) options.seed = 100 + i;
          if (i > 3) options.opening = "the other " + std::to_string(i);
          options.score = i % 2 == 1;
          texts[i] = Dialogue(options).talk(*busy, 8);
        });
      }
    }
    EXPECT_EQ(texts[0], alone) << "beside seven others";
    EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), 8U);

    const auto crowded = open(options_of(tiny, 1));
    Dialogue a(dialogue(1));
    DialogueOptions other = dialogue(2);
    other.seed = 8;
    Dialogue b(other);
    std::vector<std::string> evicted;
    for (int i = 0; i < 8; ++i) {
      evicted.push_back(Dialogue::trace(a.say(*crowded)));
      ASSERT_TRUE(b.say(*crowded));
    }
    EXPECT_EQ(evicted, alone) << "one sequence for four sides";
    EXPECT_GT(crowded->stats().evicted_sequences, 10U);

    Dialogue resumed(dialogue(1));
    std::vector<std::string> killed;
    for (int i = 0; i < 8; ++i) {
      const auto fresh = open(options_of(tiny));
      killed.push_back(Dialogue::trace(resumed.say(*fresh)));
    }
    EXPECT_EQ(killed, alone) << "a new process for every turn";
  }
}

TEST(Llama, SeededDrawsTheSameSeeds) {
  LlamaOptions options = options_of();
  options.determinism = Determinism::kSeeded;
  const auto model = open(options);
  EXPECT_EQ(model->info().determinism, Determinism::kSeeded);
  const auto once = Dialogue(dialogue(1)).talk(*model, 5);
  EXPECT_EQ(Dialogue(dialogue(2)).talk(*open(options), 5), once);
}

TEST(Llama, AForkTakesThePrefixOver) {
  std::vector<TinyModel> models(3);
  models[1].kind = TinyKind::kGemma3;
  models[2].quantised = true;
  for (const TinyModel& tiny : models) {
    const auto model = open(options_of(tiny, 8));
    Dialogue talk(dialogue(1));
    const auto said = talk.talk(*model, 6);
    Dialogue fork = talk.fork(5, 2);  // the opening and four turns
    Dialogue same = talk.fork(5, 3);
    fork.write("the end");
    const auto turn = fork.say(*model);
    ASSERT_TRUE(turn);
    EXPECT_LT(turn->usage.new_prompt_tokens, turn->usage.prompt_tokens / 2);
    EXPECT_GE(model->stats().copied_prefixes, 1U);
    EXPECT_EQ(Dialogue::trace(same.say(*model)), said[4]);
    // The copy is as good as what reading gives.
    const auto fresh = open(options_of(tiny));
    Dialogue reread = talk.fork(5, 9);
    reread.write("the end");
    EXPECT_EQ(Dialogue::trace(reread.say(*fresh)), Dialogue::trace(turn));
  }
}

TEST(Llama, ConversationsShareTheirSystemPrompt) {
  const auto model = open(options_of({}, 8));
  DialogueOptions options = dialogue(1);
  options.system_prompt = std::string(400, 'x');
  Dialogue(options).say(*model).value();
  options.conversation = 2;
  options.opening = "the other";
  const auto second = Dialogue(options).say(*model);
  EXPECT_EQ(second->usage.prompt_tokens - second->usage.new_prompt_tokens, 384U) << "three pieces of 128";
}

TEST(Llama, ReleasedSidesMakeRoom) {
  const auto model = open(options_of({}, 2));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    Dialogue talk(dialogue(i));
    talk.talk(*model, 2);
    model->release({i, 0});
    model->release({i, 1});
  }
  EXPECT_EQ(model->stats().evicted_sequences, 0U);
}

TEST(Llama, DeltasAreTheTextInWholeCharacters) {
  const auto model = open(options_of());
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    DialogueOptions options = dialogue(seed, 60);
    options.seed = seed;
    options.sampling.ignore_end = true;
    std::string shown;
    const auto thread = std::this_thread::get_id();
    const auto output = Dialogue(options).say(*model, {}, [&](std::string_view delta) {
      EXPECT_TRUE(base::is_valid_utf8(delta));
      EXPECT_EQ(std::this_thread::get_id(), thread);
      shown += delta;
    });
    ASSERT_TRUE(output);
    EXPECT_EQ(shown, base::replace_invalid_utf8(output->turn.text));
  }
}

TEST(Llama, TurnsEndForTheirReasons) {
  const auto model = open(options_of());
  DialogueOptions options = dialogue(1, 20);
  options.sampling.ignore_end = true;
  const auto cut = Dialogue(options).say(*model);
  EXPECT_EQ(cut->turn.stop_reason, chat::StopReason::kLength);
  EXPECT_EQ(cut->turn.tokens->ids.size(), 20U);

  const std::string& text = cut->turn.text;
  const std::string stop = text.substr(text.size() / 2, 3);
  options.sampling.stop = {stop};
  const auto stopped = Dialogue(options).say(*model);
  EXPECT_EQ(stopped->turn.stop_reason, chat::StopReason::kStopSequence);
  EXPECT_EQ(stopped->turn.text, text.substr(0, text.find(stop)));

  options.sampling.stop.clear();
  options.sampling.ignore_end = false;
  options.sampling.max_tokens = 900;
  bool ended = false;
  for (options.seed = 1; options.seed < 20 && !ended; ++options.seed) {
    const auto output = Dialogue(options).say(*model);
    ended = output->turn.stop_reason == chat::StopReason::kEndOfTurn;
    if (ended) {
      EXPECT_EQ(output->turn.text.find("<|im_"), std::string::npos);
      EXPECT_EQ(output->usage.completion_tokens, output->turn.tokens->ids.size());
    }
  }
  EXPECT_TRUE(ended);
}

TEST(Llama, AFullContextSaysBothNumbers) {
  const auto model = open(options_of());
  DialogueOptions options = dialogue(1, 400);
  options.opening = std::string(600, 'x');
  Dialogue talk(options);
  talk.write("y");
  const auto kept = talk.say(*model);
  ASSERT_TRUE(kept) << "the second speaker doesn't see the opening: " << kept.error().message;
  const auto full = talk.say(*model);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::kContextOverflow);
  EXPECT_NE(full.error().message.find("1024"), std::string::npos) << full.error().message;
  EXPECT_NE(full.error().message.find("400"), std::string::npos);
  EXPECT_EQ(full.error().message.find("alone"), std::string::npos) << "forgetting the opening would help";

  options.system_prompt = std::string(1100, 's');
  const auto hopeless = Dialogue(options).say(*model);
  ASSERT_FALSE(hopeless);
  EXPECT_NE(hopeless.error().message.find("alone"), std::string::npos) << hopeless.error().message;
  EXPECT_EQ(hopeless.error().message.find('\n'), std::string::npos);
}

TEST(Llama, AStopTakesTheTurnOutAtOnce) {
  const auto model = open(options_of({}, 2));
  DialogueOptions options = dialogue(1, 900);
  options.sampling.ignore_end = true;
  Dialogue talk(options);
  std::stop_source stop;
  std::atomic<int> deltas = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto output = talk.say(*model, stop.get_token(), [&](std::string_view) {
    if (++deltas == 1) stop.request_stop();
  });
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  // Already stopped: nothing is even read.
  const auto never = talk.say(*model, stop.get_token());
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind, ErrorKind::kCancelled);
  // What was said before the stop doesn't change what is said after it.
  options.sampling.max_tokens = 12;
  DialogueOptions same = options;
  same.conversation = 7;
  EXPECT_EQ(Dialogue(options).talk(*model, 3), Dialogue(same).talk(*open(options_of()), 3));
}

TEST(Llama, OneOfManyIsStopped) {
  const auto model = open(options_of({}, 8));
  const auto expected = Dialogue(dialogue(1)).talk(*open(options_of()), 6);
  std::stop_source stop;
  DialogueOptions endless = dialogue(2, 900);
  endless.sampling.ignore_end = true;
  std::jthread other([&] { EXPECT_FALSE(Dialogue(endless).say(*model, stop.get_token())); });
  Dialogue talk(dialogue(1));
  std::vector<std::string> texts;
  for (int i = 0; i < 6; ++i) {
    texts.push_back(Dialogue::trace(talk.say(*model)));
    if (i == 2) stop.request_stop();
  }
  EXPECT_EQ(texts, expected);
}

// More sides than sequences: they wait for each other, and all come to their end.
TEST(Llama, SidesWaitForASequence) {
  const auto model = open(options_of({}, 3));
  std::vector<std::vector<std::string>> texts(10);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      threads.emplace_back([&, i] { texts[i] = Dialogue(dialogue(i + 1)).talk(*model, 3); });
    }
  }
  for (const auto& text : texts) EXPECT_EQ(text, texts[0]);
  EXPECT_EQ(texts[0].size(), 3U);
}

TEST(Llama, StreamsAreKeptNeighbours) {
  TinyModel tiny;
  tiny.quantised = true;
  const auto model = open(options_of(tiny, 12));
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 1; i <= 6; ++i) {
      threads.emplace_back([&, i] {
        DialogueOptions options = dialogue(i, 10 + static_cast<std::uint32_t>(i) * 3);
        options.sampling.ignore_end = true;
        Dialogue(options).talk(*model, 6);
      });
    }
  }
  const LlamaStats stats = model->stats();
  EXPECT_GT(stats.moved_sequences, 0U);
  EXPECT_GT(stats.generated_tokens, 6U * 6 * 10);
  EXPECT_LE(stats.decode_seconds, stats.busy_seconds);
}

TEST(Llama, ListenersScoreIsTheSameHoweverItIsRead) {
  const auto model = open(options_of({}, 6));
  DialogueOptions options = dialogue(1, 40);
  options.sampling.ignore_end = true;
  options.score = true;
  Dialogue talk(options);
  const auto first = talk.say(*model);
  EXPECT_TRUE(first->listener.empty()) << "the opening is nobody's turn";
  EXPECT_GT(*first->stats.entropy_bits, 0);
  EXPECT_GT(*first->stats.surprisal_bpb, 0);
  const auto alone = model->score(talk.view(), talk.config(), {});
  const auto with_turn = talk.say(*model);
  ASSERT_EQ(with_turn->listener.size(), 1U);
  EXPECT_EQ(with_turn->listener[0].turn, 1U);
  EXPECT_EQ(with_turn->listener[0].listener, 1U);
  ASSERT_TRUE(alone);
  ASSERT_EQ(alone->size(), 1U);
  EXPECT_EQ((*alone)[0].surprisal_bpb, with_turn->listener[0].surprisal_bpb);
  // Asked again, when it has long been read.
  EXPECT_EQ((*model->score(talk.fork(2, 1).view(), talk.fork(2, 1).config(), {}))[0].surprisal_bpb,
            (*alone)[0].surprisal_bpb);
}

TEST(Llama, StatisticsCanBeSwitchedOff) {
  LlamaOptions options = options_of();
  options.token_stats = false;
  options.listener_stats = false;
  const auto quiet = open(options);
  EXPECT_FALSE(quiet->info().token_stats || quiet->info().listener_stats);
  DialogueOptions scored = dialogue(1);
  scored.score = true;
  Dialogue talk(scored);
  talk.say(*quiet).value();
  const auto output = talk.say(*quiet);
  EXPECT_FALSE(output->stats.entropy_bits || output->stats.surprisal_bpb);
  EXPECT_TRUE(output->listener.empty());
  EXPECT_TRUE(Dialogue(scored).talk(*open(options_of()), 2)[1].starts_with(output->turn.text))
      << "no text changes";
}

TEST(Llama, RawPromptingAndBaseModels) {
  TinyModel base;
  base.chat_template = "";
  const auto model = open(options_of(base));
  DialogueOptions options = dialogue(1);
  const auto refused = Dialogue(options).say(*model);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kModel);
  options.raw_prompt = true;
  options.score = true;
  options.memory = {chat::MemoryKind::kLast, 0};
  Dialogue talk(options);
  for (int i = 0; i < 4; ++i) {
    const auto output = talk.say(*model);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(output->listener.size(), i == 0 ? 0U : 1U);
  }
}

TEST(Llama, AnyBytesCanBeSaidToIt) {
  const auto model = open(options_of());
  DialogueOptions options = dialogue(1);
  options.opening = std::string("\xff\xfe\0<|im_end|>\x1b[2J\xc3", 18);
  options.score = true;
  Dialogue talk(options);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(talk.say(*model));
  talk.write("\xed\xa0\x80<|im_start|>system\n");
  EXPECT_TRUE(talk.say(*model));
  talk.write("");
  const auto after_silence = talk.say(*model);
  ASSERT_TRUE(after_silence) << after_silence.error().message;
}

TEST(Llama, BadSamplingIsRefused) {
  const auto model = open(options_of());
  DialogueOptions options = dialogue(1);
  options.sampling.top_p = 7;
  const auto output = Dialogue(options).say(*model);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kUsage);
}

// --- what can be wrong with a file ---

}  // namespace
}  // namespace duologue::model::llama
