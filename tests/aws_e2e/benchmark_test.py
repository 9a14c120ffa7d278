"""The store function's benchmark beside Python, once and with loose floors: whether something has become several times as slow or large."""
import os
import subprocess
import sys
import unittest

from aws_case import harness
from ministack import ROOT

sys.path.insert(0, str(ROOT / "benchmarks/aws"))

import run  # noqa: E402

TRIES = 3  # a run that the machine held up is measured again; what has become slow is slow in each


class Benchmark(unittest.TestCase):
    def test_the_store_function_is_above_its_floors(self):
        for _ in range(TRIES):
            finished = subprocess.run([sys.executable, "-B", ROOT / "benchmarks/aws/run.py", "--quick", "--check", "--weir", harness.BINARY],
                                      capture_output=True, text=True, timeout=500, env=os.environ)
            print(finished.stdout, finished.stderr, flush=True)
            if finished.returncode == 0:
                return
        self.fail(finished.stderr)

    def test_each_figure_below_its_floor_is_named(self):
        floors = {figure: floor for figure, (_, _, floor) in run.FIGURES.items() if floor}
        self.assertEqual(floors, {"init": 10, "first answer": 10, "peak memory": 3, "CPU per million events": 12})

        def results(worse=()):
            mine = {figure: [1.01 if figure in worse else 1.0] for figure in run.FIGURES}
            return {"weir, rows": mine, "weir, blocks": mine, "python, rows": {figure: [float(floors.get(figure, 0))] for figure in run.FIGURES}}
        self.assertEqual(run.below_floors(results(), run.MAX_ZIP_BYTES), [])
        for figure in floors:
            lines = run.below_floors(results([figure]), run.MAX_ZIP_BYTES)
            self.assertEqual([line.split(":")[0] for line in lines], [f"{figure}, weir, blocks", f"{figure}, weir, rows"])
        self.assertRegex(run.below_floors(results(), run.MAX_ZIP_BYTES + 1)[0], "zip")


if __name__ == "__main__":
    unittest.main(verbosity=2)
