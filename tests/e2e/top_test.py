"""`weir top`, as a person sees it: in a real terminal (tmux), and without one."""

import os
import re
import signal
import unittest

import harness
from harness import Server, TestCase, event, finish, free_port, ndjson, now_ms, start_weir, wait_until, weir
from terminal import HAS_TMUX, Terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


def send(server, run, keys):
    """One event for each time a key is named."""
    events = [event(run, i, now_ms(), key) for i, key in enumerate(keys, 1)]
    server.post(ndjson(events)).expect(200)


@unittest.skipUnless(HAS_TMUX, "tmux is not installed")
class InATerminal(TestCase):
    def setUp(self):
        self.server = self.serve()

    def terminal(self, columns=80, rows=24, env=None):
        return self.enterContext(Terminal(columns, rows, env))

    def watching(self, *flags, columns=80, rows=24, env=None):
        terminal = self.terminal(columns, rows, env)
        terminal.weir("top", "--server", self.server.url, *flags)
        terminal.until("weir top", "ledger balances")
        return terminal

    def assert_given_back(self, terminal, status):
        terminal.until(f"ended={status}", gone=("ledger",))
        self.assertFalse(terminal.on_other_screen)
        self.assertTrue(terminal.cursor_is_shown)
        self.assertEqual(*terminal.settings_before_and_after())
        terminal.type("echo $((6*7))", "Enter")
        terminal.until("42")

    def test_counts_move_as_events_arrive(self):
        send(self.server, "a", ["Delaware"] * 3 + ["St. Lawrence"])
        terminal = self.watching()
        terminal.until("Delaware", "total 4", "keys 2")
        terminal.until_match(r"\n  1  Delaware +3   75\.0%")
        self.assertTrue(terminal.on_other_screen)
        send(self.server, "b", ["St. Lawrence"] * 6)
        terminal.until("total 10")
        terminal.until_match(r"\n  1  St\. Lawrence +7   70\.0% +\+6  █+\n  2  Delaware +3   30\.0% +=  █")
        terminal.until_match(r"ledger balances: 10 received = 10 stored \+ 0 duplicates \+ 0 rejected")
        terminal.until_match(r"\Aweir top.* live, \d\.\d s ago$")
        terminal.until_match(r"^q quit .* 1-2 of 2, by count.*\Z")
        terminal.press("q")
        self.assert_given_back(terminal, 0)

    def test_rejected_lines_are_counted(self):
        terminal = self.watching()
        self.server.post(ndjson([event("r", 1, now_ms(), "Kent")]) + b"no event\n").expect(422)
        terminal.until("rejected 1", "2 received = 1 stored + 0 duplicates + 1 rejected")

    def test_a_lost_connection_is_said_and_heals(self):
        port = free_port()
        folder = self.folder() / "data"
        server = self.serve(folder=folder, port=port)
        send(server, "a", ["Kent"] * 5)
        terminal = self.terminal()
        terminal.weir("top", "--server", server.url)
        terminal.until("total 5")
        server.stop()
        terminal.until("connection lost", "The numbers below are those of", "total 5", "Kent")
        terminal.until("Connection refused. Next try", gone=("live,",))
        again = self.serve(folder=folder, port=port)
        send(again, "b", ["Kent"])
        terminal.until("live,", "total 6", gone=("lost",))

    def test_a_server_that_says_nothing_has_been_lost(self):
        terminal = self.watching()
        self.server.signal(signal.SIGSTOP)
        try:
            terminal.until("connection lost")
        finally:
            self.server.signal(signal.SIGCONT)
        terminal.until("live,", gone=("lost",))

    def test_it_follows_the_size_of_the_terminal(self):
        send(self.server, "a", [f"key-{i:03}" for i in range(60)])
        terminal = self.watching()
        terminal.until("1-18 of 60")
        terminal.resize(40, 16)
        terminal.until("1-8 of 60", gone=("SHARE",))
        self.assertEqual(len(terminal.lines), 16)
        self.assertLessEqual(max(map(len, terminal.lines)), 40)
        terminal.until_match(r"\nkey-000 +1 +\S* +█")
        terminal.resize(120, 40)
        terminal.until("1-34 of 60", "SHARE")
        terminal.resize(12, 3)
        terminal.until("weir top")
        terminal.resize(80, 24)
        terminal.until("1-18 of 60", "SHARE")

    def test_keys(self):
        send(self.server, "a", [f"key-{i:03}" for i in range(60)] + ["St. Lawrence"])
        terminal = self.watching()
        terminal.until("1-18 of 61")
        for keys, place in (
            (("Down",), "2-19"), (("Up", "Up"), "1-18"), (("NPage",), "19-36"), (("NPage", "NPage"), "44-61"),
            (("PPage",), "26-43"), (("Home",), "1-18"), (("End",), "44-61"), (("g",), "1-18"), (("j", "j", "k"), "2-19"),
        ):  # fmt: skip
            terminal.press(*keys)
            terminal.until(f"{place} of 61")
        terminal.type("/LAWr")
        terminal.until("/LAWr", "St. Lawrence", gone=("key-0",))
        self.assertTrue(terminal.cursor_is_shown)
        terminal.press("Enter")
        terminal.until("/LAWr  (Esc: show all)")
        terminal.press("Escape")
        terminal.until("1-18 of 61", "key-000")
        terminal.type("/none")
        terminal.until("no key contains it")
        terminal.press("Escape")
        terminal.press("s")
        terminal.until("by name")
        terminal.press("?")
        terminal.until("Any key goes back", "PgUp", gone=("total",))
        terminal.press("q")
        terminal.until("total 61", "by name")
        terminal.press("q")
        self.assert_given_back(terminal, 0)

    def test_a_pause_keeps_what_is_shown(self):
        send(self.server, "a", ["Kent"])
        terminal = self.watching()
        terminal.until("total 1")
        terminal.press("p")
        terminal.until("paused")
        send(self.server, "b", ["Kent"])
        wait_until(lambda: self.server.ledger()["stored"] == 2)
        wait_until(lambda: re.search(r"live, ([2-9]|\d\d)", terminal.text), what="what is shown is older")
        terminal.until("total 1")
        terminal.press("p")
        terminal.until("total 2", gone=("paused",))

    def test_names_cannot_steer_the_terminal(self):
        hostile = [
            "\x1b[2J\x1b[1;1Hgone", "\x1b]0;title\x07", "bell\x07", "line\nbreak\ttab", "\u202ereversed", "zero\u200bwidth", "\x9b31m",
            "東京都千代田区", "🐟🐟", "Zalgo" + "\u0301" * 40, "W" * 250, "<img src=x onerror=alert(1)>",
        ]  # fmt: skip
        send(self.server, "a", hostile + ["Kent"] * 2)
        terminal = self.watching(columns=80, rows=24)
        terminal.until("Kent", "total 14", r"\x1B[2J\x1B[1;1Hgone", r"\x1B]0;title\x07", r"bell\x07", r"line\x0Abreak\x09tab",
                       r"\u{202E}reversed", r"zero\u{200B}width", r"\xC2\x9B31m", "東京都千代田区", "🐟🐟", "Zalgo", "W" * 20,
                       "<img src=x")  # fmt: skip
        self.assertTrue(terminal.lines[0].startswith("weir top"))
        rows = terminal.lines[5:18]
        titles = terminal.lines[4]
        for row in rows:
            # tmux writes a wide character once; its second column holds nothing.
            wide = sum(1 for c in row[: row.find("█")] if ord(c) > 0x2E80)
            marks = sum(1 for c in row if c == "\u0301")
            count = titles.index("COUNT") + 4 - wide + marks
            self.assertIn(row[count], "12", f"{row!r} under {titles!r}")
        self.assertLessEqual(len(rows[1]), 80 + 40)

    def test_without_colour(self):
        send(self.server, "a", ["Kent"])
        coloured = self.watching()
        coloured.until("Kent")
        self.assertRegex(coloured.drawn, COLOUR)
        for env, flags in (({"NO_COLOR": "1"}, ()), ({}, ("--no-color",)), ({}, ("--color", "never"))):
            with self.subTest(env=env, flags=flags):
                terminal = self.watching(*flags, env=env)
                terminal.until("Kent", "live,")
                self.assertNotIn("\x1b[", terminal.drawn)

    def test_a_terminal_of_ascii_alone(self):
        send(self.server, "a", ["Kent"] * 2 + ["Zürich"])
        terminal = self.watching(env={"LANG": "C"})
        terminal.until("Kent", "###", r"Z\u{00FC}rich")
        self.assertTrue(terminal.text.isascii(), terminal.text)

    def test_a_terminal_without_a_cursor_gets_one_snapshot(self):
        send(self.server, "a", ["Kent"])
        terminal = self.terminal(env={"TERM": "dumb"})
        terminal.weir("top", "--server", self.server.url)
        terminal.until("Kent", "total 1", "ended=0")
        self.assertFalse(terminal.on_other_screen)
        self.assertNotIn("\x1b", terminal.drawn)

    def test_signals_give_the_terminal_back(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                terminal = self.watching()
                os.kill(terminal.pid_of_weir(), number)
                self.assert_given_back(terminal, status)
        terminal = self.watching()
        terminal.press("C-c")
        self.assert_given_back(terminal, 130)

    def test_it_can_be_stopped_and_taken_up_again(self):
        send(self.server, "a", ["Kent"])
        terminal = self.watching()
        terminal.press("C-z")
        terminal.until("Stopped", gone=("ledger",))
        self.assertFalse(terminal.on_other_screen)
        self.assertTrue(terminal.cursor_is_shown)
        terminal.type("fg", "Enter")
        terminal.until("Kent", "live,")
        send(self.server, "b", ["Kent"])
        terminal.until("total 2")
        terminal.press("q")
        terminal.until("$", gone=("ledger",))
        self.assertFalse(terminal.on_other_screen)

    def test_an_error_gives_the_terminal_back_and_is_told(self):
        token = self.folder() / "token"
        token.write_text("a-token-of-sixteen-characters\n")
        token.chmod(0o600)
        port = free_port()
        open_server = self.serve(port=port)
        terminal = self.terminal()
        terminal.weir("top", "--server", open_server.url)
        terminal.until("ledger balances")
        open_server.stop()
        guarded = Server(self.folder() / "data", "--token-file", token, port=port, token="a-token-of-sixteen-characters")
        self.addCleanup(guarded.stop)
        guarded.start()
        terminal.until("ended=4", "weir: ", "token")
        self.assertFalse(terminal.on_other_screen)


class WithoutATerminal(TestCase):
    def test_one_snapshot_is_printed(self):
        server = self.serve()
        send(server, "a", ["Delaware"] * 3 + ["\x1b[31mRed"])
        for flags in ((), ("--once",)):
            done = weir("top", "--server", server.url, *flags, env={"LANG": "C"})
            self.assert_status(done, 0)
            self.assertEqual(done.err, "")
            self.assertNotIn("\x1b", done.out)
            self.assertRegex(done.out, r"\ntotal 4   rate \S+/s   late 0   rejected 0   keys 2\n")
            self.assertRegex(done.out, r"\n  1  Delaware +3   75\.0%  █+\n  2  \\x1B\[31mRed +1   25\.0%  █+")
        named = weir("top", "--once", "--top", "1", "--server", server.url)
        self.assertIn("the 1 largest of 2 keys", named.out)

    def test_a_token_is_sent(self):
        token = self.folder() / "token"
        token.write_text("a-token-of-sixteen-characters\n")
        token.chmod(0o600)
        server = self.serve("--token-file", token, token="a-token-of-sixteen-characters")
        self.assert_status(weir("top", "--once", "--server", server.url, "--token-file", token), 0)
        refused = weir("top", "--once", "--server", server.url)
        self.assert_status(refused, 4)
        self.assertIn("token", refused.err)

    def test_what_cannot_be_reached_is_an_error(self):
        done = weir("top", "--server", f"http://127.0.0.1:{free_port()}")
        self.assert_status(done, 3)
        self.assertIn("cannot connect", done.err)
        self.assertEqual(done.out, "")

    def test_a_reader_that_stops_is_no_error(self):
        server = self.serve()
        process = start_weir("top", "--once", "--server", server.url)
        process.stdout.close()
        process.stdout = None
        self.assertEqual(finish(process).status, 0)


if __name__ == "__main__":
    harness.main()
