#include "model/llama/testing/tiny_bert.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

#include <fmt/format.h>

namespace duologue::model::llama::testing {

namespace {

using Rows = std::vector<std::vector<double>>;
using model::testing::bytes_of;

std::vector<double> dense(const std::vector<double>& in, const std::vector<double>& weight,
                          const std::vector<double>& bias) {
  std::vector<double> out = bias;
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t i = 0; i < in.size(); ++i) out[o] += weight[o * in.size() + i] * in[i];
  }
  return out;
}

std::vector<double> normed(const std::vector<double>& in, const std::vector<double>& weight,
                           const std::vector<double>& bias) {
  double mean = 0;
  for (const double value : in) mean += value / static_cast<double>(in.size());
  double variance = 0;
  for (const double value : in) variance += (value - mean) * (value - mean) / static_cast<double>(in.size());
  std::vector<double> out;
  for (std::size_t i = 0; i < in.size(); ++i)
    out.push_back((in[i] - mean) / std::sqrt(variance + 1e-12) * weight[i] + bias[i]);
  return out;
}

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }

void add_to(std::vector<double>& sum, const std::vector<double>& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

}  // namespace

const std::vector<std::string>& TinyBert::vocabulary() {
  static const std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the",
                                                 "lamp",  "##s",   "is",    "lit",   ".",      "!",
                                                 "a",     "hall",  "night", "##fall"};
  return words;
}

TinyBert::TinyBert() {
  const auto both = [this](const std::string& name, std::uint64_t out, std::uint64_t in) {
    add(name + ".weight", {out, in}, 1.2 / std::sqrt(static_cast<double>(in)), 0);
    add(name + ".bias", {out}, 0.2, 0);
  };
  const auto norm = [this](const std::string& name) {
    add(name + ".weight", {kWidth}, 0.2, 1);
    add(name + ".bias", {kWidth}, 0.2, 0);
  };
  add("embeddings.word_embeddings.weight", {vocabulary().size(), kWidth}, 1, 0);
  add("embeddings.position_embeddings.weight", {kPositions, kWidth}, 0.5, 0);
  add("embeddings.token_type_embeddings.weight", {2, kWidth}, 0.5, 0);
  norm("embeddings.LayerNorm");
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("encoder.layer.{}.", i);
    for (const char* part : {"query", "key", "value"}) both(layer + "attention.self." + part, kWidth, kWidth);
    both(layer + "attention.output.dense", kWidth, kWidth);
    norm(layer + "attention.output.LayerNorm");
    both(layer + "intermediate.dense", kFeedForward, kWidth);
    both(layer + "output.dense", kWidth, kFeedForward);
    norm(layer + "output.LayerNorm");
  }
  both("pooler.dense", kWidth, kWidth);  // not used, and in every such file
  tensors["embeddings.position_ids"] = {"embeddings.position_ids", "I64", {1, 1}, std::string(8, '\0')};
}

void TinyBert::add(const std::string& name, std::vector<std::uint64_t> shape, double spread, double mean) {
  std::mt19937 random(static_cast<std::uint32_t>(tensors.size() + 1));
  std::normal_distribution<double> normal(mean, spread);
  std::size_t count = 1;
  for (const std::uint64_t size : shape) count *= size;
  std::vector<float> made(count);
  for (float& value : made) value = static_cast<float>(normal(random));
  tensors[name] = {name, "F32", std::move(shape), bytes_of(made)};
}

BertSource TinyBert::write(const model::testing::TempFolder& folder) const {
  std::vector<model::testing::TensorBytes> all;
  for (const auto& [name, tensor] : tensors) all.push_back(tensor);
  std::string words;
  for (const std::string& word : vocabulary()) words += word + "\n";
  return {.safetensors = folder.write("tiny.safetensors", model::testing::safetensors(all)),
          .vocabulary = folder.write("vocab.txt", words),
          .name = "tiny",
          .heads = kHeads,
          .max_tokens = kMaxTokens};
}

std::vector<std::uint32_t> TinyBert::ids_of(const std::vector<std::string>& words) {
  std::vector<std::uint32_t> ids{2};
  for (const std::string& word : words) {
    const auto found = std::ranges::find(vocabulary(), word);
    ids.push_back(found == vocabulary().end() ? 1 : static_cast<std::uint32_t>(found - vocabulary().begin()));
  }
  ids.push_back(3);
  return ids;
}

std::vector<double> TinyBert::values(const std::string& name) const {
  const std::string& bytes = tensors.at(name).bytes;
  std::vector<float> narrow(bytes.size() / sizeof(float));
  std::memcpy(narrow.data(), bytes.data(), bytes.size());
  return {narrow.begin(), narrow.end()};
}

std::vector<double> TinyBert::attended(std::size_t head, std::size_t token, const Rows& q, const Rows& k,
                                       const Rows& v) const {
  constexpr std::size_t kSize = kWidth / kHeads;
  std::vector<double> weights;
  double total = 0;
  for (const std::vector<double>& key : k) {
    double score = 0;
    for (std::size_t d = head * kSize; d < (head + 1) * kSize; ++d) score += q[token][d] * key[d];
    weights.push_back(std::exp(score / std::sqrt(static_cast<double>(kSize))));
    total += weights.back();
  }
  std::vector<double> out(kSize);
  for (std::size_t t = 0; t < v.size(); ++t) {
    for (std::size_t d = 0; d < kSize; ++d) out[d] += weights[t] / total * v[t][head * kSize + d];
  }
  return out;
}

void TinyBert::layer(std::size_t number, Rows& rows) const {
  const std::string name = fmt::format("encoder.layer.{}.", number);
  const auto through = [&](const std::string& part, const std::vector<double>& in) {
    return dense(in, values(name + part + ".weight"), values(name + part + ".bias"));
  };
  const auto norm = [&](const std::string& part, const std::vector<double>& in) {
    return normed(in, values(name + part + ".weight"), values(name + part + ".bias"));
  };
  Rows q;
  Rows k;
  Rows v;
  for (const std::vector<double>& row : rows) {
    q.push_back(through("attention.self.query", row));
    k.push_back(through("attention.self.key", row));
    v.push_back(through("attention.self.value", row));
  }
  for (std::size_t t = 0; t < rows.size(); ++t) {
    std::vector<double> joined;
    for (std::size_t head = 0; head < kHeads; ++head) {
      const std::vector<double> part = attended(head, t, q, k, v);
      joined.insert(joined.end(), part.begin(), part.end());
    }
    add_to(rows[t], through("attention.output.dense", joined));
    rows[t] = norm("attention.output.LayerNorm", rows[t]);
    std::vector<double> wide = through("intermediate.dense", rows[t]);
    std::ranges::transform(wide, wide.begin(), gelu);
    add_to(rows[t], through("output.dense", wide));
    rows[t] = norm("output.LayerNorm", rows[t]);
  }
}

std::vector<double> TinyBert::forward(const std::vector<std::uint32_t>& ids) const {
  const std::vector<double> words = values("embeddings.word_embeddings.weight");
  const std::vector<double> positions = values("embeddings.position_embeddings.weight");
  const std::vector<double> types = values("embeddings.token_type_embeddings.weight");
  Rows rows;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    std::vector<double> row(kWidth);
    for (std::size_t d = 0; d < kWidth; ++d)
      row[d] = words[ids[t] * kWidth + d] + positions[t * kWidth + d] + types[d];
    rows.push_back(normed(row, values("embeddings.LayerNorm.weight"), values("embeddings.LayerNorm.bias")));
  }
  for (std::size_t number = 0; number < kLayers; ++number) layer(number, rows);
  std::vector<double> mean(kWidth);
  for (const std::vector<double>& row : rows) {
    for (std::size_t d = 0; d < kWidth; ++d) mean[d] += row[d] / static_cast<double>(rows.size());
  }
  return mean;
}

}  // namespace duologue::model::llama::testing
