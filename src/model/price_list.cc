#include "model/price_list.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "model/prices_text.h"

namespace duologue::model {

namespace {

using base::Result;
using base::Yaml;

constexpr double kMaxUsd = 1e6;  // a million tokens

Result<double> dollars(const Yaml& node, std::string_view what) {
  TRY_ASSIGN(const double value, node.number(what));
  if (value < 0 || value > kMaxUsd) {
    return node.fail(fmt::format("{} must be from 0 to {:.0f} dollars a million tokens", what, kMaxUsd));
  }
  return value;
}

Result<const Yaml*> needed(const Yaml& row, const char* key) {
  const Yaml* found = row.find(key);
  if (found == nullptr) return row.fail(fmt::format("a price needs {}: (dollars a million tokens)", key));
  return found;
}

Result<Price> read_price(const Yaml& row) {
  Price price;
  TRY_ASSIGN(const Yaml* input, needed(row, "input"));
  TRY_ASSIGN(price.input, dollars(*input, "input"));
  TRY_ASSIGN(const Yaml* output, needed(row, "output"));
  TRY_ASSIGN(price.output, dollars(*output, "output"));
  price.cached = price.input;
  if (const Yaml* cached = row.find("cached")) {
    TRY_ASSIGN(price.cached, dollars(*cached, "cached"));
  }
  if (const Yaml* dated = row.find("dated")) {
    TRY_ASSIGN(price.dated, dated->text("dated"));
  }
  if (const Yaml* source = row.find("source")) {
    TRY_ASSIGN(price.source, source->text("source"));
  }
  return price;
}

// Whether `rest` of a model's name, after the name of a row, only says which version it is: -YYYYMMDD,
// -YYYY-MM-DD or -latest. More digits than that name another model.
bool is_version(std::string_view rest) {
  if (rest == "-latest") return true;
  for (const std::string_view form : {"-dddddddd", "-dddd-dd-dd"}) {
    const auto same = [](char shape, char c) { return shape == 'd' ? c >= '0' && c <= '9' : c == shape; };
    if (std::ranges::equal(form, rest, same)) return true;
  }
  return false;
}

}  // namespace

Result<PriceList> PriceList::parse(std::string_view yaml, const std::string& file) {
  TRY_ASSIGN(const Yaml root, Yaml::parse(yaml, file));
  return from_tree(root);
}

Result<PriceList> PriceList::from_tree(const Yaml& root) {
  TRY(root.map("a list of prices", {"prices"}));
  const Yaml* prices = root.find("prices");
  if (prices == nullptr) return root.fail("a list of prices begins with `prices:`");
  TRY_ASSIGN(const auto rows, prices->list("prices"));
  PriceList list;
  for (const Yaml& row : rows) {
    TRY(row.map("a price", {"at", "model", "input", "cached", "output", "dated", "source"}));
    Row read;
    const Yaml* model = row.find("model");
    if (model == nullptr) return row.fail("a price needs a model:");
    TRY_ASSIGN(read.model, model->text("model"));
    if (const Yaml* at = row.find("at")) {
      TRY_ASSIGN(read.at, at->text("at"));
    }
    TRY_ASSIGN(read.price, read_price(row));
    list.rows_.push_back(std::move(read));
  }
  return list;
}

const PriceList& PriceList::built_in() {
  static const PriceList list = parse(kPricesYaml, "prices.yaml").value();  // a test reads it
  return list;
}

Result<PriceList> PriceList::with_file(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return built_in();
  TRY_ASSIGN(const Yaml root, Yaml::parse_file(path));
  TRY_ASSIGN(PriceList list, from_tree(root));
  const auto& more = built_in().rows_;
  list.rows_.insert(list.rows_.end(), more.begin(), more.end());
  return list;
}

std::optional<Price> PriceList::find(std::string_view host, std::string_view model) const {
  const auto fits = [&](const Row& row) { return row.at.empty() || row.at == host; };
  for (const Row& row : rows_) {
    if (fits(row) && row.model == model) return row.price;
  }
  for (const Row& row : rows_) {
    if (fits(row) && model.starts_with(row.model) && is_version(model.substr(row.model.size())))
      return row.price;
  }
  return std::nullopt;
}

std::string PriceList::newest() const {
  std::string newest;
  for (const Row& row : rows_) newest = std::max(newest, row.price.dated);
  return newest;
}

}  // namespace duologue::model
