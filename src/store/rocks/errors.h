#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace rocksdb {
class Status;
}

namespace weir::rocks {

// What the database answered, as an error of the store: "disk-full", "store-corrupt" or "storage-failed".
// `doing` completes the sentence "could not …".
Error storage_error(const rocksdb::Status& status, std::string_view doing);

// A record that cannot be read ("store-corrupt"), or that a newer weir wrote ("store-newer"). `what` and
// `which` name it.
tl::unexpected<Error> corrupt_record(std::string_view what, std::uint64_t which);
tl::unexpected<Error> corrupt_record(std::string_view what, std::string_view which);
tl::unexpected<Error> newer_record(std::string_view what, std::uint64_t which);

}  // namespace weir::rocks
