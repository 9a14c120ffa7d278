#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "codec/row_source.h"

namespace weir::test {

using Path = std::filesystem::path;

class RowSourceTest : public testing::Test {
  protected:
    RowSourceTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "weir-rows-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~RowSourceTest() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name, const std::string& content) {
        const Path path = folder_ / name;
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    static RowSource::Options from(std::string path) {
        RowSource::Options options;
        options.path = std::move(path);
        return options;
    }
    // What is wrong with an input, be it found at once or by reading.
    static Error error_of(const RowSource::Options& options) {
        auto source = RowSource::open(options);
        if (!source) return source.error();
        for (;;) {
            auto row = (*source)->next();
            if (!row) return row.error();
            if (*row == nullptr) return {};
        }
    }

    Path folder_;
};

}  // namespace weir::test
