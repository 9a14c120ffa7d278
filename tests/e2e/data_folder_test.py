"""Data folders that cannot be used, and a disk that is full."""

import os
import pathlib
import shutil
import subprocess
import time
import unittest

import harness
from harness import DATA_SET, Server, TestCase, event, finish, now_ms, start_weir, weir
from rocks_log import replace_in_log

NOBODY = 65534


class Folders(TestCase):
    def serve_and_fail(self, folder, *flags, **more):
        finished = weir("serve", "--listen", "127.0.0.1:0", "--data-dir", folder, *flags, **more)
        self.assertEqual(finished.out, "")
        self.assertIn("weir: ", finished.err)
        self.assertIn("hint", finished.err, "what to do about it")
        self.assertIn(str(folder), finished.err, "where")
        return finished

    def filled(self, *flags):
        server = self.serve(*flags)
        server.post_events([event("kept", i, now_ms()) for i in range(10)]).expect(200)
        return server

    def test_in_use(self):
        server = self.filled()
        finished = self.serve_and_fail(server.folder)
        self.assert_status(finished, 3)
        self.assertRegex(finished.err, "in use|another process")
        self.assert_alive(server)
        self.assertEqual(len(server.events()), 10)

    def test_a_folder_under_a_file(self):
        file = self.folder() / "file"
        file.write_text("x")
        self.assert_status(self.serve_and_fail(file / "data"), 3)
        self.assertEqual(file.read_text(), "x")

    def test_a_file(self):
        file = self.folder() / "file"
        file.write_text("x")
        self.assert_status(self.serve_and_fail(file), 3)
        self.assertEqual(file.read_text(), "x")

    def test_unwritable(self):
        if os.geteuid() == 0:
            self.assert_status(self.serve_and_fail("/proc/weir-data"), 3)
            folder = self.enterContext(mounted(self.folder(), "size=1m,ro"))
        else:
            folder = self.folder()
            folder.chmod(0o500)
        self.assert_status(self.serve_and_fail(folder / "data"), 3)

    def test_somebody_elses_folder(self):
        server = self.filled()
        server.stop()
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        binary = pathlib.Path(shutil.copy(harness.BINARY, self.folder() / "weir"))  # others may not reach where it was built
        binary.parent.chmod(0o755)
        process = subprocess.run(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", server.folder],
            user=NOBODY, group=NOBODY, capture_output=True, text=True, timeout=300, env=harness.environment(), cwd="/", check=False,
        )  # fmt: skip
        self.assertEqual(process.returncode, 3, process)
        self.assertIn(str(server.folder), process.stderr)
        server.start()
        self.assertEqual(len(server.events()), 10)

    def test_made_with_another_group_by_field(self):
        server = self.filled()
        server.stop()
        finished = self.serve_and_fail(server.folder, "--group-by", "Owner")
        self.assertIn(finished.status, (2, 3), finished)
        self.assertIn("County", finished.err)
        self.assertIn("Owner", finished.err)
        server.start()
        self.assertEqual(len(server.events()), 10)

    def test_made_with_another_pane(self):
        server = self.filled()
        server.stop()
        finished = self.serve_and_fail(server.folder, "--pane", "10s")
        self.assertIn(finished.status, (2, 3), finished)
        self.assertIn("10s", finished.err)
        self.assertIn("1s", finished.err)
        server.start()
        self.assertEqual(len(server.events()), 10)

    def test_made_by_a_newer_version(self):
        server = self.filled()
        server.stop()
        make_newer(server.folder)
        finished = self.serve_and_fail(server.folder)
        self.assertIn(finished.status, (2, 3), finished)
        self.assertRegex(finished.err, "newer")

    def test_another_group_by_field_from_the_start(self):
        server = self.serve("--group-by", "Public Fishing Access Owner")
        sent = weir("stream", DATA_SET, "--to", server.url, "--group-by", "Public Fishing Access Owner", "--output", "json")
        self.assert_status(sent, 0)
        counts = server.get("/v1/windows/live").expect(200).json["counts"]
        self.assertEqual(counts["(blank)"], 9)  # known of the file
        self.assertEqual(sum(counts.values()), 546)

    def test_port_in_use(self):
        server = self.filled()
        finished = weir("serve", "--listen", f"127.0.0.1:{server.port}", "--data-dir", self.folder() / "data")
        self.assert_status(finished, 3)
        self.assertIn(str(server.port), finished.err)
        self.assertIn("in use", finished.err)


def make_newer(folder):
    """Raises the data version that the store keeps (meta 'identity': record version, data version, pane, group-by field;
    src/store/rocks/records.h), as a later weir would."""
    rest = b"\xe8\x07\x06County"
    replace_in_log(folder, b"\x01\x01" + rest, b"\x01\x02" + rest)


class mounted:
    """A small file system of its own; skips the test where this process may not mount one."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options

    def __enter__(self):
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", self.options, "weir-e2e", self.folder], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest(f"cannot mount a tmpfs here: {made.stderr.strip()}")
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False)


class DiskFull(TestCase):
    def noise(self, rng, run, number):
        """A batch that does not compress: 200 events of about 1 kB."""
        return [event(run, number * 200 + i, now_ms(), "Erie", noise=rng.randbytes(400).hex()) for i in range(200)]

    def fill(self, server, rng, run, most=3000, spare=0):
        """Sends until the server refuses; the ids that were acknowledged, and the refusal (none when the server died). With less than
        `spare` bytes free it sends slowly: the server looks at the disk once a second."""
        acknowledged = []
        for number in range(most):
            if shutil.disk_usage(server.folder).free < spare:
                time.sleep(0.5)
            batch = self.noise(rng, run, number)
            try:
                answer = server.post_events(batch, f"{run}-b{number}")
            except OSError:
                return acknowledged, None
            if answer.status != 200:
                return acknowledged, answer
            acknowledged += [e["event_id"] for e in batch]
        self.fail("the disk never filled up")

    def check_stored(self, server, acknowledged):
        found = [e["event_id"] for e in server.events()]
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(set(acknowledged), set(found))
        self.assert_balances(server)
        self.assert_audit_passes(server)

    def test_a_disk_that_runs_low_is_told_and_heals(self):
        folder = self.enterContext(mounted(self.folder(), "size=64m"))
        filler = folder / "filler"
        filler.write_bytes(bytes(32 << 20))
        server = self.serve("--min-free", "16MiB", folder=folder / "data")
        rng = self.random()
        acknowledged, refusal = self.fill(server, rng, "low", spare=17 << 20)
        refusal.expect(503)
        self.assertEqual(refusal.problem, "disk-full")
        self.assertGreaterEqual(int(refusal.headers["Retry-After"]), 1)
        self.assertGreater(len(acknowledged), 1000)
        ready = server.get("/readyz").expect(503)
        self.assertIn(b"disk", ready.body)
        self.check_stored(server, acknowledged)  # reading goes on

        # a producer waits it out
        producer = start_weir("stream", DATA_SET, "--to", server.url, "--retry-for", "10m", "--output", "json")
        time.sleep(1)
        if producer.poll() is not None:
            self.fail(str(finish(producer)))
        filler.unlink()
        harness.wait_until(server.ready, what="ready after space was freed")
        sent = finish(producer)
        self.assert_status(sent, 0)
        self.assertEqual(sent.json["acknowledged"], 546)
        self.check_stored(server, acknowledged)
        server.stop()
        server.start()
        self.check_stored(server, acknowledged)

    def test_a_disk_that_is_full_loses_nothing_acknowledged(self):
        folder = self.enterContext(mounted(self.folder(), "size=64m"))
        filler = folder / "filler"
        filler.write_bytes(bytes(24 << 20))
        server = Server(folder / "data", "--min-free", "1KiB")
        self.addCleanup(server.stop)
        server.start()
        acknowledged, refusal = self.fill(server, self.random(), "full")
        self.assertGreater(len(acknowledged), 1000)
        if refusal is not None:
            refusal.expect(503)
            self.assertIn(refusal.problem, ("disk-full", "storage-failed"))
            self.assertIn("Retry-After", refusal.headers)
        if server.process.poll() is None and refusal is not None and refusal.problem == "disk-full":
            self.assertEqual(server.stop(), 0)
        else:
            self.assertEqual(server.wait(), 3)
            self.assertRegex("\n".join(server.log), "(?i)no space|disk")
        filler.unlink()
        server.start()
        self.check_stored(server, acknowledged)
        server.post_events([event("after", 1, now_ms())]).expect(200)


if __name__ == "__main__":
    harness.main()
