#include "transport/stream_transport.h"

#include <array>
#include <climits>
#include <csignal>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weir {
namespace {

class StreamTransportTest : public testing::Test {
  protected:
    StreamTransportTest() {
        std::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    }
    ~StreamTransportTest() override {
        close_reader();
        close_writer();
    }
    void close_reader() { close(0); }
    void close_writer() { close(1); }
    [[nodiscard]] int writer() const { return ends_[1]; }
    [[nodiscard]] int pipe_bytes() const { return ::fcntl(writer(), F_GETPIPE_SZ); }
    std::string read_to_end() {
        std::string all;
        std::array<char, 65536> piece{};
        for (ssize_t n; (n = ::read(ends_[0], piece.data(), piece.size())) > 0;)
            all.append(piece.data(), static_cast<std::size_t>(n));
        return all;
    }
    static OutgoingBatch batch(std::string body, std::string type = "application/x-ndjson") {
        return {"r-b1", std::move(body), std::move(type), "", 2};
    }

  private:
    void close(std::size_t end) {
        if (ends_[end] >= 0) ::close(ends_[end]);
        ends_[end] = -1;
    }
    std::array<int, 2> ends_{-1, -1};
};

TEST_F(StreamTransportTest, a_written_batch_is_acknowledged) {
    StreamTransport transport(std::make_shared<StreamSink>(writer()));
    const Delivery delivery = transport.send(batch("{}\n{}\n"));
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::acknowledged);
    EXPECT_EQ(delivery.verdict.batch_id, "r-b1");
    EXPECT_EQ(delivery.verdict.received, 2U);
    EXPECT_EQ(delivery.verdict.stored, 2U);
    close_writer();
    EXPECT_EQ(read_to_end(), "{}\n{}\n");
}

TEST_F(StreamTransportTest, the_csv_header_is_written_once_whoever_sends_first) {
    const std::string header = "event_id,ts,\"a\nb\"";
    auto sink = std::make_shared<StreamSink>(writer(), header);
    StreamTransport one(sink), other(sink);
    one.send(batch(header + "\n1,2,3\n", "text/csv"));
    other.send(batch(header + "\n4,5,6\n", "text/csv"));
    one.send(batch(header + "\n7,8,9\n", "text/csv"));
    close_writer();
    EXPECT_EQ(read_to_end(), header + "\n1,2,3\n4,5,6\n7,8,9\n");
}

TEST_F(StreamTransportTest, compressed_json_is_written_and_compressed_csv_refused) {
    StreamTransport transport(std::make_shared<StreamSink>(writer()));
    OutgoingBatch compressed = batch("frame");
    compressed.content_encoding = "zstd";
    EXPECT_EQ(transport.send(compressed).outcome, Delivery::Outcome::acknowledged);
    compressed.content_type = "text/csv";
    EXPECT_EQ(transport.send(compressed).outcome, Delivery::Outcome::refused);
    close_writer();
    EXPECT_EQ(read_to_end(), "frame");
}

TEST_F(StreamTransportTest, a_closed_output_refuses_this_and_every_later_batch) {
    close_reader();
    auto sink = std::make_shared<StreamSink>(writer());
    StreamTransport one(sink), other(sink);
    for (StreamTransport* transport : {&one, &other}) {
        const Delivery delivery = transport->send(batch("{}\n"));
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused);
        EXPECT_EQ(delivery.error.code, ErrorCode::io);
        EXPECT_EQ(delivery.error.reason, "output-closed");
    }
}

TEST_F(StreamTransportTest, a_full_disk_is_a_refusal_that_says_so) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) GTEST_SKIP() << "no /dev/full here";
    StreamTransport transport(std::make_shared<StreamSink>(full));
    const Delivery delivery = transport.send(batch("{}\n"));
    ::close(full);
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused);
    EXPECT_EQ(delivery.error.reason, "output-failed");
    EXPECT_NE(delivery.error.message.find("No space left"), std::string::npos) << delivery.error.message;
}

TEST_F(StreamTransportTest, bodies_of_many_threads_do_not_mix) {
    auto sink = std::make_shared<StreamSink>(writer());
    constexpr int threads = 4, batches = 20;
    constexpr std::size_t bytes = 100'000;
    std::string all;
    std::thread reader([&] { all = read_to_end(); });
    std::vector<std::jthread> senders;
    for (int i = 0; i < threads; ++i)
        senders.emplace_back([&, i] {
            StreamTransport transport(sink);
            for (int k = 0; k < batches; ++k)
                transport.send(batch(std::string(bytes - 1, static_cast<char>('a' + i)) + "\n"));
        });
    senders.clear();
    close_writer();
    reader.join();
    ASSERT_EQ(all.size(), threads * batches * bytes);
    for (std::size_t at = 0; at < all.size(); at += bytes)
        EXPECT_EQ(all.substr(at, bytes), std::string(bytes - 1, all[at]) + "\n");
}

TEST_F(StreamTransportTest, cancelling_ends_a_write_that_nobody_reads) {
    auto sink = std::make_shared<StreamSink>(writer());
    StreamTransport one(sink), other(sink);
    std::array<Delivery, 2> deliveries;
    std::thread first([&] { deliveries[0] = one.send(batch(std::string(10'000'000, 'x'))); });
    std::thread second([&] { deliveries[1] = other.send(batch(std::string(10'000'000, 'x'))); });
    for (int held = 0; held < pipe_bytes() - PIPE_BUF;) {
        ASSERT_EQ(::ioctl(writer(), FIONREAD, &held), 0);
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    one.cancel();
    other.cancel();
    first.join();
    second.join();
    for (const Delivery& delivery : deliveries) {
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry);
        EXPECT_EQ(delivery.error.code, ErrorCode::interrupted);
    }
}

}  // namespace
}  // namespace weir
