#include "codec/composed_events.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace weir {

bool ComposedEvents::refused(Error error) {
    error_ = std::move(error);
    return false;
}

bool ComposedEvents::check_object(std::string_view json, Rejection& rejection) {
    if (parser_.parse_strictly(padded_.copy(json), {}, fields_, rejection)) return true;
    // What is looked at after all that makes it an object.
    constexpr std::array event_reasons{RejectReason::event_id_missing, RejectReason::event_id_invalid,
                                       RejectReason::ts_missing,       RejectReason::ts_invalid,
                                       RejectReason::ts_in_future,     RejectReason::ts_too_old,
                                       RejectReason::key_type,         RejectReason::key_too_long};
    return std::find(event_reasons.begin(), event_reasons.end(), rejection.reason) != event_reasons.end();
}

bool ComposedEvents::add(std::string_view json, std::uint64_t number, std::string_view original) {
    if (!parser_.parse(padded_.copy(json), builder_.bounds(), fields_, rejection_))
        return reject(number, std::move(rejection_), original);
    const std::size_t offset = text_.size();
    if (offset + json.size() + 1 > std::numeric_limits<std::uint32_t>::max())
        return refused({ErrorCode::too_large, "body-too-large", "the events of the body are 4 GiB or more",
                        "send it as several batches"});
    text_ += json;
    text_ += '\n';
    builder_.accept(offset, json.size(), fields_);
    return true;
}

bool ComposedEvents::reject(std::uint64_t number, Rejection rejection, std::string_view original) {
    return builder_.reject_line(number, std::move(rejection), original) || refused(builder_.error());
}

bool ComposedEvents::reject_long(std::uint64_t number, std::string_view original) {
    return builder_.reject_long_line(number, original) || refused(builder_.error());
}

}  // namespace weir
