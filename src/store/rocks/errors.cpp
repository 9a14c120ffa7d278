#include "store/rocks/errors.h"

#include <fmt/format.h>
#include <rocksdb/status.h>

#include "base/text.h"

namespace weir::rocks {

Error storage_error(const rocksdb::Status& status, std::string_view doing) {
    const std::string what = fmt::format("could not {}: {}", doing, printable(status.ToString()));
    if (status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kNoSpace)
        return {ErrorCode::storage, "disk-full", what,
                "free some space on the data folder's disk and start again; nothing acknowledged is lost"};
    if (status.IsCorruption())
        return {ErrorCode::storage, "store-corrupt", what,
                "put the data folder back from a copy, or move it away and start with an empty one"};
    return {ErrorCode::storage, "storage-failed", what,
            "check the data folder's disk and start again; nothing acknowledged is lost"};
}

tl::unexpected<Error> corrupt_record(std::string_view what, std::string_view which) {
    return fail(ErrorCode::storage, "store-corrupt",
                fmt::format("{} '{}' in the data folder cannot be read", what, printable(which)),
                "put the data folder back from a copy, or move it away and start with an empty one");
}

tl::unexpected<Error> corrupt_record(std::string_view what, std::uint64_t which) {
    return corrupt_record(what, std::to_string(which));
}

tl::unexpected<Error> newer_record(std::string_view what, std::uint64_t which) {
    return fail(ErrorCode::unsupported, "store-newer",
                fmt::format("{} {} was written by a newer weir", what, which),
                "use the weir that wrote this data folder, or a newer one");
}

}  // namespace weir::rocks
