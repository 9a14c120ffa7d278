#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::http {

namespace asio = boost::asio;

// Asio's types bound to io_context's own executor: half the cost of the type-erased default. For sources
// only.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;
// g++ 12 evaluates a co_await behind && or || in a co_return although it should not: give each await a
// statement of its own. `auto [error, bytes] = co_await socket.async_read_some(buffer, awaited);` without
// exceptions.
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> awaited{};

}  // namespace weir::http
