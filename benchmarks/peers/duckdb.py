"""DuckDB, in the process of the job."""
import json
import pathlib
import sys

from . import events, install, measure
from .peer import Peer, Run, Variant

VERSION = "2.0.0"
WINDOWS = "SQL over the rows, when asked"


class DuckDb(Peer):
    name = "DuckDB"
    variants = (Variant("10,000 a commit", "fsync a commit", WINDOWS), Variant("one insert of all", "at the end of all", WINDOWS))

    def install(self, cache):
        self.python = install.python_package(cache, "duckdb", VERSION)
        return VERSION

    def run(self, variant, feed, work):
        [file] = feed.files
        batch = 10_000 if variant.name == "10,000 a commit" else 0
        cost = measure.python_job(self.python, __name__, file, work, batch)
        return Run(**cost, counts=events.read_counts(work / "answer"))


def job(file, work, batch):
    import duckdb
    with open(file, encoding="utf-8") as lines:
        columns = {name: "BIGINT" if name == "ts" else "VARCHAR" for name in json.loads(next(lines))}
    database = duckdb.connect(str(work / "store"))
    database.execute("CREATE TABLE events (" + ", ".join(f'"{name}" {kind}' for name, kind in columns.items()) + ")")
    insert = f"INSERT INTO events SELECT * FROM read_json(?, format='newline_delimited', columns={columns})"
    with open(file, "rb") as lines, measure.Stopwatch() as watch:
        if not batch:
            database.execute(insert, [str(file)])
            database.execute("CHECKPOINT")
        while batch and (batch_lines := [line for _, line in zip(range(batch), lines)]):
            (work / "batch").write_bytes(b"".join(batch_lines))  # its JSON reader reads files
            database.execute(insert, [str(work / "batch")])
    panes = 'SELECT ts // 60000 AS pane, County, count(*) AS n FROM events GROUP BY ALL'
    windows = f"SELECT (pane - back) * 60000, County, sum(n) FROM ({panes}), range({events.WINDOW_S // 60}) backs(back) GROUP BY ALL"
    events.write_counts(work / "answer", database.execute(windows).fetchall())
    [[stored]] = database.execute("SELECT count(*) FROM events").fetchall()
    print(watch.cost(stored=stored))


if __name__ == "__main__":
    job(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]))
