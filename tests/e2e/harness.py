"""What the end-to-end tests share. Standard library only.

Every process that is started is stopped by its own pid, every port is free when it is taken, every folder is temporary.
Random choices come from one seed, printed at the start; set WEIR_TEST_SEED to repeat a run. The tests take everything
from here: events.py makes events, process.py runs commands, ports.py finds free ports, server.py runs servers, wire.py speaks HTTP and worse.
"""

import os
import random
import sys
import time
import unittest

from events import DATA_SET, ROOT, data_rows, event, ndjson, now_ms, parse_ms, rfc3339, zstd_bomb, zstd_stored
from process import BINARY, PATIENCE, environment, finish, free_port, start_weir, temporary_folder, weir
from server import Server, wait_until
from wire import raw, request

__all__ = [
    "BINARY", "DATA_SET", "PATIENCE", "ROOT", "SEED", "Server", "SharedServer", "TestCase", "data_rows", "environment", "event", "finish", "free_port",
    "main", "ndjson", "now_ms", "parse_ms", "raw", "request", "rfc3339", "start_weir", "temporary_folder", "verify", "wait_until", "weir",
    "zstd_bomb", "zstd_stored",
]

SEED = int(os.environ.get("WEIR_TEST_SEED") or random.SystemRandom().randrange(1, 2**31))


def verify(server, *flags, **more):
    return weir("verify", "--server", server.url, "--file", DATA_SET, *flags, **more)


class TestCase(unittest.TestCase):
    maxDiff = 4000

    def folder(self):
        return self.enterContext(temporary_folder())

    def serve(self, *flags, folder=None, **more):
        """A running server that the end of the test stops."""
        server = Server(folder or self.folder() / "data", *flags, **more)
        self.addCleanup(server.stop)
        return server.start()

    def random(self):
        """Random numbers of this test alone: the same whatever else runs."""
        return random.Random(f"{SEED}/{self.id()}")

    def eventually(self, check, timeout=60.0):
        """What `check` gives as soon as it passes; what it found last when it does not in time."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            try:
                return check()
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def assert_status(self, finished, status):
        self.assertEqual(finished.status, status, str(finished))

    def assert_balances(self, server):
        ledger = server.ledger()
        self.assertTrue(ledger["balances"], ledger)
        self.assertEqual(ledger["received"], ledger["stored"] + ledger["duplicates"] + ledger["rejected"], ledger)
        return ledger

    def assert_audit_passes(self, server, *flags):
        audit = weir("audit", "--server", server.url, *flags)
        self.assert_status(audit, 0)
        return audit

    def assert_alive(self, server):
        answer = server.get("/livez").expect(200)
        self.assertEqual(answer.body.strip(), b"ok")
        self.assertIsNone(server.process.poll(), "the server has ended")


class SharedServer(TestCase):
    """A class of tests that use one server; each test makes event and batch ids of its own."""

    flags = ()
    token = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(temporary_folder())
        cls.server = Server(folder / "data", *cls.flags, token=cls.token)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def run_id(self):
        """A run id of this test alone."""
        SharedServer.made = getattr(SharedServer, "made", 0) + 1
        return f"t{SharedServer.made}"


def main():
    print(f"seed {SEED} (WEIR_TEST_SEED={SEED} repeats this run), binary {BINARY}", file=sys.stderr, flush=True)
    unittest.main(module="__main__", verbosity=2)
