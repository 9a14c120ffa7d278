"""Instructions an event on the hot path, counted by callgrind and held against instructions.json: a step that needs a tenth more fails.
Counts do not depend on how busy the machine is, but do on compiler and libraries: after a change of those, or when a step needs less,
`instructions_test.py --record` writes them anew."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
RECORD = HERE / "instructions.json"
ROWS = HERE.parent.parent / "data" / "recommended_fishing_rivers_and_streams.csv"
BENCH = os.environ.get("INPROCESS_BENCH", str(HERE.parent.parent / "build/release/bin/inprocess_bench"))
EVENTS = 20_000
STEPS = {"decode": "weir::BatchDecoder::decode*", "compress": "weir::rocks::RocksStore::prepare*", "commit": "weir::rocks::RocksStore::commit*"}


def instructions(function):
    """Instructions an event in a function and what it calls, over bodies of 1 MB."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", f"--toggle-collect={function}",
                              BENCH, ROWS, str(EVENTS), str(1 << 20), folder, "--threads", "1", "--group", "1"],
                             capture_output=True, text=True, timeout=300, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found or int(found.group(1)) == 0:
        raise AssertionError(f"callgrind counted nothing in {function}: {run.stderr[-1000:]}")
    return int(found.group(1)) / EVENTS


class Instructions(unittest.TestCase):
    def test_no_step_needs_a_tenth_more_than_was_recorded(self):
        recorded = json.loads(RECORD.read_text())
        for step, function in STEPS.items():
            with self.subTest(step):
                now = instructions(function)
                print(f"{step}: {now:,.0f} instructions an event, {now / recorded[step]:.3f} of what was recorded", flush=True)
                self.assertLess(now, 1.1 * recorded[step])


if __name__ == "__main__":
    if "--record" in sys.argv:
        RECORD.write_text(json.dumps({step: round(instructions(function)) for step, function in STEPS.items()}, indent=1) + "\n")
    else:
        unittest.main(verbosity=2)
