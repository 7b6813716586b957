#include "model/embedders/static_embedder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/unicode.h"
#include "model/embedders/safetensors.h"
#include "model/embedders/tokenizer_file.h"

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view kRecipe = "duologue static embeddings, version 1";
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{8} << 30;
constexpr std::uint64_t kMaxDimensions = 65'536;
constexpr std::size_t kMaxTokenizerBytes = std::size_t{64} << 20;
constexpr std::size_t kBlock = 256;  // rows added up in 32 bits before they go into the sum of 64

std::string weights_path(const std::string& folder) { return folder + "/model.safetensors"; }
std::string tokenizer_path(const std::string& folder) { return folder + "/tokenizer.json"; }

// What the rows of a text are made of.
struct Table {
  std::vector<float> rows;  // row-major
  std::uint64_t count = 0;
  std::uint32_t dimensions = 0;
  std::vector<float> weights;          // by token id; empty: all 1
  std::vector<std::uint32_t> mapping;  // from token id to row; empty: the id is the row
};

base::Error misfit(const std::string& path, const std::string& what) {
  return {ErrorKind::kModel, fmt::format("{}: not a model2vec model: {}", path, what), std::nullopt};
}

Result<Table> read_table(const Safetensors& file) {
  const SafeTensor* embeddings = file.find("embeddings");
  if (embeddings == nullptr) embeddings = file.find("embedding.weight");  // as sentence-transformers names it
  if (embeddings == nullptr || embeddings->shape.size() != 2 || embeddings->elements == 0)
    return std::unexpected(misfit(file.path(), "it has no table `embeddings` of two dimensions"));
  if (embeddings->shape[1] > kMaxDimensions || embeddings->elements > kMaxTableBytes / sizeof(float)) {
    return std::unexpected(misfit(file.path(), fmt::format("a table of {} x {} is more than is read",
                                                           embeddings->shape[0], embeddings->shape[1])));
  }
  Table table;
  table.count = embeddings->shape[0];
  table.dimensions = static_cast<std::uint32_t>(embeddings->shape[1]);
  TRY_ASSIGN(table.rows, file.floats(*embeddings));
  if (const SafeTensor* weights = file.find("weights")) {
    TRY_ASSIGN(table.weights, file.floats(*weights));
  }
  if (const SafeTensor* mapping = file.find("mapping")) {
    TRY_ASSIGN(const std::vector<std::int64_t> rows, file.integers(*mapping));
    for (const std::int64_t row : rows) {
      if (row < 0 || static_cast<std::uint64_t>(row) >= table.count)
        return std::unexpected(
            misfit(file.path(), fmt::format("a token maps to row {} of {}", row, table.count)));
      table.mapping.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return table;
}

base::Status check_fit(const Table& table, const TextTokenizer& tokenizer, const std::string& path) {
  const std::uint64_t tokens = std::uint64_t{tokenizer.largest_id()} + 1;
  const std::uint64_t rows = table.mapping.empty() ? table.count : table.mapping.size();
  if (rows < tokens)
    return std::unexpected(misfit(path, fmt::format("{} tokens, but rows for {}", tokens, rows)));
  if (!table.weights.empty() && table.weights.size() < tokens)
    return std::unexpected(
        misfit(path, fmt::format("{} tokens, but weights for {}", tokens, table.weights.size())));
  return {};
}

Result<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorKind::kNotFound, fmt::format("{}: {}", path, error.message()));
  if (bytes > kMaxTokenizerBytes)
    return fail(ErrorKind::kModel,
                fmt::format("{}: {} bytes: at most {} are read", path, bytes, kMaxTokenizerBytes));
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes)))
    return fail(ErrorKind::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
  return text;
}

class StaticEmbedder final : public Embedder {
 public:
  StaticEmbedder(EmbedderInfo info, Table table, TextTokenizer tokenizer)
      : info_(std::move(info)), table_(std::move(table)), tokenizer_(std::move(tokenizer)) {}

  const EmbedderInfo& info() const override { return info_; }

  Result<Embeddings> embed(std::span<const std::string_view> texts, std::stop_token stop) override {
    Embeddings out(texts.size(), info_.dimensions);
    std::vector<double> sum(info_.dimensions);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped embedding texts");
      if (add_up(texts[i], sum)) out.set(i, std::span<const double>(sum));
    }
    return out;
  }

 private:
  // The mean's direction is the sum's. False: no token that is known.
  bool add_up(std::string_view text, std::vector<double>& sum) const {
    if (base::is_all_space(text)) return false;
    std::ranges::fill(sum, 0.0);
    std::vector<float> block(sum.size());
    std::size_t added = 0;
    const auto flush = [&] {
      for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += static_cast<double>(block[d]);
      std::ranges::fill(block, 0.0F);
    };
    for (const std::uint32_t id : tokenizer_.encode(text)) {
      if (tokenizer_.unknown_id() == id) continue;
      const std::size_t row = table_.mapping.empty() ? id : table_.mapping[id];
      const float weight = table_.weights.empty() ? 1.0F : table_.weights[id];
      const float* values = table_.rows.data() + row * block.size();
      for (std::size_t d = 0; d < block.size(); ++d) block[d] += weight * values[d];
      if (++added % kBlock == 0) flush();
    }
    flush();
    return added > 0;
  }

  const EmbedderInfo info_;
  const Table table_;
  const TextTokenizer tokenizer_;
};

}  // namespace

bool is_static_folder(const std::string& folder) {
  std::error_code error;
  return std::filesystem::is_regular_file(weights_path(folder), error) &&
         std::filesystem::is_regular_file(tokenizer_path(folder), error);
}

Result<std::unique_ptr<Embedder>> open_static_embedder(const std::string& folder, const std::string& name) {
  TRY_ASSIGN(const Safetensors file, Safetensors::open(weights_path(folder)));
  TRY_ASSIGN(const std::string json, read_text_file(tokenizer_path(folder)));
  TRY_ASSIGN(TextTokenizer tokenizer, TextTokenizer::parse(json, tokenizer_path(folder)));
  TRY_ASSIGN(Table table, read_table(file));
  TRY(check_fit(table, tokenizer, folder));
  TRY_ASSIGN(const base::Hash weights, base::hash_file(file.path()));
  EmbedderInfo info{
      .name = name,
      .identity = base::Hasher().field(kRecipe).field(weights).field(base::hash_bytes(json)).finish().hex(),
      .dimensions = table.dimensions,
      .max_tokens = 0};
  return std::make_unique<StaticEmbedder>(std::move(info), std::move(table), std::move(tokenizer));
}

}  // namespace duologue::model
