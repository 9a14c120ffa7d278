#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/key_reader.h"
#include "cli/live_source.h"
#include "cli/top_picture.h"

namespace weir::cli {

// What a viewer of `weir top` has seen and chosen: snapshots and keys go in, pictures come out. Without a
// clock or a terminal of its own.
class TopState {
  public:
    TopState(std::string server, std::string key_title, CharacterSet characters, TopOrder order);

    void on_look(const LiveSource::Look& look);
    // False: the viewer wants to leave.
    bool on_key(const TypedKey& key, std::size_t page);
    // `page`: how many keys the screen lists; keeps the place within them.
    TopPicture picture(SteadyTime now, ScreenSize size);

  private:
    struct Sample {
        SteadyTime at;
        std::shared_ptr<const LiveSnapshot> snapshot;
    };

    void type(const TypedKey& key);
    void press(const std::string& key, std::size_t page);
    void scroll(std::ptrdiff_t by);
    void remember();
    [[nodiscard]] std::vector<TopKey> listed() const;

    TopPicture chosen_;  // all but what changes by itself
    LiveSource::Look look_;
    LiveSource::Look shown_;      // while paused, what was newest then
    std::deque<Sample> samples_;  // a second apart, for the changes
};

}  // namespace weir::cli
