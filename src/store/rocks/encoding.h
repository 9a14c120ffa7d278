#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir::rocks {

// The bytes that all records of the embedded store are made of.
//   big64    8 bytes, most significant first: sorts as the number does
//   time     big64 of the epoch milliseconds with the sign bit flipped: sorts as time does, also before 1970
//   varint   7 bits a byte, least significant first, the high bit set on all but the last (LEB128)
//   bytes    a varint length and so many bytes

void put_u8(std::string& out, std::uint8_t value);
void put_big64(std::string& out, std::uint64_t value);
void put_time(std::string& out, Timestamp value);
void put_varint(std::string& out, std::uint64_t value);
void put_bytes(std::string& out, std::string_view value);

// Takes a record apart from the front. Past the end or over a malformed varint it fails for good, and gives
// zeros.
class Decoder {
  public:
    explicit Decoder(std::string_view data) : rest_(data) {}

    std::uint8_t u8();
    std::uint64_t big64();
    Timestamp time();
    std::uint64_t varint();
    std::string_view bytes();
    // The next `size` bytes.
    std::string_view raw(std::uint64_t size);

    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool ok() const { return ok_; }
    // Everything was read, and nothing failed.
    [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
    void set_failed();

  private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace weir::rocks
