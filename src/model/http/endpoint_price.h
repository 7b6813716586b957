// What a provider's model costs where it is asked. Pure.
#pragma once

#include <optional>

#include "model/http/endpoint.h"
#include "model/price_list.h"

namespace duologue::model::http {

// Empty: the list doesn't know.
std::optional<Price> price_at(const Endpoint& endpoint, const PriceList& prices);

}  // namespace duologue::model::http
