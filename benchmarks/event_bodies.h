#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

// What an event carries beside its id and time.
enum class Payload {
    rows,  // the real rows, about 600 bytes, in random order (in the file's order they would compress 34
           // times)
    random_ids,  // the same with random letters in every event_id: what the goals' calibration is made on
    random,      // and 300 random letters and digits in each event
    small        // the county alone, about 80 bytes
};
Payload payload_of(const std::string& name);  // ends the program when there is no such one

struct BodySettings {
    std::string rows;  // the CSV file of the real rows
    std::string run = "rbench";
    std::uint64_t events = 1'000'000;
    std::uint64_t per_body = 0;  // events in each body; 0: as many as body_bytes hold
    std::size_t body_bytes = 1U << 20U;
    Payload payload = Payload::rows;
};

// NDJSON bodies of distinct events, their times rising from now on at a million a second.
std::vector<std::string> make_bodies(const BodySettings& settings);

}  // namespace weir::bench
