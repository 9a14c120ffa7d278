"""`weir serve` is killed with SIGKILL at random moments, also while it starts and recovers, while four producers stream
and retry. At the end every acknowledged event is stored exactly once, and everything adds up."""

import collections
import http.client
import json
import pathlib
import threading
import time

import harness
from harness import DATA_SET, Server, TestCase, event, finish, free_port, now_ms, start_weir

KILLS = 30
PRODUCERS = 4


class Kill(TestCase):
    def test_nothing_acknowledged_is_lost_or_doubled(self):
        rng = self.random()
        folder = self.folder()
        server = Server(folder / "data", port=free_port())
        self.addCleanup(server.stop)
        server.start()
        producers = [
            start_weir("stream", DATA_SET, "--loop", "--to", server.url, "--rate", "2000/s", "--run-id", f"kill{i}",
                       "--format", ("json", "csv")[i % 2], "--batch-events", (100, 200, 50, 400)[i], "--linger", "20ms",
                       "--retry-for", "10m", "--output", "json")
            for i in range(PRODUCERS)
        ]  # fmt: skip
        by_hand = HandMade(server)
        by_hand.start()
        try:
            served, kills_in_start = self.kill_often(rng, server)
            harness.wait_until(lambda: len(by_hand.acknowledged) > 500, what="enough by hand")
            harness.wait_until(lambda: min(len(s) for s in self.stored_of_producers(server).values()) > 1000, what="enough of each producer")
        finally:
            by_hand.stopping.set()
        for process in producers:
            process.send_signal(2)  # drain: what was produced is still delivered
        summaries = [finish(process, timeout=120) for process in producers]
        by_hand.join(120)
        self.assertFalse(by_hand.is_alive())
        print(f"{KILLS} kills, {kills_in_start} before it listened, {served} after", flush=True)

        self.check_producers(server, summaries)
        retries = sum(finished.json["retries"] for finished in summaries)
        self.assertGreater(retries, KILLS, "the kills met nobody who was sending")
        self.check_hand_made(server, by_hand)
        self.assert_balances(server)
        self.assert_audit_passes(server)
        self.assert_status(harness.verify(server, "--limit", "100"), 0)
        self.check_a_clean_restart(server)

    def kill_often(self, rng, server):
        served = kills_in_start = 0
        for number in range(KILLS):
            if number % 3 == 2:  # while it starts: before, within or just after recovery
                server.kill()
                server.spawn()
                time.sleep(rng.uniform(0.0, 0.12))
                if not server.listening.is_set():
                    kills_in_start += 1
                server.kill()
            else:
                time.sleep(rng.uniform(0.2, 1.5))
                served += 1
                server.kill()
            server.start()
        return served, kills_in_start

    def stored_of_producers(self, server):
        """The sequence numbers that are stored of each run."""
        sequences = {f"kill{i}": [] for i in range(PRODUCERS)}
        for e in server.events():
            run, sequence = e["event_id"].rsplit("-", 1)
            if run in sequences:
                sequences[run].append(int(sequence))
        return sequences

    def check_producers(self, server, summaries):
        sequences = self.stored_of_producers(server)
        for i, finished in enumerate(summaries):
            run = f"kill{i}"
            self.assertEqual(finished.status, 130, str(finished))  # stopped early, by request
            summary = finished.json
            self.assertEqual(summary["sent"], summary["acknowledged"], str(finished))
            self.assertEqual(summary["rejected"], 0, str(finished))
            self.assertGreater(summary["acknowledged"], 1000, "the test had nothing to lose")
            self.assertEqual(len(sequences[run]), summary["acknowledged"], f"{run}: stored, against acknowledged")
            self.assertEqual(sorted(sequences[run]), list(range(1, summary["acknowledged"] + 1)), f"{run}: lost or doubled")

    def check_hand_made(self, server, by_hand):
        """A producer of our own, so that the proof does not rest on weir's word for what was acknowledged."""
        self.assertIsNone(by_hand.error)
        self.assertGreater(len(by_hand.acknowledged), 500)
        found = collections.Counter(e["event_id"] for e in server.events() if e["event_id"].startswith("hand-"))
        for event_id in by_hand.acknowledged:
            self.assertEqual(found[event_id], 1, f"{event_id} was acknowledged")
        self.assertEqual(set(found.values()), {1})
        self.assertLessEqual(set(found), by_hand.tried)

    def check_a_clean_restart(self, server):
        before = server.ledger()
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(server.ledger(), before)
        self.assert_audit_passes(server)


class HandMade(threading.Thread):
    """Posts batches one after another over plain HTTP and remembers which were answered with 200. A batch that got no
    answer is given up for good in one case of four, else sent again under the same id until it is answered."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stopping = server, threading.Event()
        self.acknowledged, self.tried, self.error = set(), set(), None

    def run(self):
        try:
            self.send_all()
        except Exception as error:  # shown by the test
            self.error = error

    def send_all(self):
        number = 0
        while not self.stopping.is_set():
            events = [event("hand", number * 7 + i, now_ms(), "Hand & Co") for i in range(7)]
            self.tried |= {e["event_id"] for e in events}
            while not self.stopping.is_set():
                if self.deliver(events, f"hand-b{number}"):
                    self.acknowledged |= {e["event_id"] for e in events}
                    break
                if number % 4 == 3:
                    break
                time.sleep(0.02)
            number += 1
            time.sleep(0.02)

    def deliver(self, events, batch_id):
        try:
            body = harness.ndjson(events)
            headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": batch_id}
            answer = harness.request(self.server.wanted_port, "POST", "/v1/events", body, headers, timeout=5)
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200 and json.loads(answer.body)["received"] == 7


class TornFiles(TestCase):
    def test_a_log_that_ends_in_the_middle_of_a_record_costs_only_what_was_not_acknowledged(self):
        """What a power cut leaves: the last bytes of the log cut off, or followed by zeros."""
        for damage in ("zeros", "cut"):
            with self.subTest(damage):
                server = Server(self.folder() / "data")
                self.addCleanup(server.stop)
                server.start()
                for i in range(20):
                    log = max(pathlib.Path(server.folder).rglob("*.log"), key=lambda p: p.stat().st_mtime)
                    before = log.stat().st_size
                    server.post_events([event("torn", i * 10 + k, now_ms()) for k in range(10)], f"torn-b{i}").expect(200)
                server.kill()
                data = log.read_bytes()
                self.assertGreater(before, 1000)
                self.assertGreater(len(data), before + 100)
                # zeros after the end harm nothing acknowledged; a cut in the first record since then takes the last batch with it, whole,
                # and a row of the schedule, if one was written in these moments
                log.write_bytes(data + bytes(4096) if damage == "zeros" else data[: before + 50])
                server.start()
                stored = server.ledger()["stored"]
                self.assertEqual(stored, 200 if damage == "zeros" else 190)
                self.assertEqual(len(server.events()), stored)
                self.assert_balances(server)
                self.assert_audit_passes(server)
                verdict = server.post_events([event("torn", 190 + k, now_ms()) for k in range(10)], "torn-b19x").expect(200)
                self.assertEqual(verdict.json["stored"], 10 if damage == "cut" else 0)


if __name__ == "__main__":
    harness.main()
