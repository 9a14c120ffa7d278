"""Runs weir and other systems on the same events, checks every count, and prints them beside each other."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from . import events, table
from .clickhouse import ClickHouse
from .duckdb import DuckDb
from .flink import Flink
from .measure import progress
from .peer import Failed, Run, Unavailable
from .plain_python import PlainPython
from .victoriametrics import VictoriaMetrics
from .weir import Weir

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = ROOT / "data/recommended_fishing_rivers_and_streams.csv"
PEERS = {"python": PlainPython, "duckdb": DuckDb, "clickhouse": ClickHouse, "flink": Flink, "victoriametrics": VictoriaMetrics}
EXAMPLES = """examples:
  script/bench-peers                                     everything, three times: about half an hour on 2 cores
  script/bench-peers --only duckdb,victoriametrics       weir and these two: a minute or two
  script/bench-peers --events 100000 --repeats 1         does it work here?
  WEIR_PEERS_CACHE=~/peers script/bench-peers --json     keep the peers elsewhere than in build/peers

It ends with 1 if a count was wrong or weir failed. A peer that cannot be installed or fails is named below the table, with why.
What each row does and does not do: benchmarks/README.md, "Peers"."""


def options():
    parser = argparse.ArgumentParser(prog="script/bench-peers", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, metavar="N", help="events of a run (default 1,000,000; for Flink 10,000,000)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="runs of each, by turns (default 3)")
    parser.add_argument("--only", metavar="PEERS", help="some of: " + ",".join(PEERS))
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--weir", type=pathlib.Path, metavar="FILE", help="this program; without it the release build, which is built first")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",") if chosen.only else list(PEERS)
    if unknown := [name for name in chosen.only if name not in PEERS]:
        parser.error(f"--only: no peer is called '{unknown[0]}'; there are {', '.join(PEERS)}")
    if (chosen.events is not None and chosen.events < 1) or chosen.repeats < 1:
        parser.error("--events and --repeats want 1 or more")
    return chosen


def weir_binary(given):
    if given:
        return given.resolve()
    subprocess.run([ROOT / "script/build", "release", "weir"], check=True)
    return ROOT / "build/release/bin/weir"


def problem(run: Run, variant, feed) -> str | None:
    """What is wrong with the answer of a run, if anything."""
    if run.stored is not None and run.stored != feed.events:
        return f"{run.stored} raw events are stored, expected {feed.events}"
    if run.totals is not None:
        return events.difference(feed.totals(), run.totals)
    return events.difference(feed.windows(variant.slide), run.counts)


class Session:
    """All runs of one call: what came out, what is missing and why, and whether anything was wrong."""

    def __init__(self, work: pathlib.Path, repeats: int):
        self.work, self.repeats = work, repeats
        self.rows, self.missing, self.wrong = [], {}, False

    def measure(self, peers, count: int, parts: int) -> None:
        """Runs all variants of `peers`, as (peer, version), by turns, so that a drift of the machine meets all alike."""
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            progress(f"writing {count:,} events")
            feed = events.write(ROWS, pathlib.Path(folder), count, events.start_before(int(time.time() * 1000)), parts)
            runs = {(peer, version, variant): [] for peer, version in peers for variant in peer.variants}
            for _ in range(self.repeats):
                for (peer, _version, variant), done in runs.items():
                    label = f"{peer.name}, {variant.name}"
                    if label not in self.missing and (run := self._one(peer, variant, feed, label)):
                        done.append(run)
        self.rows += [table.Row(peer.name, variant, version, count, tuple(done)) for (peer, version, variant), done in runs.items() if done]

    def _one(self, peer, variant, feed, label) -> Run | None:
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            try:
                run = peer.run(variant, feed, pathlib.Path(folder))
                if reason := problem(run, variant, feed):
                    self.wrong = True
                    raise Failed(f"WRONG COUNTS: {reason}")
            except Failed as failure:
                self.wrong |= isinstance(peer, Weir)
                self.missing[label] = str(failure)
                progress(f"  {label}: {failure}")
                return None
        progress(f"  {label}: {feed.events / run.seconds:,.0f} events/s, {run.cpu_seconds / feed.events * 1e6:.2f} CPU s/million, counts correct")
        return run


def main():
    chosen = options()
    cache = pathlib.Path(os.environ.get("WEIR_PEERS_CACHE") or ROOT / "build/peers").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    weir = Weir(weir_binary(chosen.weir), ROWS)
    groups = {}  # (events, files that they are dealt to) -> peers that read them
    with tempfile.TemporaryDirectory(prefix="run-", dir=cache) as work:
        session = Session(pathlib.Path(work), chosen.repeats)
        for peer in [weir] + [PEERS[name]() for name in PEERS if name in chosen.only]:
            try:
                version = peer.install(cache)
                groups.setdefault((chosen.events or peer.events or 1_000_000, peer.parts), []).append((peer, version))
            except (Unavailable, Failed) as reason:
                session.missing[peer.name] = f"not run: {reason}"
                progress(f"{peer.name}: not run: {reason}")
        for (count, parts), peers in groups.items():
            session.measure(peers, count, parts)
    baseline = next((row for row in session.rows if row.system == weir.name), None)
    if chosen.json:
        print(json.dumps(table.machine(session.rows, baseline, session.missing), indent=1))
    else:
        print(table.text(session.rows, baseline, session.missing))
    sys.exit(1 if session.wrong else 0)


if __name__ == "__main__":
    main()
