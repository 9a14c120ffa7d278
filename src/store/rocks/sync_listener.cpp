#include "store/rocks/sync_listener.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace weir::rocks {
namespace {

class SyncListener final : public rocksdb::EventListener {
  public:
    explicit SyncListener(std::function<void(double)> on_sync) : on_sync_(std::move(on_sync)) {}
    bool ShouldBeNotifiedOnFileIO() override { return true; }
    void OnFileSyncFinish(const rocksdb::FileOperationInfo& done) override {
        if (!std::string_view(done.path).ends_with(".log")) return;
        on_sync_(std::chrono::duration<double>(done.duration).count());
    }

  private:
    const std::function<void(double)> on_sync_;
};

}  // namespace

std::shared_ptr<rocksdb::EventListener> make_sync_listener(std::function<void(double seconds)> on_sync) {
    return std::make_shared<SyncListener>(std::move(on_sync));
}

}  // namespace weir::rocks
