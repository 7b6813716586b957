// The models of one experiment: each distinct one is opened once and shared by everybody who speaks with it.
// Built on one thread; then immutable, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/paths.h"
#include "base/result.h"
#include "experiment/spec.h"
#include "model/catalog.h"
#include "model/http/transport.h"
#include "model/model.h"
#include "model/price_list.h"
#include "model/rate_limiter.h"

namespace duologue::experiment {

struct PoolOptions {
  // Conversations at once: an in-process model gets a sequence for each side that speaks with it, as far as
  // memory and the engine allow; beyond that sides take turns.
  std::uint32_t conversations = 1;
  // What a name became, what is fetched: a line each.
  std::function<void(std::string_view line)> say;
  // Called while a model is loaded, on the opening thread: its name and the part done, 0 to 1.
  std::function<void(std::string_view model, double done)> on_loading;
  // A known model whose weights aren't here yet: fetch them? Not set: no, and opening it is an error that
  // says how.
  std::function<bool(std::string_view question)> may_fetch;
  std::stop_token stop;
  // How providers' models reach their servers. Not set: by the network.
  std::shared_ptr<model::http::Transport> transport;
  std::shared_ptr<const model::PriceList> prices;  // null: the program's own
  // What the user's keys may be asked a minute, by the name of the variable that holds the key. A spec's own
  // limits go before these.
  std::map<std::string, model::RateLimits> key_rates;
  base::Environment env = base::environment;  // where providers' addresses and keys stand
  const model::Catalog* catalog = nullptr;    // where names are looked up; required
};

class ModelPool {
 public:
  ModelPool() = default;
  // For tests and for callers that have their models already: by the names that the spec uses.
  explicit ModelPool(std::map<std::string, std::shared_ptr<model::Model>> models);

  // Opens every model of the spec. kUsage with the nearest names, kNotFound, kBadInput, kModel, kIo,
  // kCancelled.
  static base::Result<ModelPool> open(const ExperimentSpec& spec, const PoolOptions& options);

  // kNotFound where the spec that the pool was opened for doesn't name it.
  base::Result<std::shared_ptr<model::Model>> find(const std::string& name) const;
  const std::map<std::string, std::shared_ptr<model::Model>>& models() const { return models_; }

  // The level that holds of all of them: the lowest.
  model::Determinism determinism() const;

 private:
  std::map<std::string, std::shared_ptr<model::Model>> models_;
};

}  // namespace duologue::experiment
