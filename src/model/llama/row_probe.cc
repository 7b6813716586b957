#include "model/llama/row_probe.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <llama.h>

#include "model/llama/backend.h"

namespace duologue::model::llama {

namespace {

constexpr std::int64_t kRows = 64;  // of the weights: more only repeat
constexpr std::int64_t kMaxTokens = 32;
constexpr std::int64_t kMaxWidth = 1 << 17;

// One matrix stands for all of its type and width.
struct Matrix {
  ggml_type type = GGML_TYPE_COUNT;
  std::int64_t width = 0;
  std::int64_t rows = 0;
  std::size_t offset = 0;  // in the file
};

struct FreeGguf {
  void operator()(gguf_context* gguf) const { gguf_free(gguf); }
};
struct FreeGgml {
  void operator()(ggml_context* context) const { ggml_free(context); }
};

// Tables that are looked up in, never multiplied with.
bool is_table(std::string_view name) {
  return name.starts_with("position_embd") || name.starts_with("token_types") ||
         name.find("ssm_conv1d") != std::string_view::npos || name.ends_with("ssm_a");
}

std::vector<Matrix> matrices_of(const gguf_context* gguf) {
  const bool tied = gguf_find_tensor(gguf, "output.weight") < 0;  // the embeddings are the output matrix too
  std::set<std::pair<ggml_type, std::int64_t>> seen;
  std::vector<Matrix> matrices;
  for (std::int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i) {
    const std::int64_t* size = gguf_get_tensor_ne(gguf, i);
    const std::string_view name = gguf_get_tensor_name(gguf, i);
    const ggml_type type = gguf_get_tensor_type(gguf, i);
    if (size[1] <= 1 || is_table(name) || (name.starts_with("token_embd") && !tied)) continue;
    if (!seen.insert({type, size[0]}).second) continue;
    matrices.push_back({type, size[0], std::min(size[1], kRows),
                        gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, i)});
  }
  return matrices;
}

// weights * inputs for the first `tokens` inputs; a result of `rows` for each.
std::vector<float> product(const Matrix& matrix, const std::vector<std::uint8_t>& weights,
                           const float* inputs, std::int64_t tokens) {
  const std::size_t memory =
      weights.size() + static_cast<std::size_t>((3 * matrix.width + matrix.rows) * tokens) * sizeof(float) +
      (std::size_t{4} << 20);
  const std::unique_ptr<ggml_context, FreeGgml> context(ggml_init({memory, nullptr, false}));
  ggml_tensor* a = ggml_new_tensor_2d(context.get(), matrix.type, matrix.width, matrix.rows);
  ggml_tensor* b = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, matrix.width, tokens);
  std::memcpy(a->data, weights.data(), weights.size());
  std::memcpy(b->data, inputs, ggml_nbytes(b));
  ggml_tensor* c = ggml_mul_mat(context.get(), a, b);
  ggml_cgraph* graph = ggml_new_graph(context.get());
  ggml_build_forward_expand(graph, c);
  if (ggml_graph_compute_with_ctx(context.get(), graph, 1) != GGML_STATUS_SUCCESS) return {};
  const auto* values = static_cast<const float*>(c->data);
  return {values, values + matrix.rows * tokens};
}

bool independent(const Matrix& matrix, std::ifstream& file) {
  if (matrix.width > kMaxWidth || matrix.width % ggml_blck_size(matrix.type) != 0) return false;
  std::vector<std::uint8_t> weights(ggml_row_size(matrix.type, matrix.width) *
                                    static_cast<std::size_t>(matrix.rows));
  file.seekg(static_cast<std::streamoff>(matrix.offset));
  if (!file.read(reinterpret_cast<char*>(weights.data()), static_cast<std::streamsize>(weights.size())))
    return false;
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> inputs(static_cast<std::size_t>(matrix.width * kMaxTokens));
  for (float& value : inputs) value = normal(random);
  std::vector<float> alone;
  for (std::int64_t i = 0; i < kMaxTokens; ++i) {
    const std::vector<float> one = product(matrix, weights, inputs.data() + i * matrix.width, 1);
    alone.insert(alone.end(), one.begin(), one.end());
  }
  return std::ranges::all_of(std::initializer_list<std::int64_t>{2, 3, 4, 5, 7, 8, 12, 16, 17, kMaxTokens},
                             [&](std::int64_t tokens) {
                               const std::vector<float> together =
                                   product(matrix, weights, inputs.data(), tokens);
                               return !together.empty() && std::memcmp(together.data(), alone.data(),
                                                                       together.size() * sizeof(float)) == 0;
                             });
}

}  // namespace

base::Result<bool> rows_are_independent(const std::string& path) {
  start_backend();
  const std::unique_ptr<gguf_context, FreeGguf> gguf(gguf_init_from_file(path.c_str(), {true, nullptr}));
  if (!gguf) return base::fail(base::ErrorKind::kModel, fmt::format("can't read {} as a GGUF", path));
  std::ifstream file(path, std::ios::binary);
  return std::ranges::all_of(matrices_of(gguf.get()),
                             [&](const Matrix& matrix) { return independent(matrix, file); });
}

}  // namespace duologue::model::llama
