// Whole models of random weights, some hundred kilobytes: every path of the engine in milliseconds, without
// anybody's weights. They babble bytes (invalid UTF-8 among them), which is what tests want.
#pragma once

#include <string>

namespace duologue::model::llama::testing {

enum class TinyKind {
  kLlama,   // attention over everything
  kGemma3,  // sliding windows of 16 tokens in most layers
  kMamba,   // recurrent: can't be rolled back
};

struct TinyModel {
  TinyKind kind = TinyKind::kLlama;
  std::string chat_template = kChatml;  // empty: a base model
  bool think_is_added_word = true;      // <think> is in the vocabulary
  bool quantised = false;               // to Q8_0; F32 otherwise
  bool markers_are_words = false;       // role markers are added words, which plain text would parse

  static const char* const kChatml;
};

// Writes it where it isn't yet, in this process's temporary folder. Returns the path.
std::string tiny_model(const TinyModel& model = {});

// A folder of this process's own, removed when it ends.
std::string temporary_folder();

// SmolLM2 as Q8_0: $DUOLOGUE_TEST_MODEL, or models/smollm2.Q8_0.gguf in the cache. Empty: there is none.
std::string real_model();

}  // namespace duologue::model::llama::testing

// Leaves a test out, saying so, where the real model isn't there.
#define DUOLOGUE_NEEDS_REAL_MODEL()                            \
  if (::duologue::model::llama::testing::real_model().empty()) \
  GTEST_SKIP() << "no SmolLM2: set DUOLOGUE_TEST_MODEL, or fetch it (duologue models pull smollm2)"
