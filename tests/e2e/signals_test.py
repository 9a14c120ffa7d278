"""Rates that are held, and signals that are heeded: by the producer and by the server under load."""

import contextlib
import http.client
import signal
import socket
import threading
import time

import harness
from harness import DATA_SET, TestCase, event, finish, now_ms, parse_ms, start_weir


class Rates(TestCase):
    """The rate is held by deadlines: within 1 % over ten seconds. Both run at once, on one server."""

    def test_within_one_percent_over_ten_seconds(self):
        server = self.serve()
        wanted = {"fast": 1000, "slow": 100}
        processes = {
            run: start_weir("stream", DATA_SET, "--to", server.url, "--rate", f"{rate}/s", "--limit", rate * 10 + 1, "--run-id", run,
                            "--output", "json")
            for run, rate in wanted.items()
        }  # fmt: skip
        summaries = {run: finish(process) for run, process in processes.items()}
        events = server.events()
        for run, rate in wanted.items():
            with self.subTest(run):
                self.assert_status(summaries[run], 0)
                stamps = [parse_ms(e["ts"]) for e in sorted(events, key=lambda e: e["event_id"]) if e["event_id"].startswith(run + "-")]
                self.assertEqual(len(stamps), rate * 10 + 1)
                seconds = (stamps[-1] - stamps[0]) / 1000
                self.assertAlmostEqual(rate * 10 / seconds, rate, delta=rate * 0.01, msg="by the events' own times")
                self.assertAlmostEqual(summaries[run].json["rate"], rate, delta=rate * 0.01, msg="by the summary")
                # no bursts: every second has its share
                for start in range(0, 9):
                    inside = sum(start * 1000 <= s - stamps[0] < start * 1000 + 1000 for s in stamps)
                    self.assertAlmostEqual(inside, rate, delta=max(1, rate * 0.01))


class Signals(TestCase):
    def streaming(self, server, *flags):
        process = start_weir("stream", DATA_SET, "--loop", "--to", server.url, "--rate", "2000/s", "--run-id", "sig", "--output", "json", *flags)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def wait_for_events(self, server, least=500):
        harness.wait_until(lambda: server.ledger()["stored"] >= least, what="events to arrive")

    def test_an_interrupt_drains_and_prints_the_summary(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number.name):
                server = self.serve()
                process = self.streaming(server)
                self.wait_for_events(server)
                process.send_signal(number)
                done = finish(process)
                self.assert_status(done, status)
                summary = done.json
                self.assertEqual(summary["sent"], summary["acknowledged"])
                self.assertEqual(server.ledger()["stored"], summary["acknowledged"])
                self.assertRegex(done.err, "(?i)drain|stopp|again")

    def test_a_second_interrupt_aborts(self):
        deaf = socket.create_server(("127.0.0.1", 0))  # takes connections, never answers
        self.addCleanup(deaf.close)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        process = start_weir("stream", DATA_SET, "--loop", "--to", url, "--rate", "100/s", "--retry-for", "10m")
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        self.assertIsNone(process.poll(), "the first one waits for what is in flight")
        process.send_signal(signal.SIGINT)
        done = finish(process, timeout=5)
        self.assert_status(done, 130)

    def test_serve_under_load_ends_with_everything_answered_on_disk(self):
        server = self.serve()
        acknowledged, refused = [], []
        for round_ in range(3):
            senders = [Sender(server.port, f"load{round_}x{i}") for i in range(4)]
            for s in senders:
                s.start()
            time.sleep(0.5)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(20), 0)
            for s in senders:
                s.join(20)
                acknowledged += s.acknowledged
                refused += s.refused
            server.start()
        found = [e["event_id"] for e in server.events()]
        self.assertGreater(len(acknowledged), 100)
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(set(acknowledged), set(found))
        self.assertEqual({status for status in refused} - {503}, set())
        self.assert_balances(server)
        self.assert_audit_passes(server)

    def test_serve_ends_on_an_interrupt_too_and_closes_idle_connections(self):
        server = self.serve()
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        start = time.monotonic()
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(20), 0)
        self.assertLess(time.monotonic() - start, 3)
        for s in idle:
            s.close()

    def test_a_second_interrupt_ends_serve_at_once(self):
        server = self.serve("--drain-timeout", "60s")
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 10\r\n\r\n")
            time.sleep(0.3)
            server.signal(signal.SIGINT)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll(), "the first one waits for the running request")
            server.signal(signal.SIGINT)
            self.assertEqual(server.wait(5), 130)


class Sender(threading.Thread):
    """Posts small batches on one connection until the server goes away."""

    def __init__(self, port, run):
        super().__init__(daemon=True)
        self.port, self.run_id, self.acknowledged, self.refused = port, run, [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            self.send_on(connection)

    def send_on(self, connection):
        for number in range(100_000):
            events = [event(self.run_id, number * 10 + i, now_ms()) for i in range(10)]
            try:
                connection.request("POST", "/v1/events", harness.ndjson(events), {"Content-Type": "application/x-ndjson"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            if answer.status == 200:
                self.acknowledged += [e["event_id"] for e in events]
            else:
                self.refused.append(answer.status)
                return


if __name__ == "__main__":
    harness.main()
