"""ClickHouse as chDB, in the process of the job: the engine without its server."""
import json
import pathlib
import sys

from . import events, install, measure
from .peer import Peer, Run, Variant

PACKAGE = "4.4.0"
WINDOWS = "view of 1 s panes, summed when asked"
BATCH_BYTES = {"1 MB an insert": 1_000_000, "10 MB an insert": 10_000_000, "one insert of all": 0}


class ClickHouse(Peer):
    name = "ClickHouse (chDB)"
    variants = tuple(Variant(name, "fsync an insert" if size else "at the end of all", WINDOWS) for name, size in BATCH_BYTES.items())

    def install(self, cache):
        self.python = install.python_package(cache, "chdb", PACKAGE)
        return measure.python_job(self.python, __name__, limit=60)["version"]

    def run(self, variant, feed, work):
        [file] = feed.files
        cost = measure.python_job(self.python, __name__, file, work, BATCH_BYTES[variant.name])
        return Run(**cost, counts=events.read_counts(work / "answer"))


def make_tables(session, file):
    with open(file, encoding="utf-8") as lines:
        names = list(json.loads(next(lines)))
    kinds = {"ts": "Int64", "County": "LowCardinality(String)"}
    columns = ", ".join(f"`{name}` {kinds.get(name, 'String')}" for name in names)
    settings = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
    session.query("CREATE DATABASE peers ENGINE = Atomic")
    session.query(f"CREATE TABLE peers.events ({columns}) ENGINE = MergeTree ORDER BY ts {settings}")
    session.query("CREATE TABLE peers.panes (second Int64, County LowCardinality(String), n AggregateFunction(count)) "
                  f"ENGINE = AggregatingMergeTree ORDER BY (second, County) {settings}")
    session.query("CREATE MATERIALIZED VIEW peers.counting TO peers.panes AS "
                  "SELECT intDiv(ts, 1000) AS second, County, countState() AS n FROM peers.events GROUP BY second, County")


def job(file, work, batch_bytes):
    from chdb.session import Session
    session = Session(str(work / "store"))
    make_tables(session, file)
    with open(file, "rb") as lines, measure.Stopwatch() as watch:
        if not batch_bytes:
            session.query(f"INSERT INTO peers.events SELECT * FROM file('{file}', JSONEachRow)")
        while batch_bytes and (batch := lines.readlines(batch_bytes)):
            session.query("INSERT INTO peers.events FORMAT JSONEachRow " + b"".join(batch).decode())
    panes = "SELECT second, County, countMerge(n) AS n FROM peers.panes GROUP BY second, County"
    answer = session.query(f"SELECT (intDiv(second, 60) - back) * 60000 AS start, County, sum(n) FROM ({panes}) "
                           f"ARRAY JOIN range({events.WINDOW_S // 60}) AS back GROUP BY start, County", "CSV")
    (work / "answer").write_bytes(answer.bytes())
    stored = int(str(session.query("SELECT count() FROM peers.events", "CSV")))
    session.close()
    print(watch.cost(stored=stored))


def version():
    from chdb import query
    print(json.dumps({"version": str(query("SELECT version()", "CSV")).strip().strip('"')}))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        version()
    else:
        job(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]))
