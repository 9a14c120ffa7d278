#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace weir::test {

// A disk that fails when told to, and that forgets what was not synced when the power is cut. Only what
// changes a file's content counts as a step: appends, syncs and truncations. Thread-safe.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
  public:
    enum class Fault { io_error, no_space };

    FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    const char* Name() const override { return "FaultyFileSystem"; }

    // The k-th step from now fails (from 1), and with `for_good` all that follow.
    void fail_at(std::uint64_t k, Fault fault, bool for_good) {
        const std::scoped_lock lock(mutex_);
        steps_ = 0;
        fail_at_ = k;
        fault_ = fault;
        for_good_ = for_good;
    }
    void heal() { fail_at(0, Fault::io_error, false); }
    bool failed() {
        const std::scoped_lock lock(mutex_);
        return fail_at_ != 0 && steps_ >= fail_at_;
    }
    std::uint64_t steps() {
        const std::scoped_lock lock(mutex_);
        return steps_;
    }

    // Cuts every file back to what was synced. Nothing may have it open.
    void lose_unsynced() {
        const std::scoped_lock lock(mutex_);
        for (const auto& [name, length] : lengths_)
            if (std::filesystem::exists(name) && std::filesystem::file_size(name) > length.synced)
                std::filesystem::resize_file(name, length.synced);
        lengths_.clear();
    }

    rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
        if (status.ok()) {
            const std::scoped_lock lock(mutex_);
            lengths_[name] = {};
            *file = std::make_unique<File>(*this, name, std::move(*file));
        }
        return status;
    }
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                                 const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
        const std::scoped_lock lock(mutex_);
        if (const auto known = lengths_.find(from); status.ok() && known != lengths_.end()) {
            lengths_[to] = known->second;
            lengths_.erase(known);
        }
        return status;
    }

  private:
    struct Length {
        std::uint64_t written = 0, synced = 0;
    };

    class File final : public rocksdb::FSWritableFileOwnerWrapper {
      public:
        File(FaultyFileSystem& system, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
            : FSWritableFileOwnerWrapper(std::move(file)), system_(system), name_(std::move(name)) {}

        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
            auto status = system_.step();
            if (status.ok()) status = FSWritableFileOwnerWrapper::Append(data, options, debug);
            if (status.ok()) system_.wrote(name_, data.size());
            return status;
        }
        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 const rocksdb::DataVerificationInfo&,
                                 rocksdb::IODebugContext* debug) override {
            return Append(data, options, debug);
        }
        rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            auto status = system_.step();
            if (status.ok()) status = FSWritableFileOwnerWrapper::Sync(options, debug);
            if (status.ok()) system_.synced(name_);
            return status;
        }
        rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            auto status = system_.step();
            if (status.ok()) status = FSWritableFileOwnerWrapper::Fsync(options, debug);
            if (status.ok()) system_.synced(name_);
            return status;
        }
        rocksdb::IOStatus Truncate(std::uint64_t size, const rocksdb::IOOptions& options,
                                   rocksdb::IODebugContext* debug) override {
            auto status = system_.step();
            if (status.ok()) status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
            return status;
        }

      private:
        FaultyFileSystem& system_;
        const std::string name_;
    };

    rocksdb::IOStatus step() {
        const std::scoped_lock lock(mutex_);
        ++steps_;
        if (fail_at_ == 0 || steps_ < fail_at_ || (steps_ > fail_at_ && !for_good_))
            return rocksdb::IOStatus::OK();
        return fault_ == Fault::no_space ? rocksdb::IOStatus::NoSpace("injected: disk full")
                                         : rocksdb::IOStatus::IOError("injected");
    }
    void wrote(const std::string& name, std::size_t bytes) {
        const std::scoped_lock lock(mutex_);
        lengths_[name].written += bytes;
    }
    void synced(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        lengths_[name].synced = lengths_[name].written;
    }

    std::mutex mutex_;
    std::uint64_t steps_ = 0;
    std::uint64_t fail_at_ = 0;  // 0: never
    Fault fault_ = Fault::io_error;
    bool for_good_ = false;
    std::map<std::string, Length> lengths_;  // of the files made since the last power cut
};

}  // namespace weir::test
