"""The command line as scripts see it: exit statuses, which stream holds what, colours and configuration."""

import json
import os
import pty
import re

import harness
from harness import DATA_SET, SharedServer, TestCase, finish, start_weir, weir

COMMANDS = ("stream", "serve", "aggregate", "query", "top", "verify", "audit", "export", "dead-letters", "completion", "man")
ESCAPE = "\x1b"


class HelpAndVersion(TestCase):
    def test_help_has_examples_and_goes_to_standard_output(self):
        whole = weir("--help")
        self.assert_status(whole, 0)
        for command in COMMANDS:
            with self.subTest(command):
                self.assertIn(command, whole.out)
                text = weir(command, "--help")
                self.assert_status(text, 0)
                self.assertEqual(text.err, "")
                self.assertRegex(text.out, "(?i)example")
                self.assertIn(f"weir {command}", text.out)

    def test_version(self):
        shown = weir("--version")
        self.assert_status(shown, 0)
        self.assertRegex(shown.out, r"^weir \d+\.\d+\.\d+")
        self.assertEqual(shown.err, "")


class ExitStatuses(SharedServer):
    def test_0_done(self):
        self.assert_status(weir("stream", DATA_SET, "--to", self.server.url, "--limit", "5"), 0)
        self.assert_status(weir("query", "live", "--server", self.server.url), 0)

    def test_1_the_answer_is_no(self):
        done = weir("query", "--run-id", "never-made", "--server", self.server.url)
        self.assert_status(done, 1)
        self.assertEqual(done.out, "")
        self.assertIn("never-made", done.err)

    def test_2_usage(self):
        self.assert_status(weir("query", "--sever", self.server.url), 2)

    def test_3_unreachable(self):
        url = f"http://127.0.0.1:{harness.free_port()}"
        for arguments in (("query", "latest"), ("audit",), ("export",), ("dead-letters", "list"), ("aggregate", "--run-id", "x")):
            with self.subTest(arguments[0]):
                done = weir(*arguments, "--server", url, *(("--retry-for", "500ms") if arguments[0] == "export" else ()))
                self.assert_status(done, 3)
                self.assertEqual(done.out, "")
                self.assertIn(url.removeprefix("http://"), done.err)
        done = weir("stream", DATA_SET, "--to", url, "--limit", "5", "--retry-for", "500ms", "--output", "json")
        self.assert_status(done, 3)
        self.assertEqual(done.json["acknowledged"], 0)

    def test_4_refused(self):
        file = self.folder() / "token"
        file.write_text("the-right-token-of-24-bytes")
        server = self.serve("--token-file", file, token="the-right-token-of-24-bytes")
        file.with_name("wrong").write_text("a-wrong-token-of-24-bytes")
        for flags in ((), ("--token-file", file.with_name("wrong"))):
            for arguments in (("query", "latest", "--server"), ("aggregate", "--run-id", "x", "--server"), ("export", "--server")):
                with self.subTest(f"{arguments[0]} {flags}"):
                    self.assert_status(weir(*arguments, server.url, *flags), 4)
            sent = weir("stream", DATA_SET, "--limit", "5", "--to", server.url, "--output", "json", *flags)
            self.assert_status(sent, 4)
            self.assertEqual(sent.json["retries"], 0, "a refusal is not retried")
        self.assert_status(weir("stream", DATA_SET, "--limit", "5", "--to", server.url, "--token-file", file), 0)
        self.assertEqual(server.ledger()["stored"], 5)


class Streams(SharedServer):
    def test_data_goes_to_standard_output_and_messages_to_standard_error(self):
        sent = weir("stream", DATA_SET, "--to", self.server.url, "--limit", "20", "--output", "json")
        self.assert_status(sent, 0)
        json.loads(sent.out)
        raw = weir("stream", DATA_SET, "--to", "-", "--limit", "20")
        self.assert_status(raw, 0)
        events = [json.loads(line) for line in raw.out.splitlines()]
        self.assertEqual(len(events), 20)
        self.assertEqual(list(events[0])[:2], ["event_id", "ts"])
        self.assertEqual(len({e["event_id"] for e in events}), 20)

    def test_what_was_printed_can_be_posted(self):
        raw = weir("stream", DATA_SET, "--to", "-", "--limit", "20")
        self.assertEqual(self.server.post(raw.out_bytes).expect(200).json["stored"], 20)
        as_csv = weir("stream", DATA_SET, "--to", "-", "--limit", "20", "--format", "csv")
        self.assert_status(as_csv, 0)
        self.assertTrue(as_csv.out.startswith("event_id,ts,Waterbody Name,"))
        self.assertEqual(self.server.post(as_csv.out_bytes, content_type="text/csv").expect(200).json["stored"], 20)

    def test_standard_input(self):
        rows = b'{"County":"Erie"}\n{"County":"Greene"}\n'
        sent = weir("stream", "-", "--to", self.server.url, "--output", "json", input=rows)
        self.assert_status(sent, 0)
        self.assertEqual(sent.json["acknowledged"], 2)
        sent = weir("stream", "-", "--to", self.server.url, "--output", "json", input=b"County\nErie\nGreene\n")
        self.assert_status(sent, 0)
        self.assertEqual(sent.json["acknowledged"], 2)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        process = start_weir("stream", DATA_SET, "--loop", "--to", "-")
        process.stdout.read(1000)
        process.stdout.close()
        process.stdout = None
        done = finish(process)
        self.assertNotIn("terminate", done.err)
        self.assertGreaterEqual(done.status, 0, "not by a signal")

    def test_the_summary_names_its_numbers(self):
        sent = weir("stream", DATA_SET, "--to", self.server.url, "--limit", "100", "--output", "json")
        summary = sent.json
        for key in ("sent", "acknowledged", "duplicates", "rejected", "wire_bytes", "seconds", "rate"):
            self.assertIn(key, summary)
        self.assertEqual((summary["sent"], summary["acknowledged"]), (100, 100))
        table = weir("stream", DATA_SET, "--to", self.server.url, "--limit", "100")
        for word in ("sent", "acknowledged", "duplicates", "rejected"):
            self.assertIn(word, table.out)

    def test_csv_and_zstd_cut_the_traffic(self):
        sizes = {}
        for wire in ("json", "csv"):
            for compress in ("none", "zstd"):
                sent = weir("stream", DATA_SET, "--to", self.server.url, "--format", wire, "--compress", compress, "--output", "json")
                sizes[wire, compress] = sent.json["wire_bytes"]
        self.assertLess(sizes["csv", "none"], 0.75 * sizes["json", "none"])
        self.assertLess(sizes["json", "zstd"], 0.5 * sizes["json", "none"])
        self.assertGreater(sizes["json", "none"], 546 * 404)


class Colours(SharedServer):
    def on_terminal(self, *arguments, env=None):
        """What a person sees: standard output and error are one terminal."""
        main, other = pty.openpty()
        process = start_weir(*arguments, stdout=other, stderr=other, env={"TERM": "xterm", **(env or {})})
        os.close(other)
        seen = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        os.close(main)
        return process.wait(60 * harness.PATIENCE), seen.decode()

    def test_none_without_a_terminal(self):
        for arguments in (("query", "live", "--server", self.server.url), ("stream", DATA_SET, "--limit", "5", "--to", self.server.url)):
            done = weir(*arguments)
            self.assertNotIn(ESCAPE, done.out + done.err)

    def test_no_color_is_heeded_on_a_terminal(self):
        colours = re.compile(r"\x1b\[[0-9;]*m")
        for arguments in (("query", "live", "--server", self.server.url), ("verify", "--server", self.server.url, "--file", DATA_SET, "--limit", "20"),
                          ("stream", "/nonexistent"), ("query", "--nonsense")):  # fmt: skip
            with self.subTest(arguments[0]):
                self.assertNotRegex(self.on_terminal(*arguments, env={"NO_COLOR": "1"})[1], colours)
                self.assertNotRegex(self.on_terminal(*arguments, env={"TERM": "dumb"})[1], colours)

    def test_a_progress_line_on_a_terminal(self):
        status, seen = self.on_terminal("stream", DATA_SET, "--to", self.server.url, "--limit", "1000", "--rate", "1000/s")
        self.assertEqual(status, 0)
        self.assertIn("\r", seen)
        self.assertRegex(seen, r"1,?000/1,?000|100\s?%|/s")


class Configuration(TestCase):
    """Flag before variable before file before what is built in."""

    def pane_of(self, *flags, env=None, cwd=None):
        folder = self.folder()
        server = harness.Server(folder / "data", *flags, env=env)
        self.addCleanup(server.stop)
        server.start()
        status = server.get("/v1/status").expect(200).json
        server.stop()
        return status["slide"]

    def test_precedence(self):
        folder = self.folder()
        config = folder / "weir.toml"
        config.write_text('[serve]\nslide = "20s"\n')
        other = folder / "other.toml"
        other.write_text('slide = "15s"\n')
        self.assertEqual(self.pane_of(), "1m" if self.pane_of() == "1m" else "60s")
        self.assertEqual(self.pane_of("--config", config), "20s")
        self.assertEqual(self.pane_of("--config", other), "15s")
        self.assertEqual(self.pane_of(env={"WEIR_CONFIG": str(config)}), "20s")
        self.assertEqual(self.pane_of("--config", config, env={"WEIR_SLIDE": "30s"}), "30s")
        self.assertEqual(self.pane_of("--config", config, "--slide", "40s", env={"WEIR_SLIDE": "30s"}), "40s")

    def test_mistakes_are_told_with_their_place(self):
        folder = self.folder()
        config = folder / "weir.toml"
        for text, words in (
            ('[serve]\nlisten-prt = "x"\n', ("weir.toml:2", "listen-prt")),
            ('[serve]\nslide = "soon"\n', ("weir.toml:2", "soon")),
            ("[serve\n", ("weir.toml:1",)),
            ('[server]\nslide = "1m"\n', ("weir.toml:", "[server]", "serve")),
        ):
            with self.subTest(text):
                config.write_text(text)
                done = weir("serve", "--config", config, "--data-dir", folder / "d", "--listen", "127.0.0.1:0")
                self.assert_status(done, 2)
                for word in words:
                    self.assertIn(word, done.err)
        done = weir("serve", "--config", folder / "none.toml")
        self.assertIn(done.status, (2, 3), done)
        self.assertIn("none.toml", done.err)
        done = weir("serve", env={"WEIR_SLIDE": "soon"})
        self.assert_status(done, 2)
        self.assertIn("WEIR_SLIDE", done.err)


if __name__ == "__main__":
    harness.main()
