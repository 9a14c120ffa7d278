#include <cstdlib>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/exit_status.h"
#include "cli/live_source.h"
#include "cli/remote.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/top_state.h"
#include "event/group_by.h"

namespace weir::cli {
namespace {

constexpr Duration redraw_pause{1'000};  // ages are told in seconds when nothing else happens
constexpr Duration escape_pause{50};     // what comes later than this is no sequence that Escape began
constexpr Duration look_pause{20};       // for the first snapshot of --once
constexpr std::size_t usual_columns = 80;

// A screen, or a line-by-line terminal (TERM=dumb, an editor's shell) that knows no cursor?
bool has_screen() {
    const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing changes it
    const bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
    return !dumb && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

class TopCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "top",
            "watch the counts of a running server in a terminal",
            "[options]",
            {"weir top", "weir top --sort change --top 50", "weir top --once > counts.txt"},
            "Keys: q quits, arrows and PgUp PgDn move, / searches, s sorts, p pauses, ? explains. What is "
            "shown "
            "is the window of this moment, as events arrive; a lost connection is said in words and opened "
            "again. Without a terminal, or with TERM=dumb, one snapshot is printed as text, as with --once."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What to show");
        options.count("top", top_, "Only the N largest counts", 1, 1000);
        options.choice<TopOrder>(
            "sort", order_,
            {{"count", TopOrder::count}, {"name", TopOrder::key}, {"change", TopOrder::change}},
            "Order of the list; the key s changes it");
        options.toggle("once", once_, "Print one snapshot as text, and end");
        remote_.declare(options);
    }

    Result<int> run(Console& console) override {
        const bool screen = !once_ && has_screen();
        SignalWatcher signals;  // before the first thread
        Result<LiveSource::Options> source = source_options(console);
        if (!source) return fail(std::move(source).error());
        // Says at once, in the usual words, what is wrong with the address or the token.
        Result<std::unique_ptr<RemoteStore>> store = connect(remote_, console);
        if (!store) return fail(std::move(store).error());
        const Result<RemoteStatus> status = (*store)->status();
        if (!status) return fail(status.error());
        const bool everything = !screen && ::isatty(STDOUT_FILENO) != 1;
        TopState state(http::authority(source->server), shown_group_by(status->group_by),
                       everything ? CharacterSet::utf8 : character_set_of_environment(), order_);
        if (!screen) return print_once(*std::move(source), state, signals);
        return watch(*std::move(source), state, signals, console);
    }

  private:
    Result<LiveSource::Options> source_options(Console& console) const {
        LiveSource::Options source;
        Result<http::Url> url = remote_.url();
        if (!url) return fail(std::move(url).error());
        Result<std::string> token = remote_.token(console);
        if (!token) return fail(std::move(token).error());
        source.server = *std::move(url);
        source.token = *std::move(token);
        source.client = remote_.client();
        source.top = top_;
        return source;
    }

    // Waits for the first snapshot, or for what keeps it away.
    Result<int> print_once(LiveSource::Options options, TopState& state, SignalWatcher& signals) {
        signals.watch([](int, int) {});
        LiveSource source(std::move(options), [] {});
        LiveSource::Look look = source.look();
        for (; !look.newest && look.trouble.empty() && !signals.received(); look = source.look())
            std::this_thread::sleep_for(look_pause);
        if (const auto signal = signals.received()) return exit_status_of_signal(*signal);
        if (!look.newest) return fail(look.ended ? *look.ended : unreachable(look.trouble));
        state.on_look(look);
        DataSink out = DataSink::standard_output();
        const ScreenSize size{usual_columns, usual_columns};
        Result<void> printed =
            out.write(print_top(state.picture(system_clock().steady_now(), size), usual_columns));
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

    static Error unreachable(const std::string& trouble) {
        return {ErrorCode::unreachable, "connection-lost", trouble, "see whether weir serve still runs"};
    }

    Result<int> watch(LiveSource::Options options, TopState& state, SignalWatcher& signals,
                      Console& console) {
        Result<std::unique_ptr<Terminal>> opened = Terminal::open(console.out().enabled());
        if (!opened) return fail(std::move(opened).error());
        std::shared_ptr<Terminal> terminal = *std::move(opened);
        const auto wake = [weak = std::weak_ptr(terminal)] {
            if (const auto there = weak.lock()) there->wake();
        };
        signals.watch([wake](int, int) { wake(); });
        LiveSource source(std::move(options), wake);
        Result<int> end = show(*terminal, source, state, signals);
        terminal.reset();  // before anything that may take a while
        return end;
    }

    static Result<int> show(Terminal& terminal, const LiveSource& source, TopState& state,
                            const SignalWatcher& signals) {
        KeyReader keys;
        while (!signals.received()) {
            const LiveSource::Look look = source.look();
            if (look.ended) return fail(*look.ended);
            state.on_look(look);
            const ScreenSize size = terminal.size();
            const TopPicture picture = state.picture(system_clock().steady_now(), size);
            terminal.draw(draw_top(picture, size));
            const Terminal::News news = terminal.wait(keys.unfinished() ? escape_pause : redraw_pause);
            if (news.gone) return exit_done;
            for (const TypedKey& key : news.quiet ? keys.finish() : keys.feed(news.input))
                if (!state.on_key(key, top_page(picture, size))) return exit_done;
        }
        return exit_status_of_signal(*signals.received());
    }

    RemoteOptions remote_;
    std::uint64_t top_ = 1000;
    TopOrder order_ = TopOrder::count;
    bool once_ = false;
};

}  // namespace

std::unique_ptr<Command> make_top_command() {
    return std::make_unique<TopCommand>();
}

}  // namespace weir::cli
