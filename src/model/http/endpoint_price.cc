#include "model/http/endpoint_price.h"

#include "model/http/url.h"

namespace duologue::model::http {

std::optional<Price> price_at(const Endpoint& endpoint, const PriceList& prices) {
  return prices.find(host_of(endpoint.base_url), endpoint.model);
}

}  // namespace duologue::model::http
