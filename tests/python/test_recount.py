#!/usr/bin/env python3
"""recount.py agrees when it should, and above all does not when it should not."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import recount  # noqa: E402

# By hand: the window is [00:15:00, 00:20:00).
EVENTS = [
    {"event_id": "r-1", "ts": "2026-11-24T00:14:59.999Z", "County": "Ulster"},  # just before
    {"event_id": "r-2", "ts": "2026-11-24T00:15:00.000Z", "County": "Ulster"},  # the first that counts
    {"event_id": "r-3", "ts": "2026-11-24T00:15:00.500Z", "County": "St. Lawrence"},
    {"event_id": "r-4", "ts": 1795479300500, "County": "St. Lawrence"},  # 00:15:00.5 as well
    {"event_id": "r-5", "ts": "2026-11-24T00:16:00Z", "County": ""},
    {"event_id": "r-6", "ts": "2026-11-24T00:16:00.1Z", "County": None},
    {"event_id": "r-7", "ts": "2026-11-24T00:16:00.12+00:00"},
    {"event_id": "r-8", "ts": "2026-11-24T00:19:59.999Z", "County": "Rensselear"},  # the last that counts
    {"event_id": "r-9", "ts": "2026-11-24T00:20:00.000Z", "County": "Rensselear"},  # just after
]
ROW = {
    "view": "county-5m",
    "window_start": "2026-11-24T00:15:00.000Z",
    "window_end": "2026-11-24T00:20:00.000Z",
    "updated": "2026-11-24T00:20:00.000Z",
    "total": 7,
    "counts": {"(blank)": 3, "Rensselear": 1, "St. Lawrence": 2, "Ulster": 1},
    "schema": 1,
}
PANES = {
    "as_of": 3,
    "panes": [
        {"pane": "2026-11-24T00:15:00.000Z", "key": "St. Lawrence", "count": 2},
        {"pane": "2026-11-24T00:15:00.000Z", "key": "Ulster", "count": 1},
        {"pane": "2026-11-24T00:16:00.000Z", "key": "(blank)", "count": 3},
        {"pane": "2026-11-24T00:19:59.000Z", "key": "Rensselear", "count": 1},
    ],
}


def altered(event_id, **changes):
    """EVENTS with one of them changed."""
    return [{**event, **changes} if event["event_id"] == event_id else event for event in EVENTS]


class Recount(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_main(self, events, *arguments, **files):
        """Exit status and output of recount.py on these events and files."""
        text = events if isinstance(events, str) else "".join(json.dumps(event) + "\n" for event in events)
        path = self.folder / "events.ndjson"
        path.write_text(text, encoding="utf-8")
        command = ["--events", str(path), *arguments]
        for name, content in files.items():
            (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
            command += [f"--{name}", str(self.folder / name)]
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            status = recount.main(command)
        return status, out.getvalue() + errors.getvalue()

    def check_row(self, events=None, **changes):
        return self.run_main(EVENTS if events is None else events, row={**ROW, **changes})

    def check_panes(self, events=None, panes=None):
        times = ["--from", ROW["window_start"], "--to", ROW["window_end"]]
        return self.run_main(EVENTS if events is None else events, *times, panes=PANES if panes is None else panes)

    def differs(self, result, *words):
        status, output = result
        self.assertEqual(status, 1, output)
        for word in words:
            self.assertIn(word, output)

    def test_agrees_with_a_row_and_with_panes_counted_by_hand(self):
        self.assertEqual(self.check_row(), (0, "agrees: 7 events\n"))
        self.assertEqual(self.check_panes(), (0, "agrees: 7 events\n"))

    def test_the_order_of_events_does_not_matter(self):
        self.assertEqual(self.check_row(EVENTS[::-1])[0], 0)

    def test_an_event_lost_is_found(self):
        for lost in range(1, 8):
            events = EVENTS[:lost] + EVENTS[lost + 1 :]
            self.differs(self.check_row(events), "1 differences over 6 events")
            self.differs(self.check_panes(events))

    def test_an_event_doubled_is_found_twice_over(self):
        result = self.check_row([*EVENTS, EVENTS[2]])
        self.differs(result, "r-3 is in the export 2 times", "St. Lawrence: the raw events say 3, stored is 2")

    def test_an_id_that_stands_twice_outside_the_window_is_found(self):
        self.differs(self.check_row([*EVENTS, EVENTS[0]]), "r-1 is in the export 2 times", "1 differences")

    def test_an_event_under_another_key_is_found(self):
        result = self.check_row(altered("r-2", County="Essex"))
        self.differs(result, "Ulster: the raw events say 0, stored is 1", "Essex: the raw events say 1, stored is 0")

    def test_an_event_moved_over_either_edge_is_found(self):
        out = [("r-2", "2026-11-24T00:14:59.999Z"), ("r-8", "2026-11-24T00:20:00.000Z")]
        into = [("r-1", "2026-11-24T00:15:00.000Z"), ("r-9", "2026-11-24T00:19:59.999Z")]
        for event_id, ts in out + into:
            moved = altered(event_id, ts=ts)
            self.differs(self.check_row(moved))
            self.differs(self.check_panes(moved))

    def test_an_event_moved_to_the_next_pane_is_found_in_the_panes(self):
        moved = altered("r-3", ts="2026-11-24T00:15:01.000Z")
        self.assertEqual(self.check_row(moved)[0], 0)
        self.differs(self.check_panes(moved), "2 differences")

    def test_a_row_that_contradicts_itself_is_found(self):
        self.differs(self.check_row(total=8), "total is 8")
        self.differs(self.check_row(window_end="2026-11-24T00:20:01.000Z"), "window_end")
        self.differs(self.check_row(counts={**ROW["counts"], "Essex": 0}), "never holds a zero")

    def test_a_wrong_pane_is_found(self):
        self.differs(self.check_panes(panes={"panes": PANES["panes"][1:]}), "stored is 0")

    def test_nothing_at_all_proves_nothing(self):
        empty = {"total": 0, "counts": {}}
        self.differs(self.check_row([], **empty), "proves nothing")
        self.assertEqual(self.run_main([], "--allow-empty", row={**ROW, **empty})[0], 0)

    def test_what_cannot_be_read_is_no_verdict(self):
        lines = ["{", "[]", '{"event_id":"r-1"}', '{"ts":1}', '{"event_id":"r-1","ts":1,"County":7}']
        lines += [f'{{"event_id":"r-1","ts":{ts}}}' for ts in ('"yesterday"', "true", '"2026-02-30T00:00:00Z"')]
        for text in lines:
            self.assertEqual(self.run_main(text, row=ROW)[0], 2, text)
        for changes in ({"counts": {"Ulster": "7"}}, {"counts": []}, {"updated": "soon"}):
            self.assertEqual(self.check_row(**changes)[0], 2, changes)
        self.assertEqual(self.run_main(EVENTS, row=[])[0], 2)
        self.assertEqual(self.run_main(EVENTS, panes=PANES)[0], 2)  # without --from and --to

    def test_another_field_can_be_counted(self):
        events = [{"event_id": "a", "ts": "2026-11-24T00:16:00Z", "Town": "Olive", "County": "Ulster"}]
        row = {**ROW, "total": 1, "counts": {"Olive": 1}}
        self.assertEqual(self.run_main(events, "--group-by", "Town", row=row)[0], 0)


if __name__ == "__main__":
    unittest.main()
