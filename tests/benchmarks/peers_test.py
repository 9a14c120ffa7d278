#!/usr/bin/env python3
"""The parts of script/bench-peers that need no peer: the events and their expected counts, the check, the table, the bodies of HTTP."""
import collections
import contextlib
import csv
import http.server
import io
import json
import pathlib
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from peers import events, http_load, install, measure, table  # noqa: E402
from peers.failures import Failed, Unavailable, WrongCounts  # noqa: E402
from peers.peer import Peer, Run, Variant  # noqa: E402
from peers.plain_python import PlainPython  # noqa: E402
from peers.session import Session, check  # noqa: E402

ROWS = ROOT / "data/recommended_fishing_rivers_and_streams.csv"
START = 1_700_000_400_000  # a whole minute


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def write(self, count, parts=1):
        return events.write(ROWS, self.folder, count, START, parts)


def recount(feed, slide_s):
    """The obvious way: each event of the files, into each window that holds it."""
    counts = collections.Counter()
    for path in feed.files:
        for event in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            for start in range(START - 300_000, START + 600_000, slide_s * 1000):
                if start <= event["ts"] < start + 300_000:
                    counts[start, event["County"]] += 1
    return dict(counts)


class Events(Folder):
    def test_the_expected_windows_are_those_of_a_recount(self):
        feed = self.write(700)
        for slide_s in (60, 1):
            self.assertEqual(feed.windows(slide_s), recount(feed, slide_s))

    def test_they_are_the_rows_in_order_with_ids_of_their_own_and_rising_times(self):
        [path] = self.write(600).files
        written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        with open(ROWS, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len({event["event_id"] for event in written}), 600)
        self.assertEqual([event["ts"] for event in written], [START + i * 1000 for i in range(600)])
        for i, event in enumerate(written):
            self.assertEqual({name: value for name, value in event.items() if name not in ("event_id", "ts")}, rows[i % len(rows)])

    def test_two_files_share_the_events_of_one(self):
        whole = self.write(101).files[0].read_text(encoding="utf-8").splitlines()
        halves = [path.read_text(encoding="utf-8").splitlines() for path in self.write(101, parts=2).files]
        self.assertEqual(halves, [whole[0::2], whole[1::2]])

    def test_their_last_window_has_ended_when_they_are_written(self):
        for now in (START, START + 59_999):
            start = events.start_before(now)
            self.assertEqual(start % 60_000, 0)
            self.assertLessEqual(start + 600_000 + 300_000, now)


class Check(Folder):
    variant = Variant("v", "", "")

    def run_of(self, counts, **more):
        return Run(seconds=1, cpu_seconds=1, peak_mib=1, counts=counts, **more)

    def test_the_right_answer_passes(self):
        feed = self.write(1000)
        check(self.run_of(recount(feed, 60), stored=1000), self.variant, feed)
        check(self.run_of(None, totals=feed.totals()), self.variant, feed)

    def test_any_other_answer_does_not(self):
        feed = self.write(1000)
        right = recount(feed, 60)
        key = next(iter(right))
        wrong = [right | {key: right[key] + 1}, {k: n for k, n in right.items() if k != key}, right | {(START, "Nowhere"): 1}, {}]
        for counts in wrong:
            with self.assertRaises(WrongCounts):
                check(self.run_of(counts), self.variant, feed)
        with self.assertRaises(WrongCounts):
            check(self.run_of(right, stored=999), self.variant, feed)
        with self.assertRaises(WrongCounts):
            check(self.run_of(None, totals=feed.totals() | {"Delaware": 1}), self.variant, feed)

    def test_answers_are_read_in_any_order_and_quotes(self):
        (self.folder / "a").write_text('60000,"St. Lawrence",2\n0,Erie,1\n', encoding="utf-8")
        (self.folder / "b").write_text("0,St. Lawrence,3\n", encoding="utf-8")
        self.assertEqual(events.read_counts(self.folder / "a", self.folder / "b"),
                         {(60000, "St. Lawrence"): 2, (0, "Erie"): 1, (0, "St. Lawrence"): 3})

    def test_two_counts_for_one_window_are_wrong_even_if_equal(self):
        (self.folder / "a").write_text("0,Erie,1\n0,Erie,1\n", encoding="utf-8")
        with self.assertRaises(WrongCounts):
            events.read_counts(self.folder / "a")


class Stub(Peer):
    name = "stub"
    variants = (Variant("good", "never", "none"), Variant("bad", "never", "none"))

    def __init__(self, bad):
        self.bad = bad

    def run(self, variant, feed, work):
        if variant.name == "bad":
            return self.bad(feed)
        return Run(1, 1, 1, feed.windows(60))


class Sessions(Folder):
    def of(self, bad):
        session = Session(self.folder, ROWS, 2)
        with contextlib.redirect_stderr(io.StringIO()):
            session.measure([(Stub(bad), "1")], 700, 1)
        self.assertEqual(list(self.folder.iterdir()), [])
        return session

    def test_a_variant_that_fails_is_named_and_the_others_go_on(self):
        def fail(_):
            raise Failed("no space")
        session = self.of(fail)
        self.assertEqual([(row.variant.name, len(row.runs)) for row in session.rows], [("good", 2)])
        self.assertIn("no space", session.notes["stub, bad"])
        self.assertFalse(session.wrong)

    def test_a_wrong_count_is_never_in_the_table_and_fails_the_whole(self):
        session = self.of(lambda feed: Run(1, 1, 1, feed.windows(1)))
        self.assertEqual([row.variant.name for row in session.rows], ["good"])
        self.assertTrue(session.wrong)

    def test_plain_python_counts_what_is_expected(self):
        session = Session(self.folder, ROWS, 1)
        with contextlib.redirect_stderr(io.StringIO()):
            session.measure([(PlainPython(), "3")], 300, 1)
        self.assertEqual((session.notes, len(session.rows)), ({}, 2))


class Table(unittest.TestCase):
    def row(self, name, events_, *runs):
        return table.Row(name, Variant("v", "at once", "live"), "1.0", events_, tuple(Run(seconds, cpu, 5, None) for seconds, cpu in runs))

    def setUp(self):
        self.weir = self.row("weir", 1000, (1, 0.002), (2, 0.002), (4, 0.002))
        self.other = self.row("other", 4000, (8, 0.08))

    def test_rates_and_cpu_are_those_of_the_runs(self):
        self.assertEqual(self.weir.rates, [250, 500, 1000])
        self.assertAlmostEqual(self.weir.cpu, 2.0)
        self.assertEqual(table.cells(self.other, self.weir)[2:7], ("4,000", "500", "500", "500", "20.00"))

    def test_ratios_are_of_medians_per_event(self):
        rate, cpu = table.ratios(self.other, self.weir)
        self.assertAlmostEqual(rate, 1.0)
        self.assertAlmostEqual(cpu, 10.0)

    def test_without_weir_there_are_figures_and_no_ratios(self):
        self.assertEqual(table.cells(self.other, None)[-2:], ("", ""))
        self.assertIsNone(table.machine([self.other], None, {})["systems"][0]["rate_to_weir"])

    def test_what_is_missing_stands_below(self):
        lines = table.text([self.weir], self.weir, {"other": "not installed: no javac"}).splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[-1], "other: not installed: no javac")


class Tools(Folder):
    def test_bodies_are_whole_lines_and_together_the_file(self):
        path = self.folder / "lines"
        for text in (b"", b"a\n", b"aaa\nb\ncccccccccc\nd\n", b"aa\n" * 50, b"no end"):
            path.write_bytes(text)
            for size in (1, 3, 4, 7, 1000):
                pieces = [text[offset:offset + length] for offset, length in http_load.bodies(path, size)]
                self.assertEqual(b"".join(pieces), text)
                self.assertTrue(all(piece.endswith(b"\n") for piece in pieces[:-1]) and all(pieces))

    def test_a_post_that_is_refused_is_a_failure(self):
        class Refusing(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_error(400, "no")

            def log_message(self, *_):
                pass
        path = self.folder / "lines"
        path.write_bytes(b"a\n" * 10)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with self.assertRaisesRegex(Failed, "answered 400"):
                http_load.post(server.server_port, "/", "text/plain", path, 20)
            server.shutdown()

    def test_an_installation_that_broke_is_made_anew(self):
        folder, made = self.folder / "peer-1", []

        def make(where):
            self.assertEqual(list(where.iterdir()), [])
            (where / "file").touch()
            made.append(where)
            if len(made) == 1:
                raise Unavailable("no index")
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertRaises(Unavailable, install.once, folder, make)
            for _ in range(2):
                self.assertEqual(install.once(folder, make), folder)
        self.assertEqual(len(made), 2)

    def test_a_job_that_does_not_end_is_stopped(self):
        with self.assertRaisesRegex(Failed, "had not ended"):
            measure.job([sys.executable, "-c", "import time; time.sleep(60)"], limit=0.2)

    def test_a_failed_job_says_why(self):
        with self.assertRaisesRegex(Failed, "ended with 1: ValueError: a reason"):
            measure.job([sys.executable, "-c", "raise ValueError('a reason')"])


if __name__ == "__main__":
    sys.exit(unittest.main())
