// What one step costs on one core, each as one JSON object:
//   micro_bench zstd ROWS            seconds of zstd level 1 for a million real events with random ids, in
//                                    bodies of 1 MB
//   micro_bench fdatasync FOLDER     milliseconds to append 700 bytes to a file and have them on the disk
//   micro_bench panes KEYS           nanoseconds an event to count batches into panes and take them into the
//                                    table of panes; milliseconds of: the next window's ten largest keys
//                                    (emit_ms), those of the running window (top_ms), all keys of a past
//                                    window by name (sum_ms) and what of that needs the lock (locked_ms);
//                                    bytes in memory
//   micro_bench claims PRODUCERS     nanoseconds an event to tell whether it was stored before, by producer
//                                    and sequence; producers take turns event by event
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/compression.h"
#include "event_bodies.h"
#include "store/rocks/producer_index.h"
#include "window/group_counts.h"
#include "window/pane_table.h"

namespace {

using namespace std::chrono_literals;

[[noreturn]] void give_up(const std::string& message) {
    std::cerr << "micro_bench: " << message << '\n';
    std::exit(3);
}

double thread_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0, resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void measure_zstd(const std::string& rows) {
    weir::bench::BodySettings settings;
    settings.rows = rows;
    settings.events = 200'000;
    settings.payload = weir::bench::Payload::random_ids;
    const auto bodies = weir::bench::make_bodies(settings);
    std::size_t bytes = 0, packed = 0;
    const double start = thread_seconds();
    for (const std::string& body : bodies) {
        bytes += body.size();
        packed += weir::zstd_compress(body, 1).size();
    }
    const double seconds = (thread_seconds() - start) / static_cast<double>(settings.events) * 1e6;
    fmt::print(R"({{"cpu_seconds_per_million":{:.3f},"ratio":{:.2f}}})"
               "\n",
               seconds, static_cast<double>(bytes) / static_cast<double>(packed));
}

void measure_fdatasync(const std::string& folder) {
    const std::string path = folder + "/fdatasync";
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) give_up("cannot write to " + path);
    const std::string data(700, 'x');
    std::vector<double> milliseconds;
    for (int i = 0; i < 500; ++i) {
        const auto start = std::chrono::steady_clock::now();
        if (::write(file, data.data(), data.size()) < 0 || ::fdatasync(file) != 0) give_up("cannot write");
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        milliseconds.push_back(took.count());
    }
    ::close(file);
    ::unlink(path.c_str());
    std::sort(milliseconds.begin(), milliseconds.end());
    fmt::print(R"({{"p50_ms":{:.3f},"p99_ms":{:.3f}}})"
               "\n",
               milliseconds[250], milliseconds[495]);
}

// Batches as a codec makes them, without their text.
weir::Batch counted_batch(std::size_t events, std::uint64_t keys, weir::Timestamp start,
                          weir::Duration spread, std::mt19937_64& random) {
    weir::Batch batch;
    std::map<std::uint64_t, std::uint32_t> known;
    for (std::size_t i = 0; i < events; ++i) {
        const std::uint64_t key = random() % keys;
        const auto [at, is_new] = known.try_emplace(key, static_cast<std::uint32_t>(batch.keys.size()));
        if (is_new) batch.keys.push_back(fmt::format("key-{:07}", key));
        weir::EventRecord event;
        event.key = at->second;
        event.ts = start + weir::Duration(static_cast<std::int64_t>(i) * spread.count() /
                                          static_cast<std::int64_t>(events));
        batch.events.push_back(event);
    }
    batch.received_at = start;
    return batch;
}

// The median of what a few runs take, in milliseconds.
double milliseconds_of(const std::function<void()>& run) {
    std::vector<double> runs;
    for (int i = 0; i < 5; ++i) {
        const double at = thread_seconds();
        run();
        runs.push_back((thread_seconds() - at) * 1e3);
    }
    std::sort(runs.begin(), runs.end());
    return runs[2];
}

void measure_panes(std::uint64_t keys) {
    const weir::WindowSpec window;
    const weir::Timestamp start = weir::align_down(weir::system_clock().now(), window.pane);
    constexpr std::size_t batch_events = 10'000, batches = 300, top = 10;
    std::mt19937_64 random(7);  // NOLINT: the same each time
    weir::PaneTable table(window, start);
    const std::uint64_t before = resident_bytes();
    double seconds = 0;
    for (std::size_t b = 0; b < batches; ++b) {  // ten thousand events each second
        const weir::Timestamp pane = start + b * window.pane;
        const weir::Batch batch = counted_batch(batch_events, keys, pane, window.pane, random);
        const double at = thread_seconds();
        weir::GroupCounts group(window);
        group.add(batch, batch.received_at, {});
        table.slide_to(pane + window.pane);
        table.add(group);
        seconds += thread_seconds() - at;
    }
    const std::uint64_t after = resident_bytes();
    weir::Timestamp end = start + batches * window.pane;
    const auto take_top = [&] {
        weir::CountedKeys found = table.largest({end - window.size, end}, top);
        weir::keep_largest(found.keys, top);
        if (found.keys.size() != top) give_up("there are fewer keys");
    };
    const double top_ms = milliseconds_of(take_top);
    const double emit_ms = milliseconds_of([&] {
        end += window.pane;
        table.slide_to(end);
        take_top();
    });
    const weir::TimeRange past{start + window.pane, start + window.size / 2};
    const double locked_ms = milliseconds_of([&] { static_cast<void>(table.all(past)); });
    const double sum_ms = milliseconds_of([&] { weir::ordered_by_key(table.all(past).keys); });
    fmt::print(R"({{"keys":{},"ns_per_event":{:.1f},"emit_ms":{:.4f},"top_ms":{:.4f},"sum_ms":{:.3f},)"
               R"("locked_ms":{:.3f},"resident_bytes":{},"entries":{}}})"
               "\n",
               keys, seconds / (batch_events * batches) * 1e9, emit_ms, top_ms, sum_ms, locked_ms,
               after - std::min(after, before), table.entries());
}

// Nanoseconds an event. `run`: events of one producer that follow each other.
double claim_nanoseconds(std::uint64_t producers, std::size_t run, std::size_t batch_events) {
    weir::rocks::ProducerIndex index(
        [](std::string_view) -> weir::Result<std::optional<std::string>> { return std::nullopt; });
    const std::size_t batches = 2'000'000 / batch_events;
    std::string written;  // as to a WriteBatch
    std::vector<std::uint64_t> sequences(producers);
    std::uint64_t turn = 0;
    double seconds = 0;
    for (std::size_t b = 0; b < batches; ++b) {
        weir::Batch batch;
        std::map<std::uint64_t, std::uint32_t> known;
        for (std::size_t i = 0; i < batch_events; ++i) {
            const std::uint64_t producer = turn % producers;
            const auto [at, is_new] =
                known.try_emplace(producer, static_cast<std::uint32_t>(batch.producers.size()));
            if (is_new) batch.producers.push_back({fmt::format("p{}", producer), 6});
            weir::EventRecord event;
            event.producer = at->second;
            event.sequence = ++sequences[producer];
            event.ts = weir::Timestamp{weir::Duration(1'700'000'000'000)};
            batch.events.push_back(event);
            if ((i + 1) % run == 0) ++turn;
        }
        std::vector<std::uint32_t> duplicates;
        written.clear();
        const double at = thread_seconds();
        if (!index.claim(batch, duplicates)) give_up("the index failed");
        index.flush([&](std::string_view key, const std::optional<std::string>& value) {
            written += key;
            written += value.value_or("");
        });
        index.trim();
        seconds += thread_seconds() - at;
        if (!duplicates.empty()) give_up("an event was taken for another");
    }
    return seconds / static_cast<double>(batch_events * batches) * 1e9;
}

void measure_claims(std::uint64_t producers) {
    fmt::print(R"({{"producers":{},"ns_per_event":{:.1f},"mixed_ns_per_event":{:.1f}}})"
               "\n",
               producers, claim_nanoseconds(producers, 100, 100), claim_nanoseconds(producers, 1, 1'000));
}

}  // namespace

int main(int count, char** values) {
    if (count != 3)
        give_up("usage: micro_bench zstd ROWS | fdatasync FOLDER | panes KEYS | claims PRODUCERS");
    const std::string what = values[1], argument = values[2];
    if (what == "zstd")
        measure_zstd(argument);
    else if (what == "fdatasync")
        measure_fdatasync(argument);
    else if (what == "panes")
        measure_panes(std::strtoull(argument.c_str(), nullptr, 10));
    else if (what == "claims")
        measure_claims(std::strtoull(argument.c_str(), nullptr, 10));
    else
        give_up("unknown: " + what);
    return 0;
}
