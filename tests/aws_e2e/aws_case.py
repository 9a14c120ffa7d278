"""What the tests on AWS's stand-in share: a stand-in of their own, stacks in it, and `weir` run against it."""
import collections
import json
import pathlib
import sys
import time
import unittest

import zstandard

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import harness  # noqa: E402  (the end-to-end tests': runs weir, knows the data set)
from harness import DATA_SET  # noqa: E402
from ministack import Ministack, Stack, wait_until  # noqa: E402

__all__ = ["DATA_SET", "AwsCase", "harness", "iso", "main", "wait_until"]


def iso(seconds):
    """An RFC 3339 time with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03}Z"


def lines_of(item):
    """The lines that a raw item holds: one of the layout `rows`, or those of a block."""
    if "line" in item:
        return [item["line"]]
    assert item["format"] == "ndjson" and "parts" not in item, item["sk"]
    text = zstandard.ZstdDecompressor().decompressobj().decompress(bytes(item["block"])).decode()
    lines = text.split("\n")
    assert lines.pop() == "" and len(lines) == item["events"], item["sk"]
    return lines


class AwsCase(unittest.TestCase):
    """One stand-in for all tests of a class; each test deploys stacks of its own names."""

    maxDiff = 4000
    auth = True

    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(Ministack(auth=cls.auth))

    def stack(self, name, **parameters):
        stack = Stack(self.aws, name, **parameters)
        self.addCleanup(stack.delete)
        return stack

    def weir(self, *arguments, env=None, **more):
        return harness.weir(*arguments, env=self.aws.environment() | (env or {}), **more)

    def assert_status(self, finished, status):
        self.assertEqual(finished.status, status, str(finished))
        return finished

    def raw_events(self, stack, since, until):
        """Every event of these minutes, whichever the layout, read by boto3."""
        found = []
        minute = int(since) // 60 * 60
        while minute <= until:
            for shard in range(4):
                found += stack.items("EventsTable", f"E#{iso(minute)[:16]}#{shard}")
            minute += 60
        return [json.loads(line) for item in found for line in lines_of(item)]

    def recount(self, stack, row):
        """The counts of a row's window, from the raw items, by an outsider."""
        start, end = row["window_start"], row["window_end"]
        edges = [time.mktime(time.strptime(t[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone for t in (start, end)]
        events = self.raw_events(stack, *edges)
        return collections.Counter(e.get("County") or "(blank)" for e in events if start <= e["ts"] < end)

    def wait_idle(self, stack):
        """Until every message in the queue was taken and done with; those that failed are elsewhere or come no more."""
        queue = stack.client("sqs")

        def idle():
            attributes = queue.get_queue_attributes(QueueUrl=stack["QueueUrl"], AttributeNames=["All"])["Attributes"]
            return attributes["ApproximateNumberOfMessages"] == attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
        wait_until(idle, "an empty queue")

    def wait_events(self, stack, since, number):
        def stored():
            events = self.raw_events(stack, since, time.time() + 60)
            return events if len(events) >= number else None
        return wait_until(stored, f"{number} events in the table")


def main():
    unittest.main(verbosity=2, failfast=False)
