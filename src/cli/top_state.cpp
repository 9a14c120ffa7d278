#include "cli/top_state.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"

namespace weir::cli {
namespace {

constexpr Duration compared_span{10'000};  // a change is of the count so long ago
constexpr Duration sample_pause{1'000};
constexpr std::size_t longest_search = 256;  // bytes, as a key

double seconds(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double>(to - from).count();
}

void drop_character(std::string& text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
        text.pop_back();
    if (!text.empty()) text.pop_back();
}

// The change of a count since `before`; a key that is not in it had none, if it held all keys.
std::optional<std::int64_t> change_since(const LiveSnapshot& before, const RankedKey& now) {
    const auto found = before.row.counts.find(now.key);
    if (found != before.row.counts.end())
        return static_cast<std::int64_t>(now.count) - static_cast<std::int64_t>(found->second);
    if (before.keys > before.ranked.size()) return std::nullopt;
    return static_cast<std::int64_t>(now.count);
}

}  // namespace

TopState::TopState(std::string server, std::string key_title, CharacterSet characters, TopOrder order) {
    chosen_.server = std::move(server);
    chosen_.key_title = std::move(key_title);
    chosen_.characters = characters;
    chosen_.order = order;
}

void TopState::on_look(const LiveSource::Look& look) {
    const bool news = look.newest != look_.newest;
    look_ = look;
    if (chosen_.paused) return;
    shown_ = look_;
    if (news) remember();
}

void TopState::remember() {
    const SteadyTime now = look_.received;
    if (samples_.empty() || now - samples_.back().at >= sample_pause) samples_.push_back({now, look_.newest});
    // After a lost connection, what was before is too old to compare with.
    while (!samples_.empty() && now - samples_.front().at > compared_span + sample_pause / 2)
        samples_.pop_front();
}

bool TopState::on_key(const TypedKey& key, std::size_t page) {
    if (std::exchange(chosen_.help, false)) return true;
    switch (key.code) {
        case KeyCode::up:
            scroll(-1);
            break;
        case KeyCode::down:
            scroll(1);
            break;
        case KeyCode::page_up:
            scroll(-static_cast<std::ptrdiff_t>(page));
            break;
        case KeyCode::page_down:
            scroll(static_cast<std::ptrdiff_t>(page));
            break;
        case KeyCode::home:
            chosen_.first = 0;
            break;
        case KeyCode::end:
            chosen_.first = SIZE_MAX;
            break;
        default:
            if (chosen_.typing || key.code != KeyCode::character)
                type(key);
            else if (key.text == "q" || key.text == "Q")
                return false;
            else
                press(key.text, page);
    }
    return true;
}

// What is typed into the search, or ends it.
void TopState::type(const TypedKey& key) {
    std::string& search = chosen_.search;
    if (key.code == KeyCode::escape) {
        search.clear();
        chosen_.typing = false;
    } else if (key.code == KeyCode::enter) {
        chosen_.typing = false;
    } else if (chosen_.typing && key.code == KeyCode::backspace) {
        drop_character(search);
    } else if (chosen_.typing && key.code == KeyCode::clear_line) {
        search.clear();
    } else if (chosen_.typing && key.code == KeyCode::character &&
               search.size() + key.text.size() <= longest_search) {
        search += key.text;
    } else {
        return;
    }
    chosen_.first = 0;
}

void TopState::press(const std::string& key, std::size_t page) {
    const auto leap = static_cast<std::ptrdiff_t>(page);
    if (key == "/") {
        chosen_.typing = true;
        chosen_.search.clear();
    } else if (key == "?" || key == "h") {
        chosen_.help = true;
    } else if (key == "p") {
        chosen_.paused = !chosen_.paused;
        if (!chosen_.paused) shown_ = look_;
    } else if (key == "s") {
        chosen_.order = chosen_.order == TopOrder::count ? TopOrder::key
                        : chosen_.order == TopOrder::key ? TopOrder::change
                                                         : TopOrder::count;
        chosen_.first = 0;
    } else if (key == "k") {
        scroll(-1);
    } else if (key == "j") {
        scroll(1);
    } else if (key == "b") {
        scroll(-leap);
    } else if (key == " ") {
        scroll(leap);
    } else if (key == "g") {
        chosen_.first = 0;
    } else if (key == "G") {
        chosen_.first = SIZE_MAX;
    }
}

// `picture` keeps the place within the list.
void TopState::scroll(std::ptrdiff_t by) {
    const auto distance = static_cast<std::size_t>(by < 0 ? -by : by);
    if (by < 0)
        chosen_.first -= std::min(chosen_.first, distance);
    else
        chosen_.first += std::min(SIZE_MAX - chosen_.first, distance);
}

std::vector<TopKey> TopState::listed() const {
    std::vector<TopKey> keys;
    if (!shown_.newest) return keys;
    const LiveSnapshot* before = samples_.empty() || samples_.front().snapshot == shown_.newest
                                     ? nullptr
                                     : samples_.front().snapshot.get();
    std::size_t rank = 0;
    for (const RankedKey& ranked : shown_.newest->ranked) {
        ++rank;
        if (!contains_ignoring_case(ranked.key, chosen_.search)) continue;
        TopKey key{rank, ranked.key, ranked.count, std::nullopt};
        if (before != nullptr) key.change = change_since(*before, ranked);
        keys.push_back(std::move(key));
    }
    if (chosen_.order == TopOrder::key) std::ranges::sort(keys, {}, &TopKey::key);
    if (chosen_.order == TopOrder::change)
        std::ranges::stable_sort(keys, std::ranges::greater(),
                                 [](const TopKey& k) { return k.change.value_or(0); });
    return keys;
}

TopPicture TopState::picture(SteadyTime now, ScreenSize size) {
    using Link = TopPicture::Link;
    TopPicture picture = chosen_;
    picture.keys = listed();
    picture.snapshot = shown_.newest.get();
    picture.link = look_.connected ? Link::live : look_.trouble.empty() ? Link::waiting : Link::lost;
    picture.trouble = look_.trouble;
    picture.since_seconds = seconds(look_.changed, now);
    picture.retry_seconds = seconds(now, look_.next_try);
    picture.age_seconds = seconds(shown_.received, now);
    const std::size_t page = top_page(picture, size);
    const std::size_t last = picture.keys.size() > page ? picture.keys.size() - page : 0;
    picture.first = chosen_.first = std::min(chosen_.first, last);
    return picture;
}

}  // namespace weir::cli
