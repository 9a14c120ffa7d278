"""Runs weir and other systems on the same events, checks every count, and prints them beside each other."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from . import table
from .clickhouse import ClickHouse
from .duckdb import DuckDb
from .flink import Flink
from .plain_python import PlainPython
from .session import Session
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
    parser.add_argument("--events", type=int, metavar="N", help="events of a run (default 1,000,000; Flink 10,000,000, plain Python 200,000)")
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
    if subprocess.run([ROOT / "script/build", "release", "weir"], check=False).returncode != 0:
        sys.exit("script/bench-peers: weir could not be built, so there is nothing to compare with; script/bootstrap installs what its build needs")
    return ROOT / "build/release/bin/weir"


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    cache = pathlib.Path(os.environ.get("WEIR_PEERS_CACHE") or ROOT / "build/peers").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    weir = Weir(weir_binary(chosen.weir), ROWS)
    groups = {}  # (events, files that they are dealt to) -> the peers that read them
    with tempfile.TemporaryDirectory(prefix="run-", dir=cache) as work:
        session = Session(pathlib.Path(work), ROWS, chosen.repeats)
        for peer in [weir] + [PEERS[name]() for name in PEERS if name in chosen.only]:
            if version := session.install(peer, cache):
                groups.setdefault((chosen.events or peer.events, peer.parts), []).append((peer, version))
        for (count, parts), peers in groups.items():
            session.measure(peers, count, parts)
    baseline = next((row for row in session.rows if row.system == weir.name), None)
    if chosen.json:
        print(json.dumps(table.machine(session.rows, baseline, session.notes), indent=1))
    else:
        print(table.text(session.rows, baseline, session.notes))
    sys.exit(1 if session.wrong else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
