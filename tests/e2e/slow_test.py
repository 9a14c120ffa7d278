"""Senders that never finish, readers that take nothing, and noise: each is cut off, and nobody else notices."""

import concurrent.futures
import random as random_numbers
import socket
import time

import harness
from harness import TestCase, event, now_ms, raw

HOST = b"Host: 127.0.0.1\r\n"


def post(length, body=b""):
    return b"POST /v1/events HTTP/1.1\r\n" + HOST + b"Content-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % length + body


class Slow(TestCase):
    """Senders that never finish. Short limits, so that the test is too."""

    flags = ("--header-timeout", "1s", "--body-timeout", "2s", "--idle-timeout", "2s")

    def closed_within(self, s, seconds):
        s.settimeout(seconds)
        received, start = b"", time.monotonic()
        while True:
            try:
                piece = s.recv(65536)
            except ConnectionError:
                break
            except TimeoutError:
                self.fail(f"still open after {seconds} s: {received!r}")
            if not piece:
                break
            received += piece
        return received, time.monotonic() - start

    def connect(self, server):
        s = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        self.addCleanup(s.close)
        return s

    def test_headers_that_never_end(self):
        server = self.serve(*self.flags)
        s = self.connect(server)
        s.sendall(b"GET /livez HTTP/1.1\r\n" + HOST)
        deadline, dripped = time.monotonic() + 8, 0
        while time.monotonic() < deadline:  # a byte now and then must not buy more time
            try:
                s.sendall(b"X-%d: a\r\n" % dripped)
            except OSError:
                break
            dripped += 1
            time.sleep(0.2)
        received, _ = self.closed_within(s, 1)
        self.assertLess(dripped, 20, "the deadline is for all headers together")
        if received:
            self.assertIn(b" 408 ", received)
        self.assert_alive(server)

    def test_a_body_that_drips(self):
        server = self.serve(*self.flags)
        s = self.connect(server)
        s.sendall(post(1000))
        start = time.monotonic()
        while time.monotonic() - start < 10:
            try:
                s.sendall(b"x")
            except OSError:
                break
            time.sleep(0.2)
        self.assertLess(time.monotonic() - start, 8)
        received, _ = self.closed_within(s, 1)
        if received:
            self.assertIn(b" 408 ", received)
        self.assertEqual(server.ledger()["received"], 0)

    def test_idle_connections_are_closed_and_do_not_keep_others_out(self):
        server = self.serve(*self.flags, "--max-connections", "20")
        idle = [self.connect(server) for _ in range(20)]
        time.sleep(0.3)
        answer = raw(server.port, b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n", timeout=3)
        self.assertEqual(answer.statuses, [503], answer)
        self.assertIn(b"Retry-After", answer.data)
        for s in idle:
            self.closed_within(s, 6)
        server.get("/livez").expect(200)

    def test_a_reader_that_takes_nothing_does_not_hold_the_others(self):
        server = self.serve()
        batch = [event("big", i, now_ms(), pad="p" * 1000) for i in range(5000)]
        for i in range(4):
            server.post_events([dict(e, event_id=f"big{i}-{n:06d}") for n, e in enumerate(batch)]).expect(200)
        readers = []
        for _ in range(8):
            s = self.connect(server)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(b"GET /v1/events?from=%d&to=%d HTTP/1.1\r\n" % (now_ms() - 60_000, now_ms() + 1000) + HOST + b"\r\n")
            readers.append(s)
        time.sleep(0.3)
        start = time.monotonic()
        for i in range(20):
            server.post_events([event("meanwhile", i, now_ms())]).expect(200)
            server.get("/v1/windows/live").expect(200)
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(len(server.events()), 20_020)


class Flood(TestCase):
    def test_random_bytes_and_cut_requests_harm_nobody(self):
        server, rng = self.serve(), self.random()
        good = post(40, b'{"event_id":"x-1","ts":1,"County":"Erie"}')

        def attack(number):
            random = random_numbers.Random(f"{harness.SEED}/{number}")
            data = bytearray(good)
            for _ in range(random.randrange(1, 6)):
                data[random.randrange(len(data))] = random.randrange(256)
            if number % 3 == 0:
                data = data[: random.randrange(len(data))]
            if number % 7 == 0:
                data = bytearray(random.randbytes(random.randrange(1, 4000)))
            try:
                return raw(server.port, bytes(data), timeout=2, finish_writing=True)
            except OSError:
                return None

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(attack, range(300)))
        self.assert_alive(server)
        self.assert_balances(server)
        server.post_events([event("calm", rng.randrange(1000), now_ms())]).expect(200)


if __name__ == "__main__":
    harness.main()
