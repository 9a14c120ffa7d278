"""The real data set, whole: streamed, counted, queried, verified, audited, exported and recounted.

Expected counts come from Python's csv module reading the file, and from what is known of it: 546 rows, 55 counties,
Delaware the largest with 34.
"""

import collections
import csv
import io
import json
import subprocess
import sys

import harness
from harness import DATA_SET, ROOT, TestCase, now_ms, parse_ms, weir

RECOUNT = ROOT / "tests" / "python" / "recount.py"
ROWS = harness.data_rows()
COUNTIES = collections.Counter(row["County"] for row in ROWS)


def stream(server, *flags):
    return weir("stream", DATA_SET, "--to", server.url, "--output", "json", *flags)


class TheDataSet(TestCase):
    def test_the_file_is_what_we_know_it_to_be(self):
        self.assertEqual(len(ROWS), 546)
        self.assertEqual(len(COUNTIES), 55)
        self.assertEqual(COUNTIES.most_common(1), [("Delaware", 34)])
        self.assertEqual(COUNTIES["Rensselear"], 10)
        self.assertIn("St. Lawrence", COUNTIES)


class OnEveryWire(TestCase):
    def check(self, *flags):
        server = self.serve()
        before = now_ms()
        sent = stream(server, "--limit", "546", *flags)
        self.assert_status(sent, 0)
        summary = sent.json
        self.assertEqual(summary["acknowledged"], 546, sent)
        self.assertEqual((summary["rejected"], summary["duplicates"]), (0, 0), sent)

        self.check_counts(server)
        self.check_raw(server, before)
        verified = harness.verify(server)
        self.assert_status(verified, 0)
        self.assert_audit_passes(server)
        ledger = self.assert_balances(server)
        self.assertEqual(ledger["stored"], 546 + 500)  # verify has sent 500 of its own
        return server

    def check_counts(self, server):
        live = server.get("/v1/windows/live").expect(200).json
        self.assertEqual(live["counts"], dict(COUNTIES))
        self.assertEqual(live["total"], 546)
        self.assertEqual(live["total"], sum(live["counts"].values()))

        made = weir("aggregate", "--server", server.url, "--run-id", "whole-file")
        self.assert_status(made, 0)
        row = server.get("/v1/runs/whole-file").expect(200).json
        self.assertEqual(row["counts"], dict(COUNTIES))
        self.assertEqual((row["total"], row["run_id"], row["schema"]), (546, "whole-file", 1))
        self.assertEqual(row["updated"], row["window_end"])
        self.assertEqual(parse_ms(row["window_end"]) - parse_ms(row["window_start"]), 300_000)

        top = weir("query", "--server", server.url, "--run-id", "whole-file", "--output", "json")
        self.assert_status(top, 0)
        self.assertEqual(top.json["counts"], dict(COUNTIES))

    def check_raw(self, server, before):
        events = server.events()
        self.assertEqual(len({e["event_id"] for e in events}), 546)
        runs = {e["event_id"].rsplit("-", 1)[0] for e in events}
        self.assertEqual(len(runs), 1)
        events.sort(key=lambda e: e["event_id"])
        self.assertEqual([{k: e[k] for k in ROWS[0]} for e in events], ROWS, "a cell has changed on its way")
        after = now_ms()
        for e in events:
            self.assertTrue(before <= parse_ms(e["ts"]) <= after, e["ts"])

    def test_json_with_zstd(self):
        self.check("--format", "json", "--compress", "zstd")

    def test_json_without_compression(self):
        self.check("--format", "json", "--compress", "none")

    def test_csv_with_zstd(self):
        self.check("--format", "csv", "--compress", "zstd")

    def test_csv_without_compression(self):
        self.check("--format", "csv", "--compress", "none")


class Queries(TestCase):
    def test_tables_show_delaware_first_and_all_55(self):
        server = self.serve()
        self.assert_status(stream(server, "--limit", "546"), 0)
        self.assert_status(weir("aggregate", "--server", server.url, "--run-id", "t"), 0)
        table = weir("query", "--server", server.url, "--run-id", "t", env={"NO_COLOR": "1"})
        self.assert_status(table, 0)
        lines = [line for line in table.out.splitlines() if any(line.strip().startswith(c) for c in COUNTIES)]
        self.assertEqual(len(lines), 55, table.out)
        self.assertRegex(lines[0], r"^\s*Delaware\s+34\b")
        self.assertTrue(any(line.split() and line.strip().startswith("Rensselear") and "10" in line for line in lines))

        top = weir("query", "--server", server.url, "--run-id", "t", "--top", "3", "--output", "json")
        self.assert_status(top, 0)
        self.assertEqual(top.json["counts"], dict(COUNTIES.most_common(3)) if self.top_is_clear(3) else top.json["counts"])
        self.assertEqual(len(top.json["counts"]), 3)
        self.assertEqual(top.json["total"], 546)

        as_csv = weir("query", "--server", server.url, "--run-id", "t", "--output", "csv")
        self.assert_status(as_csv, 0)
        counted = {row["key"]: int(row["count"]) for row in csv.DictReader(io.StringIO(as_csv.out))}
        self.assertEqual(counted, dict(COUNTIES))

    def top_is_clear(self, n):
        ranked = COUNTIES.most_common(n + 1)
        return ranked[n - 1][1] > ranked[n][1]


class Looping(TestCase):
    def test_a_limit_over_the_file_loops(self):
        server = self.serve()
        sent = stream(server, "--limit", "1300")
        self.assert_status(sent, 0)
        self.assertEqual(sent.json["acknowledged"], 1300)
        expected = collections.Counter(ROWS[i % 546]["County"] for i in range(1300))
        self.assertEqual(server.get("/v1/windows/live").expect(200).json["counts"], dict(expected))
        events = sorted(server.events(), key=lambda e: e["event_id"])
        self.assertEqual(len({e["event_id"] for e in events}), 1300)
        self.assertEqual([e["Location"] for e in events], [ROWS[i % 546]["Location"] for i in range(1300)])
        self.assert_audit_passes(server)

    def test_a_limit_under_the_file_stops_there(self):
        server = self.serve()
        self.assert_status(stream(server, "--limit", "50"), 0)
        counts = server.get("/v1/windows/live").expect(200).json["counts"]
        self.assertEqual(counts, dict(collections.Counter(row["County"] for row in ROWS[:50])))
        self.assertEqual(len(counts), 20)  # known of the file's first 50 rows

    def test_without_a_limit_the_file_is_sent_once(self):
        server = self.serve()
        self.assert_status(stream(server), 0)
        self.assertEqual(server.ledger()["stored"], 546)


class Export(TestCase):
    def test_an_independent_recount_of_the_export_agrees_with_every_county(self):
        server = self.serve()
        self.assert_status(stream(server, "--limit", "546"), 0)
        row = weir("aggregate", "--server", server.url, "--run-id", "recounted")
        self.assert_status(row, 0)
        folder = self.folder()
        exported = weir("export", "--server", server.url)
        self.assert_status(exported, 0)
        lines = [json.loads(line) for line in exported.out.splitlines()]
        self.assertEqual(len(lines), 546)
        (folder / "events.ndjson").write_bytes(exported.out_bytes)
        answer = server.get("/v1/runs/recounted").expect(200)
        (folder / "row.json").write_bytes(answer.body)
        recount = self.recount(folder / "events.ndjson", folder / "row.json")
        self.assertEqual(recount.returncode, 0, recount)

        # and it does not agree with a row that is wrong
        wrong = answer.json
        wrong["counts"]["Delaware"] -= 1
        wrong["counts"]["Greene"] += 1
        (folder / "wrong.json").write_text(json.dumps(wrong))
        recount = self.recount(folder / "events.ndjson", folder / "wrong.json")
        self.assertNotEqual(recount.returncode, 0, recount)

    def recount(self, events, row):
        return subprocess.run(
            [sys.executable, RECOUNT, "--events", events, "--row", row], capture_output=True, text=True, timeout=60
        )

    def test_the_csv_export_has_every_cell_of_the_source(self):
        server = self.serve()
        self.assert_status(stream(server, "--limit", "546", "--format", "csv"), 0)
        self.check_csv_export(server)

    def test_the_csv_export_of_events_that_came_as_json_has_every_cell_too(self):
        server = self.serve()
        self.assert_status(stream(server, "--limit", "546", "--format", "json"), 0)
        self.check_csv_export(server)

    def check_csv_export(self, server):
        exported = weir("export", "--server", server.url, "--format", "csv")
        self.assert_status(exported, 0)
        rows = list(csv.DictReader(io.StringIO(exported.out, newline="")))
        self.assertEqual(len(rows), 546)
        self.assertEqual(list(rows[0])[:2], ["event_id", "ts"])
        self.assertEqual(set(rows[0]), {"event_id", "ts", *ROWS[0]})
        rows.sort(key=lambda r: r["event_id"])
        for number, (row, source) in enumerate(zip(rows, ROWS, strict=True)):
            for column, cell in source.items():
                self.assertEqual(row[column], cell, f"row {number}, column {column}")

    def test_cells_that_a_spreadsheet_would_run_are_made_harmless_and_numbers_stay_numbers(self):
        server = self.serve()
        now = now_ms()
        dangerous = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3+cmd|'/C calc'!A0", "=HYPERLINK(\"http://x\",\"a,b\")"]
        numbers = ["-76.5", "+1", "42", "-0.001", "1e9", "-1E-5"]
        plain = ["a,b", 'say "hi"', "two\nlines", "Zürich", ""]
        cells = dangerous + numbers + plain
        answer = server.post_events([harness.event("cells", i, now, note=cell) for i, cell in enumerate(cells)])
        answer.expect(200)
        exported = weir("export", "--server", server.url, "--format", "csv")
        self.assert_status(exported, 0)
        notes = [row["note"] for row in csv.DictReader(io.StringIO(exported.out, newline=""))]
        self.assertEqual(notes[len(dangerous) :], numbers + plain)
        for cell, note in zip(dangerous, notes):
            self.assertNotIn(note[0], "=+-@", note)
            self.assertTrue(note.endswith(cell), note)  # nothing is lost, only something put in front


if __name__ == "__main__":
    harness.main()
