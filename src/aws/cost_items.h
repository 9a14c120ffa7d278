#pragma once

#include "aws/cost_prices.h"
#include "aws/cost_setting.h"

namespace weir::aws {

// How large weir's messages and items are: names, keys and values as DynamoDB counts them (Developer Guide,
// "Item sizes and formats"). The formats are those of codec/message_envelope.h and store/dynamo/*.h; a test
// holds these sizes against what the store writes.
struct CostItems {
    const CostSetting& setting;
    const PriceList& prices;

    [[nodiscard]] double message_bytes(double events) const;
    [[nodiscard]] double marker_bytes() const;
    [[nodiscard]] double raw_row_bytes() const;
    // One block of so many events, all of them.
    [[nodiscard]] double block_bytes(double events) const;
    [[nodiscard]] double events_a_block() const;  // at most
    // A batch's counts of a minute: so many events spread over `seconds`.
    [[nodiscard]] double delta_bytes(double events, double seconds) const;
    [[nodiscard]] double ledger_only_delta_bytes() const;
    // An aggregate row over so many events.
    [[nodiscard]] double row_bytes(double events) const;
};

// Write units of an item: 1 KB each, at least one.
double write_units(double item_bytes);
// Read units of one strongly consistent page of a Query or of a GetItem: 4 KB each, at least one.
double read_units(double page_bytes);
// Their mean over pages whose size lies anywhere within `spread` around `page_bytes`.
double mean_read_units(double page_bytes, double spread);

}  // namespace weir::aws
