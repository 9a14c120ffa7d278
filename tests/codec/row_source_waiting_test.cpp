// Sources that repeat, that wait for their writer, and what they keep in memory meanwhile.
#include <algorithm>
#include <fstream>
#include <thread>

#include <sys/stat.h>

#include "codec/row_source_fixture.h"

namespace weir {
namespace {

using test::Path;
using test::RowSourceTest;

TEST_F(RowSourceTest, repeating_gives_the_rows_again_but_not_the_rejected_ones) {
    for (const std::size_t kept :
         {std::size_t{1} << 20U, std::size_t{1}}) {  // in memory, and from the file again
        RowSource::Options options = from(file("a.csv", "County\na\nb,c\nd\n"));
        options.repeat = true;
        options.max_kept = kept;
        auto source = RowSource::open(options);
        ASSERT_TRUE(source);
        std::string seen;
        std::size_t rejected = 0;
        for (int i = 0; i < 7; ++i) {
            auto row = (*source)->next();
            ASSERT_TRUE(row && *row != nullptr);
            seen += (*row)->csv;
            rejected += (*source)->take_rejected().size();
        }
        EXPECT_EQ(seen, "adadada");
        EXPECT_EQ(rejected, 1U);
    }
}

TEST_F(RowSourceTest, repeating_without_a_usable_row_is_an_error_and_no_endless_loop) {
    RowSource::Options options = from(file("a.csv", "County\na,b\n"));
    options.repeat = true;
    EXPECT_EQ(error_of(options).reason, "input-unusable");
}

TEST_F(RowSourceTest, a_file_whose_header_changes_while_it_repeats_is_an_error) {
    const std::string path = file("a.csv", "County,B\nx,y\n");
    RowSource::Options options = from(path);
    options.repeat = true;
    options.max_kept = 1;
    auto source = RowSource::open(options);
    ASSERT_TRUE(source && (*source)->next());
    file("a.csv", "County,C\nx,y\n");
    auto row = (*source)->next();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().reason, "input-changed");
}

// A writer at the other end of a named pipe.
class Pipe {
  public:
    explicit Pipe(const Path& folder) : path_((folder / "pipe").string()) { ::mkfifo(path_.c_str(), 0600); }
    const std::string& path() const { return path_; }
    void open() { out_.open(path_, std::ios::binary); }
    void write(const std::string& text) { out_ << text << std::flush; }
    void close() { out_.close(); }

  private:
    std::string path_;
    std::ofstream out_;
};

TEST_F(RowSourceTest, a_pipe_is_ready_only_when_a_whole_row_came) {
    Pipe pipe(folder_);
    std::thread writer([&] {
        pipe.open();
        pipe.write("County\nfir");
    });
    auto source = RowSource::open(from(pipe.path()));
    writer.join();
    ASSERT_TRUE(source);
    EXPECT_FALSE((*source)->ready(Duration{1}));
    pipe.write("st\nsecond\nthi");
    EXPECT_TRUE((*source)->ready(Duration{5000}));
    EXPECT_EQ((**(*source)->next()).csv, "first");
    EXPECT_TRUE((*source)->ready(Duration{0}));
    EXPECT_EQ((**(*source)->next()).csv, "second");
    EXPECT_FALSE((*source)->ready(Duration{0}));
    pipe.close();
    EXPECT_TRUE((*source)->ready(Duration{5000}));
    EXPECT_EQ((**(*source)->next()).csv, "thi");
    EXPECT_EQ(*(*source)->next(), nullptr);
    EXPECT_EQ(*(*source)->next(), nullptr);
}

TEST_F(RowSourceTest, a_pipe_that_repeats_must_fit_in_memory) {
    for (const std::size_t kept : {std::size_t{1} << 20U, std::size_t{1}}) {
        std::filesystem::remove(folder_ / "pipe");
        Pipe pipe(folder_);
        std::thread writer([&] {
            pipe.open();
            pipe.write("County\na\n");
            pipe.close();
        });
        RowSource::Options options = from(pipe.path());
        options.repeat = true;
        options.max_kept = kept;
        auto source = RowSource::open(options);
        writer.join();
        ASSERT_TRUE(source && (*source)->next());
        auto again = (*source)->next();
        if (kept > 1)
            EXPECT_EQ((**again).csv, "a");
        else
            EXPECT_EQ(again.error().reason, "input-too-large");
    }
}

TEST_F(RowSourceTest, many_rejected_rows_wait_in_bounded_memory) {
    std::string text = "County\n";
    for (int i = 0; i < 100'000; ++i)
        text += "a,b\n";
    auto source = RowSource::open(from(file("a.csv", text + "good\n")));
    ASSERT_TRUE(source);
    std::size_t rejected = 0, most = 0;
    while (!(*source)->ready(Duration{0})) {
        const std::size_t some = (*source)->take_rejected().size();
        rejected += some;
        most = std::max(most, some);
    }
    rejected += (*source)->take_rejected().size();
    EXPECT_EQ(rejected, 100'000U);
    EXPECT_LE(most, 1000U);
    EXPECT_EQ((**(*source)->next()).csv, "good");
}

}  // namespace
}  // namespace weir
