"""The store's contract, the same tests that the embedded store and the tests' fake pass, on tables of a stand-in that others wrote."""
import os
import pathlib
import re
import subprocess
import unittest

from ministack import ROOT, Ministack

FEWEST = 20  # of tests that must have run; the contract has more in each layout


def store_test():
    given = os.environ.get("STORE_TEST_BINARY")
    if given:
        return pathlib.Path(given)
    found = [p for p in ROOT.glob("build/*/bin/store_test") if b"WEIR_TEST_DYNAMODB_ENDPOINT" in p.read_bytes()]
    if not found:
        raise FileNotFoundError("no store_test that knows DynamoDB: build it (ninja -C build/dev store_test) or set STORE_TEST_BINARY")
    return max(found, key=lambda path: path.stat().st_mtime)


class Contract(unittest.TestCase):
    def run_contract(self, name):
        with Ministack(auth=True) as aws:
            environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "WEIR_"))} | aws.environment()
            finished = subprocess.run([store_test(), f"--gtest_filter=*/{name}"], capture_output=True, text=True, timeout=1400,
                                      env=environment | {"WEIR_TEST_DYNAMODB_ENDPOINT": aws.endpoint, "RC_PARAMS": "max_success=5"})
        failures = finished.stdout[-6000:] + finished.stderr[-2000:]
        self.assertEqual(finished.returncode, 0, failures)
        passed = set(re.findall(r"\[       OK \] (\S+)", finished.stdout))
        skipped = set(re.findall(r"\[  SKIPPED \] (\S+)", finished.stdout))
        self.assertGreaterEqual(len(passed - skipped), FEWEST, failures)
        # what a store may lack, by its own list, and no more
        self.assertLess(len(skipped), len(passed), failures)

    def test_in_rows(self):
        self.run_contract("dynamo_live")

    def test_in_blocks(self):
        self.run_contract("dynamo_live_blocks")


if __name__ == "__main__":
    unittest.main(verbosity=2)
