"""The plain Python way: json.loads, a row into SQLite, a commit a batch; a window is read row by row and counted."""
import collections
import json
import pathlib
import platform
import sqlite3
import sys

from . import events, measure
from .peer import Peer, Run, Variant

WINDOWS = "rows read and counted, when asked"


class PlainPython(Peer):
    name = "plain Python"
    events = 200_000  # its rate does not depend on their number, and the smaller commits take their time
    variants = (Variant("1,000 a commit", "fsync a commit (SQLite)", WINDOWS), Variant("10 a commit", "fsync a commit (SQLite)", WINDOWS))

    def install(self, cache):
        return platform.python_version()

    def run(self, variant, feed, work):
        [file] = feed.files
        batch = int(variant.name.split()[0].replace(",", ""))
        cost = measure.python_job(sys.executable, __name__, file, work / "store", batch, feed.start_ms, work / "answer")
        return Run(**cost, counts=events.read_counts(work / "answer"))


def job(file, store, batch, start_ms, answer):
    database = sqlite3.connect(store, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE events (event_id TEXT PRIMARY KEY, ts INTEGER, county TEXT, body TEXT) WITHOUT ROWID")
    database.execute("CREATE INDEX by_time ON events (ts, county)")
    with open(file, encoding="utf-8") as lines, measure.Stopwatch() as watch:
        while batch_lines := [line for _, line in zip(range(batch), lines)]:
            rows = [(event["event_id"], event["ts"], event["County"], line) for line in batch_lines for event in [json.loads(line)]]
            database.execute("BEGIN")
            database.executemany("INSERT OR IGNORE INTO events VALUES (?,?,?,?)", rows)
            database.execute("COMMIT")
    counted = []
    for start in range(start_ms - events.WINDOW_S * 1000 + 60_000, start_ms + events.SPAN_MS, 60_000):
        rows = database.execute("SELECT county FROM events WHERE ts >= ? AND ts < ?", (start, start + events.WINDOW_S * 1000))
        counted += [(start, county, n) for county, n in collections.Counter(county for county, in rows).items()]
    events.write_counts(pathlib.Path(answer), counted)
    [[stored]] = database.execute("SELECT count(*) FROM events")
    print(watch.cost(stored=stored))


if __name__ == "__main__":
    job(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
