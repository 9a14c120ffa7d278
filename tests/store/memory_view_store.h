#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/view_store.h"

namespace weir::test {

// The model of a ViewStore: plain containers, obviously right, nothing durable; and where a test injects the
// faults of a disk. For one thread.
class MemoryViewStore final : public ViewStore {
  public:
    enum class Fault { none, before_write, after_write };
    Fault next_put = Fault::none;     // of the next put alone
    std::size_t panes_asked_for = 0;  // calls of panes()

    Result<std::optional<ViewProgress>> progress(const std::string& view) override {
        const auto found = views_.find(view);
        return found == views_.end() ? std::nullopt : found->second.progress;
    }
    Result<std::map<Timestamp, ViewGroups>> panes(const std::string& view, TimeRange range) override {
        ++panes_asked_for;
        std::map<Timestamp, ViewGroups> found;
        for (const auto& [start, groups] : views_[view].panes)
            if (range.contains(start)) found.emplace(start, groups);
        return found;
    }
    Result<std::optional<Timestamp>> first_pane(const std::string& view, Timestamp from) override {
        const auto& panes = views_[view].panes;
        const auto found = panes.lower_bound(from);
        return found == panes.end() ? std::nullopt : std::optional(found->first);
    }
    Result<std::vector<Timestamp>> marked(const std::string& view, std::size_t limit) override {
        const auto& marked = views_[view].marked;
        std::vector<Timestamp> found(marked.begin(), marked.end());
        found.resize(std::min(found.size(), limit));
        return found;
    }
    Result<std::optional<ViewWindow>> row(const std::string& view, Timestamp end) override {
        const auto& rows = views_[view].rows;
        const auto found = rows.find(end);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    Result<std::vector<ViewWindow>> rows(const std::string& view, TimeRange ends,
                                         std::size_t limit) override {
        std::vector<ViewWindow> found;
        for (const auto& [end, row] : views_[view].rows)
            if (ends.contains(end) && found.size() < limit) found.push_back(row);
        return found;
    }
    Result<void> put(std::span<const ViewChange> changes) override {
        const Fault fault = std::exchange(next_put, Fault::none);
        const auto failed = [] { return fail(ErrorCode::storage, "store-failed", "a fault of the test"); };
        if (fault == Fault::before_write) return failed();
        for (const ViewChange& change : changes) {
            View& view = views_[change.view];
            for (const auto& [start, groups] : change.panes)
                view.panes[start] = groups;
            for (const ViewWindow& row : change.rows)
                view.rows[row.end] = row;
            view.marked.insert(change.marked.begin(), change.marked.end());
            for (const Timestamp start : change.cleared)
                view.marked.erase(start);
            view.progress = change.progress;
        }
        if (fault == Fault::after_write) return failed();
        return {};
    }
    Result<void> drop_before(const std::string& name, Timestamp oldest) override {
        View& view = views_[name];
        view.panes.erase(view.panes.begin(), view.panes.lower_bound(oldest));
        view.rows.erase(view.rows.begin(), view.rows.lower_bound(oldest));
        view.marked.erase(view.marked.begin(), view.marked.lower_bound(oldest));
        return {};
    }
    Result<void> drop(const std::string& view) override {
        views_.erase(view);
        return {};
    }

  private:
    struct View {
        std::optional<ViewProgress> progress;
        std::map<Timestamp, ViewGroups> panes;
        std::map<Timestamp, ViewWindow> rows;
        std::set<Timestamp> marked;
    };
    std::map<std::string, View> views_;
};

}  // namespace weir::test
