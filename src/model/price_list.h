// Prices by host and model: the program's own list (model/data/prices.yaml), and before it the user's.
// Immutable; any thread. What isn't in it has no price, which is never the price 0.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "model/price.h"

namespace duologue::model {

class PriceList {
 public:
  static const PriceList& built_in();
  // kUsage with FILE:LINE:COLUMN.
  static base::Result<PriceList> parse(std::string_view yaml, const std::string& file);
  // The user's file before the built-in list; no such file: that list. kUsage, kIo.
  static base::Result<PriceList> with_file(const std::string& path);

  // `host` as a URL has it, in lower case; `model` as the provider calls it.
  std::optional<Price> find(std::string_view host, std::string_view model) const;

  // "2025-06", of the newest row.
  std::string newest() const;

 private:
  struct Row {
    std::string at;  // empty: any host
    std::string model;
    Price price;
  };

  static base::Result<PriceList> from_tree(const base::Yaml& root);

  std::vector<Row> rows_;  // the first that fits holds
};

}  // namespace duologue::model
