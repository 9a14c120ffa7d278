"""The store's contract, the same tests that the embedded store and the tests' fake pass, on tables of a stand-in that others wrote."""
import os
import pathlib
import re
import subprocess
import unittest

from ministack import ROOT, Ministack

FEWEST = 20  # of tests that must have run; the contract has more in each layout
# What DynamoDB's store lacks, of all that the contract has: ids told apart across batches, numbered commits, dropping by itself.
LACKING = {"StoreContract." + test for test in (
    "an_event_sent_before_is_a_duplicate_across_and_within_batches", "as_of_rises_with_each_commit_and_is_what_counts_and_scans_saw",
    "what_is_old_enough_is_dropped_and_nothing_else", "an_event_is_kept_until_its_ts_is_old_too")}


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
        passed, skipped = (set(re.findall(rf"\[{word}\] \w+/(\w+\.\w+)/{name} \(", finished.stdout)) for word in ("       OK ", "  SKIPPED "))
        self.assertGreaterEqual(len(passed), FEWEST, failures)
        self.assertEqual(skipped, LACKING)

    def test_in_rows(self):
        self.run_contract("dynamo_live")

    def test_in_blocks(self):
        self.run_contract("dynamo_live_blocks")


if __name__ == "__main__":
    unittest.main(verbosity=2)
