#include "model/llama/convert_bert.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <ggml.h>
#include <gguf.h>

#include "model/embedders/safetensors.h"

namespace duologue::model::llama {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

constexpr float kLargestHalf = 65504;
constexpr std::uint64_t kMaxLayers = 256;
constexpr std::size_t kMaxTokens = 1'000'000;
constexpr std::uintmax_t kMaxVocabularyBytes = 64 << 20;
constexpr float kNormEpsilon = 1e-12F;  // of every published BERT

struct Names {
  std::string_view theirs;
  std::string_view ours;
};
constexpr std::array<Names, 5> kOfTheModel = {
    {{"embeddings.word_embeddings.weight", "token_embd.weight"},
     {"embeddings.position_embeddings.weight", "position_embd.weight"},
     {"embeddings.token_type_embeddings.weight", "token_types.weight"},
     {"embeddings.LayerNorm.weight", "token_embd_norm.weight"},
     {"embeddings.LayerNorm.bias", "token_embd_norm.bias"}}};
// After "encoder.layer.N." and "blk.N."; each with .weight and .bias.
constexpr std::array<Names, 8> kOfALayer = {{{"attention.self.query", "attn_q"},
                                             {"attention.self.key", "attn_k"},
                                             {"attention.self.value", "attn_v"},
                                             {"attention.output.dense", "attn_output"},
                                             {"attention.output.LayerNorm", "attn_output_norm"},
                                             {"intermediate.dense", "ffn_up"},
                                             {"output.dense", "ffn_down"},
                                             {"output.LayerNorm", "layer_output_norm"}}};
// What embeddings don't need.
constexpr std::array<std::string_view, 3> kDropped = {"embeddings.position_ids", "pooler.dense.weight",
                                                      "pooler.dense.bias"};

struct FreeGguf {
  void operator()(gguf_context* gguf) const { gguf_free(gguf); }
};
struct FreeGgml {
  void operator()(ggml_context* context) const { ggml_free(context); }
};

Result<std::vector<std::string>> read_vocabulary(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorKind::kNotFound, fmt::format("{}: {}", path, error.message()));
  if (bytes > kMaxVocabularyBytes) return fail(ErrorKind::kModel, path + ": too large for a vocabulary");
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> tokens;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    tokens.push_back(std::move(line));
    if (tokens.size() > kMaxTokens) return fail(ErrorKind::kModel, path + ": too many tokens");
  }
  if (file.bad()) return fail(ErrorKind::kIo, path + ": can't be read");
  return tokens;
}

// One GGUF in the making. The tensors' data lies here until it is written.
class BertWriter {
 public:
  BertWriter(const BertSource& source, const Safetensors& file, std::vector<std::string> tokens)
      : source_(source), file_(file), tokens_(std::move(tokens)), gguf_(gguf_init_empty()) {
    const std::size_t tensors = file.tensors().size() + 1;
    context_.reset(ggml_init({tensors * ggml_tensor_overhead(), nullptr, true}));
  }

  Status fill() {
    TRY(measure());
    write_keys();
    TRY(write_vocabulary());
    for (const Names& names : kOfTheModel) TRY(add(std::string(names.theirs), std::string(names.ours)));
    for (std::uint64_t layer = 0; layer < layers_; ++layer) {
      for (const Names& names : kOfALayer) {
        for (const std::string_view kind : {".weight", ".bias"}) {
          TRY(add(fmt::format("encoder.layer.{}.{}{}", layer, names.theirs, kind),
                  fmt::format("blk.{}.{}{}", layer, names.ours, kind)));
        }
      }
    }
    return check_nothing_is_left();
  }

  Status write(const std::string& target) const {
    const std::string part = fmt::format("{}.part-{}", target, ::getpid());
    std::error_code error;
    if (!gguf_write_to_file(gguf_.get(), part.c_str(), false)) {
      std::filesystem::remove(part, error);
      return fail(ErrorKind::kIo, fmt::format("can't write {}: is the disk full?", target));
    }
    std::filesystem::rename(part, target, error);
    if (!error) return {};
    const std::string why = error.message();
    std::filesystem::remove(part, error);
    return fail(ErrorKind::kIo, fmt::format("can't write {}: {}", target, why));
  }

 private:
  std::unexpected<base::Error> misfit(const std::string& what) const {
    return std::unexpected(base::Error{
        ErrorKind::kModel, fmt::format("{} isn't the BERT it should be: {}", source_.safetensors, what),
        std::nullopt});
  }

  // Some files put "bert." before every name.
  const SafeTensor* find(const std::string& name) const {
    const SafeTensor* tensor = file_.find(name);
    return tensor != nullptr ? tensor : file_.find("bert." + name);
  }

  Status measure() {
    const SafeTensor* words = find("embeddings.word_embeddings.weight");
    const SafeTensor* positions = find("embeddings.position_embeddings.weight");
    const SafeTensor* types = find("embeddings.token_type_embeddings.weight");
    const SafeTensor* up = find("encoder.layer.0.intermediate.dense.weight");
    for (const SafeTensor* tensor : {words, positions, types, up}) {
      if (tensor == nullptr || tensor->shape.size() != 2 || tensor->elements == 0)
        return misfit("embeddings or layers are missing");
    }
    width_ = words->shape[1];
    types_ = types->shape[0];
    feed_forward_ = up->shape[0];
    if (words->shape[0] != tokens_.size())
      return misfit(fmt::format("{} tokens, but a vocabulary of {}", words->shape[0], tokens_.size()));
    if (source_.max_tokens == 0 || positions->shape[0] < source_.max_tokens)
      return misfit(fmt::format("{} positions, not {}", positions->shape[0], source_.max_tokens));
    if (source_.heads == 0 || width_ % source_.heads != 0)
      return misfit(fmt::format("{} heads don't divide {} dimensions", source_.heads, width_));
    while (layers_ < kMaxLayers &&
           find(fmt::format("encoder.layer.{}.intermediate.dense.weight", layers_)) != nullptr) {
      ++layers_;
    }
    return {};
  }

  void write_keys() {
    gguf_context* gguf = gguf_.get();
    const auto number = [gguf](const char* key, std::uint64_t value) {
      gguf_set_val_u32(gguf, key, static_cast<std::uint32_t>(value));
    };
    gguf_set_val_str(gguf, "general.architecture", "bert");
    gguf_set_val_str(gguf, "general.name", source_.name.c_str());
    number("general.file_type", 1);  // mostly F16
    number("bert.context_length", source_.max_tokens);
    number("bert.embedding_length", width_);
    number("bert.block_count", layers_);
    number("bert.feed_forward_length", feed_forward_);
    number("bert.attention.head_count", source_.heads);
    gguf_set_val_f32(gguf, "bert.attention.layer_norm_epsilon", kNormEpsilon);
    gguf_set_val_bool(gguf, "bert.attention.causal", false);
    number("bert.pooling_type", 1);  // mean
    number("tokenizer.ggml.token_type_count", types_);
  }

  // llama.cpp's form: "##x" becomes "x", the beginning of a word gets U+2581 before it, special tokens stay.
  Status write_vocabulary() {
    constexpr std::int32_t kNormal = 1;
    constexpr std::int32_t kControl = 3;
    constexpr std::array<std::pair<std::string_view, const char*>, 6> kSpecial = {
        {{"[CLS]", "tokenizer.ggml.bos_token_id"},
         {"[CLS]", "tokenizer.ggml.cls_token_id"},
         {"[SEP]", "tokenizer.ggml.seperator_token_id"},
         {"[UNK]", "tokenizer.ggml.unknown_token_id"},
         {"[PAD]", "tokenizer.ggml.padding_token_id"},
         {"[MASK]", "tokenizer.ggml.mask_token_id"}}};
    std::vector<std::int32_t> types(tokens_.size(), kNormal);
    for (const auto& [token, key] : kSpecial) {
      const auto found = std::ranges::find(tokens_, token);
      if (found == tokens_.end()) return misfit(fmt::format("its vocabulary lacks {}", token));
      const auto id = static_cast<std::size_t>(found - tokens_.begin());
      types[id] = kControl;
      gguf_set_val_u32(gguf_.get(), key, static_cast<std::uint32_t>(id));
    }
    std::vector<std::string> words;
    words.reserve(tokens_.size());
    for (std::size_t id = 0; id < tokens_.size(); ++id) {
      const std::string& token = tokens_[id];
      words.push_back(types[id] == kControl     ? token
                      : token.starts_with("##") ? token.substr(2)
                                                : "\xE2\x96\x81" + token);
    }
    std::vector<const char*> texts;
    texts.reserve(words.size());
    for (const std::string& word : words) texts.push_back(word.c_str());
    gguf_set_val_str(gguf_.get(), "tokenizer.ggml.model", "bert");
    gguf_set_arr_str(gguf_.get(), "tokenizer.ggml.tokens", texts.data(), texts.size());
    gguf_set_arr_data(gguf_.get(), "tokenizer.ggml.token_type", GGUF_TYPE_INT32, types.data(), types.size());
    return {};
  }

  // The matrices that are multiplied with are F16; what is added or looked up by position stays F32.
  static bool is_matrix(const std::string& name, const SafeTensor& tensor) {
    return tensor.shape.size() == 2 && name != "position_embd.weight" && name != "token_types.weight";
  }

  Status add(const std::string& theirs, const std::string& ours) {
    const SafeTensor* tensor = find(theirs);
    if (tensor == nullptr) return misfit("it has no " + theirs);
    if (tensor->elements == 0 || tensor->shape.empty() || tensor->shape.size() > 2)
      return misfit("the shape of " + theirs);
    TRY_ASSIGN(std::vector<float> values, file_.floats(*tensor));
    std::int64_t rows = tensor->shape.size() == 2 ? static_cast<std::int64_t>(tensor->shape[0]) : 1;
    const auto columns = static_cast<std::int64_t>(tensor->shape.back());
    if (ours == "position_embd.weight") rows = source_.max_tokens;
    values.resize(static_cast<std::size_t>(rows * columns));
    const bool half = is_matrix(ours, *tensor);
    const bool fits = std::ranges::all_of(values, [half](float value) {
      return half ? std::abs(value) <= kLargestHalf : std::isfinite(value);  // NaN compares false
    });
    if (!fits) return misfit("a weight of " + theirs + " is no finite number, or too large");
    const ggml_type type = half ? GGML_TYPE_F16 : GGML_TYPE_F32;
    ggml_tensor* made = tensor->shape.size() == 2 ? ggml_new_tensor_2d(context_.get(), type, columns, rows)
                                                  : ggml_new_tensor_1d(context_.get(), type, columns);
    ggml_set_name(made, ours.c_str());
    std::vector<std::byte>& data = data_.emplace_back(ggml_nbytes(made));
    if (half) {
      ggml_fp32_to_fp16_row(values.data(), reinterpret_cast<ggml_fp16_t*>(data.data()),
                            static_cast<std::int64_t>(values.size()));
    } else {
      std::memcpy(data.data(), values.data(), data.size());
    }
    made->data = data.data();
    gguf_add_tensor(gguf_.get(), made);
    ++used_;
    return {};
  }

  // A tensor that nobody asked for would be left out of the computation.
  Status check_nothing_is_left() const {
    std::size_t dropped = 0;
    for (const std::string_view name : kDropped) dropped += find(std::string(name)) != nullptr ? 1 : 0;
    if (used_ + dropped == file_.tensors().size()) return {};
    return misfit(
        fmt::format("{} tensors that such a model doesn't have", file_.tensors().size() - used_ - dropped));
  }

  const BertSource& source_;
  const Safetensors& file_;
  const std::vector<std::string> tokens_;
  std::unique_ptr<ggml_context, FreeGgml> context_;
  std::unique_ptr<gguf_context, FreeGguf> gguf_;
  std::vector<std::vector<std::byte>> data_;
  std::uint64_t width_ = 0;
  std::uint64_t types_ = 0;
  std::uint64_t feed_forward_ = 0;
  std::uint64_t layers_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

Status convert_bert(const BertSource& source, const std::string& target) {
  TRY_ASSIGN(const Safetensors file, Safetensors::open(source.safetensors));
  TRY_ASSIGN(std::vector<std::string> tokens, read_vocabulary(source.vocabulary));
  BertWriter writer(source, file, std::move(tokens));
  TRY(writer.fill());
  return writer.write(target);
}

}  // namespace duologue::model::llama
