#pragma once

#include <cstdint>
#include <string_view>

namespace weir::http {

// Reads `Transfer-Encoding: chunked` (RFC 9112, section 7.1) piece by piece. Extensions and trailers are read
// and dropped, never kept, and both are bounded. Strict: line ends are CRLF, sizes are 1 to 15 hexadecimal
// digits, no white space around them.
class ChunkedDecoder {
  public:
    enum class State {
        more,  // wants further bytes
        done,  // the blank line after the trailers is read
        malformed,
        too_much_talk,  // extensions out of proportion to the data: see max_excess
        trailers_too_large,
    };
    explicit ChunkedDecoder(std::uint64_t max_trailers) : max_trailers_(max_trailers) {}

    struct Step {
        State state = State::more;
        std::size_t consumed = 0;  // of the input, the data included
        std::string_view data;     // part of the input that is the body's; may be empty
    };
    // Takes one piece of `input`; call it again with what is left until it consumes nothing or is no longer
    // `more`.
    Step next(std::string_view input);

    // The bytes of the present chunk that have not come yet: whoever reads them straight into the body says
    // so by `took`.
    [[nodiscard]] std::uint64_t left_of_chunk() const { return part_ == Part::data ? left_ : 0; }
    void took(std::uint64_t bytes);

    // The bytes of chunk lines may exceed 16 and twice the data of each chunk by so much over a whole body
    // (as Go's net/http/internal/chunked.go): a body cannot hide 8 GB of extensions behind 8 MB of data.
    static constexpr std::int64_t max_excess = 16 * 1024;

  private:
    enum class Part {
        size,
        extension,
        size_line_feed,
        data,
        data_return,
        data_line_feed,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_line_feed,
        last_line_feed
    };
    State line_byte(char c);  // any byte but chunk data
    State size_byte(char c);
    State trailer_byte(char c);
    State end_of_size_line();

    std::uint64_t max_trailers_;
    Part part_ = Part::size;
    std::uint64_t left_ = 0;  // the size as it is read, then what is left of the data
    int digits_ = 0;
    std::int64_t line_bytes_ = 0;
    std::int64_t excess_ = 0;
    std::uint64_t trailer_bytes_ = 0;
};

}  // namespace weir::http
