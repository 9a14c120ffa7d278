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

    ATTEMPTS = 5

    def test_within_one_percent_over_ten_seconds(self):
        """Events are due at their own times, whatever the machine does; a run that it held up is measured again, a rate that is not
        held fails in each of them."""
        for attempt in range(self.ATTEMPTS):
            measured = self.measure(f"{attempt}")
            if all(rate * 0.99 <= got for rate, got in measured.items()):
                return
        self.fail(f"wanted and measured in the last of {self.ATTEMPTS} runs: {measured}")

    def measure(self, attempt):
        """One run of both; what each summary says of its rate, {wanted: measured}. Slower than wanted is for the caller to judge."""
        server = self.serve()
        wanted = {f"fast{attempt}": 1000, f"slow{attempt}": 100}
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
                self.assertLessEqual(summaries[run].json["rate"], rate * 1.01, "by the summary")
                # no bursts: every second has its share
                for start in range(0, 9):
                    inside = sum(start * 1000 <= s - stamps[0] < start * 1000 + 1000 for s in stamps)
                    self.assertAlmostEqual(inside, rate, delta=max(1, rate * 0.01))
        self.assertEqual(server.stop(), 0)
        return {rate: summaries[run].json["rate"] for run, rate in wanted.items()}


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
        process = start_weir("stream", DATA_SET, "--loop", "--to", url, "--rate", "100/s", "--retry-for", "1h")
        self.addCleanup(lambda: process.poll() is None and process.kill())
        deaf.settimeout(60 * harness.PATIENCE)
        in_flight, _ = deaf.accept()
        self.addCleanup(in_flight.close)
        in_flight.settimeout(60 * harness.PATIENCE)
        self.assertTrue(in_flight.recv(1))
        process.send_signal(signal.SIGINT)
        self.assertIn(b"draining", next(line for line in iter(process.stderr.readline, b"") if b"Ctrl-C again" in line))
        time.sleep(0.5)
        self.assertIsNone(process.poll(), "the first one waits for what is in flight")
        process.send_signal(signal.SIGINT)
        done = finish(process)
        self.assert_status(done, 130)

    def test_serve_under_load_ends_with_everything_answered_on_disk(self):
        server = self.serve()
        acknowledged, refused = [], []
        for round_ in range(3):
            senders = [Sender(server.port, f"load{round_}x{i}") for i in range(4)]
            for s in senders:
                s.start()
            harness.wait_until(lambda: all(len(s.acknowledged) >= 50 for s in senders), what="a load from each")
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            for s in senders:
                s.join(120)
                self.assertFalse(s.is_alive())
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
        """A server that waited for them would need the minute that an idle connection is kept (src/http/server.h)."""
        server = self.serve("--drain-timeout", "10m")
        idle = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(5)]
        for connection in idle:
            self.addCleanup(connection.close)
            connection.request("GET", "/livez")
            self.assertEqual(connection.getresponse().read().strip(), b"ok")
        start = time.monotonic()
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(), 0)
        self.assertLess(time.monotonic() - start, 30)

    def test_a_second_interrupt_ends_serve_at_once(self):
        for _ in range(5):
            if self.interrupted_twice_in_time():
                return
        self.fail("the machine was held up in each of 5 runs")

    def interrupted_twice_in_time(self):
        """Whether a run was quick enough to show anything: the server gives a request up whose body stands still for 5 seconds."""
        server = self.serve("--drain-timeout", "10m")
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as s:
            start = time.monotonic()
            s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
            self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 100"))
            server.signal(signal.SIGINT)
            time.sleep(0.5)
            running = server.process.poll() is None
            server.signal(signal.SIGINT)
            status = server.wait()
        if time.monotonic() - start > 4:
            return False
        self.assertTrue(running, "the first one waits for the running request")
        self.assertEqual(status, 130)
        return True


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
