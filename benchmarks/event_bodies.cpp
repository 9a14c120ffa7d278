#include "event_bodies.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include "base/clock.h"
#include "base/text.h"
#include "codec/event_encoder.h"
#include "codec/row_source.h"
#include "event/event.h"

namespace weir::bench {
namespace {

[[noreturn]] void give_up(const std::string& message) {
    std::cerr << "benchmark: " << message << '\n';
    std::exit(3);
}

class Lines {
  public:
    explicit Lines(const BodySettings& settings)
        : payload_(settings.payload), run_(settings.run), encoder_(LineFormat::ndjson, settings.run) {
        RowSource::Options options;
        options.path = settings.rows;
        auto source = RowSource::open(options);
        if (!source) give_up(source.error().message);
        for (auto row = (*source)->next(); row && *row != nullptr; row = (*source)->next())
            rows_.push_back(**row);
        if (rows_.empty()) give_up("no rows in " + settings.rows);
    }

    void append(std::string& body, std::uint64_t number, Timestamp ts) {
        const std::size_t start = body.size();
        const Row& row = rows_[random_() % rows_.size()];
        if (payload_ == Payload::random_ids)
            EventEncoder(LineFormat::ndjson, letters(24)).append(body, number, ts, row);
        else
            encoder_.append(body, number, ts, row);
        if (payload_ == Payload::random) add_random(body);
        if (payload_ == Payload::small) keep_county(body, start, number, ts);
    }

  private:
    std::string letters(std::size_t number) {
        static constexpr std::string_view all =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
        std::string text;
        while (text.size() < number)
            text.push_back(all[random_() % all.size()]);
        return text;
    }

    // {"event_id":…,…}\n becomes {"event_id":…,…,"noise":"…"}\n
    void add_random(std::string& body) {
        body.resize(body.find_last_of('}'));
        body += ",\"noise\":\"" + letters(300) + "\"}\n";
    }

    void keep_county(std::string& body, std::size_t start, std::uint64_t number, Timestamp ts) const {
        static constexpr std::string_view name = "\"County\":\"";
        const std::size_t at = body.find(name, start);
        const std::size_t end = at == std::string::npos ? at : body.find('"', at + name.size());
        const std::string county =
            end == std::string::npos ? "" : body.substr(at + name.size(), end - at - name.size());
        body.resize(start);
        body += R"({"event_id":")" + format_event_id(run_, number) + R"(","ts":")" + format_rfc3339(ts) +
                R"(","County":")" + county + "\"}\n";
    }

    Payload payload_;
    std::string run_;
    EventEncoder encoder_;
    std::vector<Row> rows_;
    std::mt19937_64 random_{11};
};

}  // namespace

Payload payload_of(const std::string& name) {
    if (name == "rows") return Payload::rows;
    if (name == "random-ids") return Payload::random_ids;
    if (name == "random") return Payload::random;
    if (name == "small") return Payload::small;
    give_up("no such payload: " + name);
}

std::vector<std::string> make_bodies(const BodySettings& settings) {
    Lines lines(settings);
    std::vector<std::string> bodies(1);
    std::uint64_t in_body = 0;
    // A whole second, so that equal runs meet equal panes.
    const Timestamp start{std::chrono::floor<std::chrono::seconds>(system_clock().now())};
    for (std::uint64_t i = 1; i <= settings.events; ++i) {
        const bool full = settings.per_body != 0 ? in_body == settings.per_body
                                                 : bodies.back().size() + 1024 > settings.body_bytes;
        if (full) {
            bodies.back().shrink_to_fit();
            bodies.emplace_back();
            in_body = 0;
        }
        lines.append(bodies.back(), i, start + Duration(static_cast<std::int64_t>(i / 1000)));
        ++in_body;
    }
    return bodies;
}

}  // namespace weir::bench
