#include "http/head_parser.h"

#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace weir::http {
namespace {

namespace beast = boost::beast;

// Puts what Beast finds straight into a ParsedHead; bodies are none of its business.
template <bool is_request>
class HeadParser final : public beast::http::basic_parser<is_request> {
  public:
    explicit HeadParser(ParsedHead& head) : head_(head) {
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->skip(true);
    }

  private:
    void on_request_impl(beast::http::verb /*method*/, beast::string_view method, beast::string_view target,
                         int version, beast::error_code& /*error*/) override {
        head_.method = method;
        head_.target = target;
        head_.version = version;
    }
    void on_response_impl(int status, beast::string_view /*reason*/, int version,
                          beast::error_code& /*error*/) override {
        head_.status = static_cast<unsigned>(status);
        head_.version = version;
    }
    void on_field_impl(beast::http::field /*field*/, beast::string_view name, beast::string_view value,
                       beast::error_code& /*error*/) override {
        head_.headers.add(name, value);
    }
    void on_header_impl(beast::error_code& /*error*/) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                           beast::error_code& /*error*/) override {}
    std::size_t on_body_impl(beast::string_view /*body*/, beast::error_code& /*error*/) override { return 0; }
    void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/,
                              beast::error_code& /*error*/) override {}
    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view /*body*/,
                                   beast::error_code& /*error*/) override {
        return 0;
    }
    void on_finish_impl(beast::error_code& /*error*/) override {}

    ParsedHead& head_;
};

// Whether the first line ends in a well-formed version: then it is the version that is not supported, not the
// line malformed.
bool names_a_version(std::string_view bytes) {
    const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    const std::size_t at = line.find("HTTP/");
    if (at == std::string_view::npos || line.size() != at + 8) return false;
    const auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
    return digit(at + 5) && line[at + 6] == '.' && digit(at + 7);
}

template <bool is_request>
Guarded<ParsedHead> parse(std::string_view bytes) {
    ParsedHead head;
    HeadParser<is_request> parser{head};
    beast::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error == beast::http::error::bad_version && names_a_version(bytes))
        return refuse(505, "version-unsupported", "the version of HTTP is neither 1.0 nor 1.1");
    if (error) return refuse(400, "invalid-request", "the head is malformed: " + error.message());
    if (used != bytes.size() || !parser.is_header_done())
        return refuse(400, "invalid-request", "the head does not end where its blank line is");
    head.keep_alive = parser.keep_alive();
    return head;
}

}  // namespace

Guarded<ParsedHead> parse_request_head(std::string_view bytes) {
    return parse<true>(bytes);
}
Guarded<ParsedHead> parse_answer_head(std::string_view bytes) {
    return parse<false>(bytes);
}

}  // namespace weir::http
