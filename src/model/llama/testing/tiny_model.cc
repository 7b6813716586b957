#include "model/llama/testing/tiny_model.h"

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <llama.h>

#include "base/hash.h"
#include "base/paths.h"
#include "model/llama/quantize.h"

namespace duologue::model::llama::testing {

const char* const TinyModel::kChatml =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + "
    "'\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

namespace {

constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kKvHeads = 2;
constexpr std::int64_t kHeadWidth = kWidth / kHeads;
constexpr std::int64_t kFeedForward = 128;

struct Words {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<std::int32_t> types;
  void add(std::string text, float score, std::int32_t type) {
    texts.push_back(std::move(text));
    scores.push_back(score);
    types.push_back(type);
  }
};

Words words_of(const TinyModel& model) {
  enum : std::int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kByte = 6 };
  Words words;
  words.add("<unk>", 0, kUnknown);
  words.add("<s>", 0, kControl);
  words.add("</s>", 0, kControl);
  for (int byte = 0; byte < 256; ++byte) words.add(fmt::format("<0x{:02X}>", byte), 0, kByte);
  words.add("<|im_start|>", 0, model.markers_are_words ? kUserDefined : kControl);
  words.add("<|im_end|>", 0, kControl);
  if (model.think_is_added_word) {
    words.add("<think>", 0, kUserDefined);
    words.add("</think>", 0, kUserDefined);
  }
  float score = -1;
  for (const char* word : {"th", "the", "he", "ll", "hell", "hello", "us", "user", "er", "in", "an", "and",
                           "on", "re", "▁", "▁the", "▁he", "▁a"}) {
    words.add(word, score -= 1, kNormal);
  }
  for (char c = '!'; c <= '~'; ++c) words.add(std::string(1, c), -100 - static_cast<float>(c), kNormal);
  return words;
}

// A GGUF being written: keys, and tensors of random numbers.
class Writer {
 public:
  explicit Writer(std::string architecture)
      : architecture_(std::move(architecture)),
        gguf_(gguf_init_empty()),
        tensors_(ggml_init({std::size_t{16} << 20, nullptr, false})) {
    gguf_set_val_str(gguf_, "general.architecture", architecture_.c_str());
  }
  ~Writer() {
    gguf_free(gguf_);
    ggml_free(tensors_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void number(const char* key, std::int64_t value) {
    gguf_set_val_u32(gguf_, (architecture_ + "." + key).c_str(), static_cast<std::uint32_t>(value));
  }
  void real(const char* key, double value) {
    gguf_set_val_f32(gguf_, (architecture_ + "." + key).c_str(), static_cast<float>(value));
  }
  gguf_context* gguf() { return gguf_; }

  // Normally distributed round `mean`; `spread` 0: all of them `mean`.
  void tensor(const std::string& name, std::vector<std::int64_t> shape, double spread, double mean = 0) {
    ggml_tensor* made =
        ggml_new_tensor(tensors_, GGML_TYPE_F32, static_cast<int>(shape.size()), shape.data());
    ggml_set_name(made, name.c_str());
    auto* values = static_cast<float*>(made->data);
    std::normal_distribution<double> normal(0, 1);
    for (std::int64_t i = 0; i < ggml_nelements(made); ++i) {
      values[i] = static_cast<float>(mean + (spread == 0 ? 0 : spread * normal(random_)));
    }
    gguf_add_tensor(gguf_, made);
  }

 private:
  std::string architecture_;
  gguf_context* gguf_;
  ggml_context* tensors_;
  std::mt19937 random_{7};
};

void write_vocabulary(Writer& writer, const TinyModel& model, const Words& words) {
  gguf_context* gguf = writer.gguf();
  std::vector<const char*> texts;
  for (const std::string& text : words.texts) texts.push_back(text.c_str());
  gguf_set_val_str(gguf, "tokenizer.ggml.model", "llama");
  gguf_set_arr_str(gguf, "tokenizer.ggml.tokens", texts.data(), texts.size());
  gguf_set_arr_data(gguf, "tokenizer.ggml.scores", GGUF_TYPE_FLOAT32, words.scores.data(),
                    words.scores.size());
  gguf_set_arr_data(gguf, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, words.types.data(),
                    words.types.size());
  gguf_set_val_u32(gguf, "tokenizer.ggml.bos_token_id", 1);
  gguf_set_val_u32(gguf, "tokenizer.ggml.eos_token_id", 260);  // <|im_end|>
  gguf_set_val_bool(gguf, "tokenizer.ggml.add_bos_token", true);
  gguf_set_val_bool(gguf, "tokenizer.ggml.add_space_prefix", false);
  if (!model.chat_template.empty()) {
    gguf_set_val_str(gguf, "tokenizer.chat_template", model.chat_template.c_str());
  }
}

void write_attention(Writer& writer, const std::string& block, bool gemma) {
  const double spread = 1.0 / std::sqrt(static_cast<double>(kWidth));
  writer.tensor(block + "attn_norm.weight", {kWidth}, 0.1, 1);
  writer.tensor(block + "attn_q.weight", {kWidth, kWidth}, spread * 2);
  writer.tensor(block + "attn_k.weight", {kWidth, kKvHeads * kHeadWidth}, spread * 2);
  writer.tensor(block + "attn_v.weight", {kWidth, kKvHeads * kHeadWidth}, spread);
  writer.tensor(block + "attn_output.weight", {kWidth, kWidth}, spread);
  writer.tensor(block + "ffn_norm.weight", {kWidth}, 0.1, 1);
  writer.tensor(block + "ffn_gate.weight", {kWidth, kFeedForward}, spread);
  writer.tensor(block + "ffn_up.weight", {kWidth, kFeedForward}, spread);
  writer.tensor(block + "ffn_down.weight", {kFeedForward, kWidth}, spread);
  if (!gemma) return;
  writer.tensor(block + "post_attention_norm.weight", {kWidth}, 0.1, 1);
  writer.tensor(block + "attn_k_norm.weight", {kHeadWidth}, 0.1, 1);
  writer.tensor(block + "attn_q_norm.weight", {kHeadWidth}, 0.1, 1);
  writer.tensor(block + "post_ffw_norm.weight", {kWidth}, 0.1, 1);
}

void write_mamba(Writer& writer, const std::string& block) {
  constexpr std::int64_t kInner = 2 * kWidth, kConv = 4, kState = 8, kRank = 4;
  writer.tensor(block + "attn_norm.weight", {kWidth}, 0.1, 1);
  writer.tensor(block + "ssm_in.weight", {kWidth, 2 * kInner}, 0.15);
  writer.tensor(block + "ssm_conv1d.weight", {kConv, kInner}, 0.3);
  writer.tensor(block + "ssm_conv1d.bias", {kInner}, 0.1);
  writer.tensor(block + "ssm_x.weight", {kInner, kRank + 2 * kState}, 0.1);
  writer.tensor(block + "ssm_dt.weight", {kRank, kInner}, 0.3);
  writer.tensor(block + "ssm_dt.bias", {kInner}, 0.1);
  writer.tensor(block + "ssm_a", {kState, kInner}, 0, -1);
  writer.tensor(block + "ssm_d", {kInner}, 0.1, 1);
  writer.tensor(block + "ssm_out.weight", {kInner, kWidth}, 0.1);
}

bool write(const TinyModel& model, const std::string& path) {
  const bool mamba = model.kind == TinyKind::kMamba;
  const bool gemma = model.kind == TinyKind::kGemma3;
  const std::int64_t layers = gemma ? 7 : 2;  // every sixth layer of gemma sees everything
  Writer writer(mamba ? "mamba" : gemma ? "gemma3" : "llama");
  writer.number("context_length", 2048);
  writer.number("embedding_length", kWidth);
  writer.number("block_count", layers);
  writer.number("feed_forward_length", mamba ? 0 : kFeedForward);
  writer.number("attention.head_count", mamba ? 0 : kHeads);
  writer.real("attention.layer_norm_rms_epsilon", 1e-5);
  if (mamba) {
    writer.number("ssm.conv_kernel", 4);
    writer.number("ssm.inner_size", 2 * kWidth);
    writer.number("ssm.state_size", 8);
    writer.number("ssm.time_step_rank", 4);
  } else {
    writer.number("attention.head_count_kv", kKvHeads);
    writer.number("attention.key_length", kHeadWidth);
    writer.number("attention.value_length", kHeadWidth);
    writer.number("rope.dimension_count", kHeadWidth);
  }
  if (gemma) writer.number("attention.sliding_window", 16);
  const Words words = words_of(model);
  write_vocabulary(writer, model, words);
  const auto vocabulary = static_cast<std::int64_t>(words.texts.size());
  writer.tensor("token_embd.weight", {kWidth, vocabulary}, gemma ? 0.125 : 1);
  writer.tensor("output_norm.weight", {kWidth}, 0.1, 1);
  writer.tensor("output.weight", {kWidth, vocabulary}, 0.3);
  for (std::int64_t i = 0; i < layers; ++i) {
    const std::string block = fmt::format("blk.{}.", i);
    mamba ? write_mamba(writer, block) : write_attention(writer, block, gemma);
  }
  return gguf_write_to_file(writer.gguf(), path.c_str(), false);
}

}  // namespace

std::string temporary_folder() {
  struct Folder {
    Folder() {
      std::string made = (std::filesystem::temp_directory_path() / "duologue-test-XXXXXX").string();
      if (mkdtemp(made.data()) == nullptr) std::abort();
      path = made;
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::string path;
  };
  static const Folder folder;
  return folder.path;
}

std::string tiny_model(const TinyModel& model) {
  const std::string name =
      base::hash_bytes(fmt::format("{} {} {} {}", static_cast<int>(model.kind), model.markers_are_words,
                                   model.think_is_added_word, model.chat_template))
          .short_hex();
  std::string path = temporary_folder() + "/" + name + ".gguf";
  if (model.quantised) {
    TinyModel plain = model;
    plain.quantised = false;
    std::string target = temporary_folder() + "/" + name + ".q8.gguf";
    if (!std::filesystem::exists(target) && !quantize_q8_0(tiny_model(plain), target)) std::abort();
    return target;
  }
  if (!std::filesystem::exists(path) && !write(model, path)) std::abort();
  return path;
}

std::string real_model() {
  if (const auto given = base::environment("DUOLOGUE_TEST_MODEL")) return *given;
  const std::string path = base::cache_folder().path + "/models/smollm2.Q8_0.gguf";
  return std::filesystem::exists(path) ? path : std::string();
}

}  // namespace duologue::model::llama::testing
