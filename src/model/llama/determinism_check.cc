#include "model/llama/determinism_check.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <llama.h>

#include "model/llama/loading.h"
#include "model/llama/prompt.h"
#include "model/llama/vocab.h"

namespace duologue::model {

using base::ErrorKind;
using llama::Token;

namespace {

constexpr std::uint32_t kSequences = 16;
constexpr std::uint32_t kContext = 512;
constexpr std::size_t kPrompt = 100;  // tokens that every probe starts from
constexpr std::size_t kSteps = 6;     // single tokens compared after it

using Logits = std::vector<float>;

// A context and the simplest operations on it. The first failed decode fails everything after it.
class Bench {
 public:
  Bench(llama_context* context, const llama::Vocab& vocab, const llama::ContextPlan& plan)
      : context_(context), n_vocab_(vocab.size()), plan_(plan) {
    std::mt19937 random(3);
    for (std::uint32_t s = 0; s < kSequences; ++s) {
      std::vector<Token> text;
      while (text.size() < kContext) {
        const auto token = static_cast<Token>(random() % vocab.size());
        if (!vocab.is_control(token) && !vocab.ends_generation(token)) text.push_back(token);
      }
      texts_.push_back(std::move(text));
    }
  }

  bool failed() const { return failed_; }
  void clear() { llama_memory_clear(llama_get_memory(context_), true); }

  // Tokens [from, to) of a text into a sequence, in one call. The last one's logits.
  Logits read(int sequence, int text, std::size_t from, std::size_t to, bool all_logits = false) {
    begin();
    const std::size_t wanted = all_logits ? to - from : plan_.joins_sequences ? 1 : 2;  // as the decoder does
    for (std::size_t i = from; i < to; ++i) add(sequence, text, i, i + wanted >= to);
    return decode(static_cast<std::int32_t>(to - from) - 1);
  }

  // The next token of sequence 0, and one of each of `others` more sequences (at depths of their own), in one
  // call.
  Logits step_beside(std::size_t at, std::uint32_t others, std::size_t step) {
    begin();
    add(0, 0, at, true);
    for (std::uint32_t s = 1; s <= others; ++s)
      add(static_cast<int>(s), static_cast<int>(s), depth_of(s) + step, true);
    return decode(0);
  }
  static std::size_t depth_of(std::uint32_t sequence) { return 8 + 15 * sequence; }

  // Two prompts in one call.
  Logits read_two(std::size_t first, std::size_t second) {
    begin();
    for (std::size_t i = 0; i < first; ++i) add(0, 0, i, i + 1 == first);
    for (std::size_t i = 0; i < second; ++i) add(1, 1, i, i + 1 == second);
    return decode(static_cast<std::int32_t>(first) - 1);
  }

  // As Sequences does.
  bool copy(int from, int to, std::size_t keep) {
    llama_memory_t memory = llama_get_memory(context_);
    if (plan_.has_window) {
      llama_memory_seq_cp(memory, from, to, -1, -1);
    } else {
      std::vector<std::uint8_t> state(llama_state_seq_get_size(context_, from));
      if (llama_state_seq_get_data(context_, state.data(), state.size(), from) != state.size()) return false;
      llama_memory_seq_rm(memory, to, -1, -1);
      if (llama_state_seq_set_data(context_, state.data(), state.size(), to) != state.size()) return false;
    }
    return llama_memory_seq_rm(memory, to, static_cast<llama_pos>(keep), -1);
  }

 private:
  void begin() {
    tokens_.clear();
    positions_.clear();
    sequences_.clear();
    wanted_.clear();
  }
  void add(int sequence, int text, std::size_t i, bool wanted) {
    tokens_.push_back(texts_[static_cast<std::size_t>(text)][i]);
    positions_.push_back(static_cast<llama_pos>(i));
    sequences_.push_back(sequence);
    wanted_.push_back(static_cast<std::int8_t>(wanted));
  }
  Logits decode(std::int32_t row) {
    std::vector<std::int32_t> counts(tokens_.size(), 1);
    std::vector<llama_seq_id*> ids;
    ids.reserve(sequences_.size());
    for (llama_seq_id& sequence : sequences_) ids.push_back(&sequence);
    const llama_batch batch = {static_cast<std::int32_t>(tokens_.size()),
                               tokens_.data(),
                               nullptr,
                               positions_.data(),
                               counts.data(),
                               ids.data(),
                               wanted_.data()};
    if (failed_ || llama_decode(context_, batch) != 0) {
      failed_ = true;
      return {};
    }
    const float* logits = llama_get_logits_ith(context_, row);
    return {logits, logits + n_vocab_};
  }

  llama_context* context_;
  std::size_t n_vocab_;
  llama::ContextPlan plan_;
  bool failed_ = false;
  std::vector<std::vector<Token>> texts_;
  std::vector<Token> tokens_;
  std::vector<llama_pos> positions_;
  std::vector<llama_seq_id> sequences_;
  std::vector<std::int8_t> wanted_;
};

// The prompt's last logits, then those after each of kSteps single tokens: how the decoder does it.
std::vector<Logits> reference(Bench& bench) {
  bench.clear();
  std::vector<Logits> logits = {bench.read(0, 0, 0, kPrompt)};
  for (std::size_t i = 0; i < kSteps; ++i) logits.push_back(bench.read(0, 0, kPrompt + i, kPrompt + i + 1));
  return logits;
}

DeterminismProbe compare(std::string what, bool needed, const std::vector<Logits>& a,
                         const std::vector<Logits>& b) {
  DeterminismProbe probe{std::move(what), true, 0, needed};
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (a[i].size() != b[i].size()) {
      probe.equal = false;
      probe.max_difference = INFINITY;
      continue;
    }
    probe.equal = probe.equal && std::memcmp(a[i].data(), b[i].data(), b[i].size() * sizeof(float)) == 0;
    for (std::size_t j = 0; j < b[i].size(); ++j) {
      probe.max_difference = std::max(probe.max_difference, std::abs(static_cast<double>(a[i][j] - b[i][j])));
    }
  }
  return probe;
}

std::vector<Logits> steps_after(Bench& bench, Logits first, int sequence = 0) {
  std::vector<Logits> logits = {std::move(first)};
  for (std::size_t i = 0; i < kSteps; ++i)
    logits.push_back(bench.read(sequence, 0, kPrompt + i, kPrompt + i + 1));
  return logits;
}

DeterminismProbe beside_others(Bench& bench, const std::vector<Logits>& alone, std::uint32_t others,
                               bool needed) {
  bench.clear();
  std::vector<Logits> logits = {bench.read(0, 0, 0, kPrompt)};
  for (std::uint32_t s = 1; s <= others; ++s) {
    bench.read(static_cast<int>(s), static_cast<int>(s), 0, Bench::depth_of(s));
  }
  for (std::size_t i = 0; i < kSteps; ++i) logits.push_back(bench.step_beside(kPrompt + i, others, i));
  return compare(fmt::format("single tokens beside {} other{}", others, others == 1 ? "" : "s"), needed,
                 alone, logits);
}

DeterminismProbe with_all_logits(Bench& bench, const std::vector<Logits>& alone) {
  bench.clear();
  Logits first = bench.read(0, 0, 0, kPrompt, true);
  return compare("a prompt whose every token is scored", true, alone, steps_after(bench, std::move(first)));
}

DeterminismProbe read_anew(Bench& bench, const std::vector<Logits>& alone) {
  bench.clear();
  bench.read(3, 3, 0, 60);
  bench.read(0, 4, 0, 90);  // somebody else's text, then cut away
  bench.clear();
  return compare("a conversation read anew", true, alone, reference(bench));
}

DeterminismProbe forked(Bench& bench, const std::vector<Logits>& alone) {
  bench.clear();
  Logits first = bench.read(0, 0, 0, kPrompt);
  for (std::size_t i = 0; i < 20; ++i) bench.read(0, 5, kPrompt + i, kPrompt + i + 1);
  if (!bench.copy(0, 2, kPrompt)) return {"a conversation copied to another sequence", false, INFINITY, true};
  return compare("a conversation copied to another sequence", true, alone,
                 steps_after(bench, std::move(first), 2));
}

DeterminismProbe in_pieces(Bench& bench, const std::vector<Logits>& alone, std::size_t piece) {
  bench.clear();
  Logits last;
  for (std::size_t from = 0; from < kPrompt; from += piece) {
    last = bench.read(0, 0, from, std::min(from + piece, kPrompt));
  }
  return compare(piece == 1 ? "a prompt token by token" : fmt::format("a prompt in pieces of {}", piece),
                 false, alone, steps_after(bench, std::move(last)));
}

DeterminismProbe beside_a_prompt(Bench& bench, const std::vector<Logits>& alone) {
  bench.clear();
  Logits first = bench.read_two(kPrompt, kPrompt / 2);
  return compare("a prompt read beside another", false, alone, steps_after(bench, std::move(first)));
}

}  // namespace

base::Result<DeterminismReport> check_determinism(const LlamaOptions& options,
                                                  const std::function<void(double done)>& on_progress,
                                                  std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  LlamaOptions own = options;
  own.determinism = Determinism::kExact;
  own.gpu_layers = 0;  // on a GPU nothing is exact (gpu.h)
  own.context_tokens = kContext;
  own.max_sequences = kSequences;
  if (own.name.empty()) own.name = own.path;
  TRY_ASSIGN(const llama::ModelHandle model, llama::load_model(own, {}, stop));
  TRY_ASSIGN(llama::ContextPlan plan, llama::plan_context(model.get(), own));
  const bool joins = plan.joins_sequences;
  if (plan.sequences < kSequences) {
    return base::fail(ErrorKind::kModel,
                      fmt::format("the check needs room for {} sequences of {} tokens; {} fit", kSequences,
                                  kContext, plan.sequences));
  }
  plan.joint_tokens = 2 * llama::kPieceTokens;
  TRY_ASSIGN(const llama::ThreadpoolHandle pool, llama::make_threadpool(plan.threads));
  TRY_ASSIGN(const llama::ContextHandle context, llama::make_context(model.get(), own, plan, pool.get()));
  const llama::Vocab vocab(model.get());
  Bench bench(context.get(), vocab, plan);
  const std::vector<Logits> alone = reference(bench);

  const std::vector<std::function<DeterminismProbe()>> all = {
      [&] { return beside_others(bench, alone, 1, joins); },
      [&] { return beside_others(bench, alone, 3, joins); },
      [&] { return beside_others(bench, alone, 7, joins); },
      [&] { return beside_others(bench, alone, 15, joins); },
      [&] { return with_all_logits(bench, alone); },
      [&] { return read_anew(bench, alone); },
      [&] { return forked(bench, alone); },
      [&] { return in_pieces(bench, alone, 32); },
      [&] { return in_pieces(bench, alone, 2); },
      [&] { return in_pieces(bench, alone, 1); },
      [&] { return beside_a_prompt(bench, alone); },
  };
  DeterminismReport report;
  report.joins_conversations = joins;
  report.exact_holds = true;
  for (const auto& probe : all) {
    if (stop.stop_requested()) return base::fail(ErrorKind::kCancelled, "the check was stopped");
    if (!plan.can_roll_back && report.probes.size() == 6) {
      report.probes.push_back({"a conversation copied to another sequence", true, 0, false});  // never cut
      continue;
    }
    report.probes.push_back(probe());
    report.exact_holds = report.exact_holds && (report.probes.back().equal || !report.probes.back().needed);
    if (on_progress) on_progress(static_cast<double>(report.probes.size()) / static_cast<double>(all.size()));
  }
  if (bench.failed()) return base::fail(ErrorKind::kModel, fmt::format("{} failed to decode", own.name));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace duologue::model
