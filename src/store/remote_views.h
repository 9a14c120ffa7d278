#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "store/view_reader.h"

namespace weir {

// A ViewReader over the HTTP interface of `weir serve`. Thread-safe by a lock: one request at a time.
class RemoteViews final : public ViewReader {
  public:
    RemoteViews(http::Url url, std::string token, http::ClientOptions options = {});
    ~RemoteViews() override;

    Result<std::vector<ViewStatus>> views() override;
    Result<ViewRow> window(const std::string& view, std::optional<Timestamp> end) override;
    Result<std::vector<ViewRow>> rows(const std::string& view, TimeRange ends, std::size_t limit) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir
