#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "aws/cost_prices.h"

namespace weir::aws {

inline nlohmann::json price_file() {
    return nlohmann::json::parse(embedded_prices());
}

inline PriceList prices_of(const nlohmann::json& file) {
    Result<PriceList> list = PriceList::parse(file.dump());
    if (!list) throw std::runtime_error(list.error().message);
    return *std::move(list);
}

inline PriceList built_in_prices() {
    return prices_of(price_file());
}

}  // namespace weir::aws
