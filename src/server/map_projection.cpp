#include "server/map_projection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "base/json_string.h"

namespace weir {
namespace {

constexpr double box = 1000;
constexpr double margin = 6;
constexpr double last_latitude = 85;
constexpr double full_turn = 360;

struct Flat {
    double x = 0, y = 0;
};

double turned(double longitude, double west) {
    const double east = std::fmod(longitude - west, full_turn);
    return east < 0 ? east + full_turn : east;
}

// Where the map begins: the eastern edge of the widest stretch of longitudes that no point lies in.
double western_edge(const std::vector<MapOutline>& outlines) {
    std::vector<double> all;
    for (const MapOutline& outline : outlines)
        for (const MapRing& ring : outline.rings)
            for (const MapPoint& point : ring)
                all.push_back(turned(point.longitude, -180));
    std::sort(all.begin(), all.end());
    double west = all.front(), widest = all.front() + full_turn - all.back();
    for (std::size_t i = 1; i < all.size(); ++i)
        if (all[i] - all[i - 1] > widest) {
            widest = all[i] - all[i - 1];
            west = all[i];
        }
    return west - 180;
}

Flat mercator(const MapPoint& point, double west) {
    // A hair west of the edge would else land at the far east.
    double x = turned(point.longitude, west);
    if (full_turn - x < 1e-9) x = 0;
    const double latitude =
        std::clamp(point.latitude, -last_latitude, last_latitude) * std::numbers::pi / 180;
    return {x * std::numbers::pi / 180, -std::log(std::tan(std::numbers::pi / 4 + latitude / 2))};
}

struct Extent {
    Flat least{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    Flat most{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::lowest()};

    void take(const Flat& point) {
        least = {std::min(least.x, point.x), std::min(least.y, point.y)};
        most = {std::max(most.x, point.x), std::max(most.y, point.y)};
    }
};

using Pixels = std::vector<std::pair<int, int>>;

// Relative lines are half the bytes of absolute ones: "M10,20l2,1 0,2z".
void append_ring(std::string& path, const Pixels& ring) {
    path += fmt::format("M{},{}l", ring.front().first, ring.front().second);
    for (std::size_t i = 1; i < ring.size(); ++i)
        path += fmt::format("{}{},{}", i > 1 ? " " : "", ring[i].first - ring[i - 1].first,
                            ring[i].second - ring[i - 1].second);
    path += 'z';
}

class Projection {
  public:
    explicit Projection(const std::vector<MapOutline>& outlines) : west_(western_edge(outlines)) {
        for (const MapOutline& outline : outlines)
            for (const MapRing& ring : outline.rings)
                for (const MapPoint& point : ring)
                    extent_.take(mercator(point, west_));
        const double span = std::max(width(), height());
        scale_ = span > 0 ? (box - 2 * margin) / span : 0;
    }

    [[nodiscard]] bool has_extent() const { return width() > 0 && height() > 0; }
    [[nodiscard]] int pixels_wide() const { return pixels(width()); }
    [[nodiscard]] int pixels_high() const { return pixels(height()); }

    [[nodiscard]] std::string path(const MapOutline& outline) const {
        std::string path;
        for (const MapRing& ring : outline.rings)
            if (const Pixels drawn = pixels_of(ring); drawn.size() > 2) append_ring(path, drawn);
        if (path.empty()) {  // too small for its shape to be seen: a dot that can still be pointed at
            const auto [x, y] = pixels_of(outline.rings.front()).front();
            append_ring(path, {{x - 1, y - 1}, {x + 1, y - 1}, {x + 1, y + 1}, {x - 1, y + 1}});
        }
        return path;
    }

  private:
    [[nodiscard]] double width() const { return extent_.most.x - extent_.least.x; }
    [[nodiscard]] double height() const { return extent_.most.y - extent_.least.y; }
    [[nodiscard]] int pixels(double length) const {
        return static_cast<int>(std::ceil(length * scale_ + 2 * margin));
    }
    [[nodiscard]] Pixels pixels_of(const MapRing& ring) const {
        Pixels drawn;
        for (const MapPoint& point : ring) {
            const Flat flat = mercator(point, west_);
            const std::pair pixel(
                static_cast<int>(std::lround((flat.x - extent_.least.x) * scale_ + margin)),
                static_cast<int>(std::lround((flat.y - extent_.least.y) * scale_ + margin)));
            if (drawn.empty() || drawn.back() != pixel) drawn.push_back(pixel);
        }
        while (drawn.size() > 1 && drawn.back() == drawn.front())
            drawn.pop_back();  // z goes back there
        return drawn;
    }

    double west_;
    Extent extent_;
    double scale_ = 0;
};

}  // namespace

Result<std::string> project_outlines(const std::vector<MapOutline>& outlines) {
    const bool is_empty = std::all_of(outlines.begin(), outlines.end(),
                                      [](const MapOutline& outline) { return outline.rings.empty(); });
    const auto nothing = [] {
        return fail(ErrorCode::usage, "map-invalid",
                    "its areas have no extent, so there is nothing to be seen");
    };
    if (is_empty) return nothing();
    const Projection projection(outlines);
    if (!projection.has_extent()) return nothing();
    std::string json = fmt::format(R"({{"width":{},"height":{},"outlines":[)", projection.pixels_wide(),
                                   projection.pixels_high());
    for (const MapOutline& outline : outlines) {
        if (json.back() != '[') json += ',';
        json += '[';
        append_json_string(json, outline.name);
        json += fmt::format(",\"{}\"]", projection.path(outline));
    }
    json += "]}";
    return json;
}

}  // namespace weir
