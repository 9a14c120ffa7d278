#!/usr/bin/env python3
"""Measures weir on this machine and prints one table: figure, minimum / median / maximum, goal, ratio to it, reached or not. What each
means and why it is fair: benchmarks/README.md. Needs the release build (script/bench makes it); Python's standard library only.

  script/bench                 all of it, under ten minutes
  script/bench --quick         a tenth of the events, one repeat: whether it runs, not what it reaches
  script/bench --only 1,2      some groups of goals
  script/bench --json          for machines"""
import argparse
import json
import os
import sys
import tempfile

from bench import ingest, steps, storage
from bench.figures import Figures
from bench.machine import ROOT, Failed, Machine


def measure(machine, figures, wanted):
    steps.measure_core(machine, figures)
    rate = 1_000_000.0
    if wanted & {1, 2, 4, 5}:
        rate = ingest.measure_ingest(machine, figures)
    if 2 in wanted:
        ingest.measure_small_requests(machine, figures)
    if 3 in wanted:
        steps.measure_windows(machine, figures)
    if 4 in wanted:
        storage.measure_queries(machine, figures, rate)
    if 5 in wanted:
        ingest.measure_freshness(machine, figures, rate)
    if wanted & {4, 6, 7}:
        storage.measure_storage(machine, figures)
    if 8 in wanted:
        steps.measure_claims(machine, figures)
    if 9 in wanted:
        steps.measure_producer(machine, figures)
    if 10 in wanted:
        steps.measure_start(machine, figures)


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build" / "release" / "bin"), help="folder of weir and the benchmarks' programs")
    parser.add_argument("--only", default="1,2,3,4,5,6,7,8,9,10", help="numbers of the groups of goals")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = Figures()
    try:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
            machine = Machine(arguments.build, work, arguments.quick, 1 if arguments.quick else arguments.repeat)
            measure(machine, figures, {int(group) for group in arguments.only.split(",")})
    except (Failed, OSError) as problem:
        sys.exit(f"script/bench: {problem}")
    if arguments.json:
        json.dump({"scale": figures.scale, "figures": figures.rows}, sys.stdout, indent=1)
        print()
    else:
        print(figures.text())
        print(f"\n{len(figures.missed())} of {sum(r['reached'] is not None for r in figures.rows)} goals missed"
              f" (goals of CPU time scaled by {figures.scale:.2f}, as fast as this core is)")


if __name__ == "__main__":
    main()
