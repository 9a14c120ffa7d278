// The limit that everything else is held against: the same work as the server's, in one process and without
// HTTP. Decodes bodies of real rows with distinct ids and times, compresses and commits them (synced) to an
// embedded store; or only a part of that.
//   inprocess_bench ROWS EVENTS BODY_BYTES FOLDER [--threads N] [--group N] [--stage parse|pack|all]
//   [--payload rows|random-ids|random|small]
// The bodies are made before the clock starts and lie in memory. Prints one JSON object.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "codec/batch_decoder.h"
#include "event_bodies.h"
#include "pipeline/ingestor.h"
#include "store/rocks_store.h"

namespace {

using namespace std::chrono_literals;

struct Settings {
    std::string folder;
    weir::bench::BodySettings bodies;
    unsigned threads = 1;
    std::size_t group = weir::IngestorOptions{}.max_group;  // batches committed with one fsync, at most
    bool commits = true;                                    // stage all
    bool packs = true;  // and stage pack: parsed and compressed, not committed
};

[[noreturn]] void give_up(const std::string& message) {
    std::cerr << "inprocess_bench: " << message << '\n';
    std::exit(3);
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Decodes and submits the bodies of one thread's share; keeps at most four batches of its own on their way.
// Without an ingestor they are not committed, without a store not compressed either.
void work(std::vector<std::string>& bodies, std::atomic<std::size_t>& next, const weir::Store* store,
          weir::Ingestor* ingestor, std::atomic<std::uint64_t>& stored) {
    weir::EventLimits limits;
    limits.future_skew = 1h;
    weir::BatchDecoder decoder("County", limits);
    const auto on_their_way = std::make_shared<std::atomic<int>>(0);  // outlives this thread
    for (std::size_t i = next++; i < bodies.size(); i = next++) {
        weir::DecodeRequest request;
        request.batch_id = fmt::format("b{}", i);
        request.body = std::move(bodies[i]);
        request.now = weir::system_clock().now();
        auto batch = decoder.decode(std::move(request));
        if (!batch || !batch->rejected.empty()) give_up("a body was not decoded");
        if (!ingestor) {
            if (store) store->prepare(*batch);
            stored += batch->events.size();
            continue;
        }
        while (on_their_way->load() >= 4)
            on_their_way->wait(4);
        ++*on_their_way;
        ingestor->submit(std::move(*batch),
                         [&stored, on_their_way](const weir::Result<weir::Verdict>& verdict) {
                             if (!verdict) give_up(verdict.error().message);
                             stored += verdict->stored;
                             --*on_their_way;
                             on_their_way->notify_one();
                         });
    }
    for (int left = on_their_way->load(); left > 0; left = on_their_way->load())
        on_their_way->wait(left);
}

void measure(const Settings& settings) {
    auto bodies = weir::bench::make_bodies(settings.bodies);
    const std::size_t requests = bodies.size();
    weir::RocksOptions options;
    options.folder = settings.folder + "/data";
    options.identity.view = weir::view_name(options.identity.group_by, options.identity.window);
    auto store = weir::open_rocks_store(options, weir::system_clock());
    if (!store) give_up(store.error().message);
    weir::IngestorOptions grouping;
    grouping.max_group = settings.group;
    weir::Ingestor ingestor(**store, grouping, [](const weir::Error& error) { give_up(error.message); });

    std::atomic<std::size_t> next{0};
    std::atomic<std::uint64_t> stored{0};
    const double cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < settings.threads; ++i)
        threads.emplace_back([&] {
            work(bodies, next, settings.packs ? store->get() : nullptr,
                 settings.commits ? &ingestor : nullptr, stored);
        });
    for (std::thread& thread : threads)
        thread.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const double used = cpu_seconds() - cpu;
    if (stored != settings.bodies.events) give_up("not every event was stored");
    const auto events = static_cast<double>(settings.bodies.events);
    fmt::print(
        R"({{"events":{},"requests":{},"threads":{},"events_per_second":{:.0f},"cpu_seconds_per_million":{:.3f}}})"
        "\n",
        settings.bodies.events, requests, settings.threads, events / seconds.count(), used / events * 1e6);
}

void set_stage(Settings& settings, const std::string& stage) {
    if (stage != "parse" && stage != "pack" && stage != "all") give_up("no such stage: " + stage);
    settings.commits = stage == "all";
    settings.packs = stage != "parse";
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    Settings settings;
    std::vector<std::string> plain;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--threads" && i + 1 < arguments.size())
            settings.threads = static_cast<unsigned>(std::strtoul(arguments[++i].c_str(), nullptr, 10));
        else if (arguments[i] == "--group" && i + 1 < arguments.size())
            settings.group = std::strtoul(arguments[++i].c_str(), nullptr, 10);
        else if (arguments[i] == "--stage" && i + 1 < arguments.size())
            set_stage(settings, arguments[++i]);
        else if (arguments[i] == "--payload" && i + 1 < arguments.size())
            settings.bodies.payload = weir::bench::payload_of(arguments[++i]);
        else
            plain.push_back(arguments[i]);
    }
    if (plain.size() != 4 || settings.threads == 0) {
        std::cerr
            << "usage: inprocess_bench ROWS EVENTS BODY_BYTES FOLDER [--threads N] [--group N] [--stage "
               "parse|pack|all] [--payload rows|random-ids|random|small]\n";
        return 2;
    }
    settings.bodies.rows = plain[0];
    settings.bodies.events = std::strtoull(plain[1].c_str(), nullptr, 10);
    settings.bodies.body_bytes = std::strtoull(plain[2].c_str(), nullptr, 10);
    settings.folder = plain[3];
    measure(settings);
    return 0;
}
