// A stream of raw events, read slowly.
#include "http/raw_socket.h"
#include "running_service.h"

namespace weir::test {
namespace {

TEST(RawStream, holds_what_was_stored_when_it_began) {
    RunningService world;
    constexpr std::size_t batches = 6, lines = 5000;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        std::string body;
        for (std::size_t i = 1; i <= lines; ++i)
            body += line_of("s" + std::to_string(batch) + "-" + std::to_string(i), 0, std::string(200, 'k')) +
                    "\n";
        ASSERT_EQ(world.post(body).status, 200U);
    }
    http::test::RawSocket socket(world.url().port);
    ASSERT_TRUE(socket.send("GET /v1/events?from=" + format_rfc3339(start_time) +
                            "&to=" + format_rfc3339(start_time + Duration{1000}) +
                            " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    std::string answer = socket.read_through("\r\n\r\n");  // some megabytes wait in the sockets, not all
    ASSERT_EQ(world.post(lines_of("later", 3)).status, 200U);
    answer += socket.read_to_end();
    const std::string_view mark = "\"event_id\"";
    std::size_t events = 0;
    for (std::size_t at = answer.find(mark); at != std::string::npos; at = answer.find(mark, at + 1))
        ++events;
    EXPECT_EQ(events, batches * lines);
    EXPECT_EQ(answer.find("later-"), std::string::npos);
}

}  // namespace
}  // namespace weir::test
