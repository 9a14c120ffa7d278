"""Senders that never finish, readers that take nothing, and noise: each is cut off, and nobody else notices."""

import concurrent.futures
import contextlib
import http.client
import random as random_numbers
import socket
import statistics
import time

import harness
from harness import TestCase, event, now_ms, raw

HOST = b"Host: 127.0.0.1\r\n"


def post(length, body=b""):
    return b"POST /v1/events HTTP/1.1\r\n" + HOST + b"Content-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % length + body


def rest_of(s):
    """What had come before the connection was lost."""
    received = b""
    with contextlib.suppress(OSError):
        while piece := s.recv(65536):
            received += piece
    return received


class Slow(TestCase):
    """The server's own limits: 10 s for all headers together, 1 KiB a second of body over any 5 s."""

    def drip(self, server, begin, piece, most):
        """Sends a piece every 0.2 s until the server closes; how long that took, and what it said."""
        start = time.monotonic()  # the server's clock begins later
        with socket.create_connection(("127.0.0.1", server.port), timeout=most) as s:
            s.sendall(begin)
            s.settimeout(0.2)
            received = b""
            while time.monotonic() - start < most:
                try:
                    s.sendall(piece)
                    got = s.recv(65536)
                    if not got:
                        break
                    received += got
                except TimeoutError:
                    continue
                except ConnectionError:
                    received += rest_of(s)
                    break
            return time.monotonic() - start, received

    def test_what_drips_is_cut_however_often_a_byte_comes(self):
        server = self.serve()
        cases = {
            "headers": (b"GET /livez HTTP/1.1\r\n" + HOST, b"X-A: a\r\n", 9),
            "a request line": (b"GET /", b"a", 9),
            "a body": (post(1_000_000), b"x", 4),
            "chunks": (post(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked"), b"1\r\nx\r\n", 4),
        }
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            running = {name: pool.submit(self.drip, server, begin, piece, 90) for name, (begin, piece, _) in cases.items()}
            took = []
            while not all(r.done() for r in running.values()):
                start = time.monotonic()
                server.post_events([event("meanwhile", len(took), now_ms())]).expect(200)
                took.append(time.monotonic() - start)
                time.sleep(0.1)
        self.assertLess(statistics.median(took), 2, "nobody else notices: whoever waited for a cut would wait 5 seconds")
        for name, (_, _, least) in cases.items():
            with self.subTest(name):
                seconds, received = running[name].result()
                self.assertGreater(seconds, least)
                self.assertLess(seconds, 60)
                self.assertIn(b"HTTP/1.1 408 ", received)
        self.assertEqual({e["event_id"].split("-")[0] for e in server.events()}, {"meanwhile"})

    def test_connections_over_the_limit_are_told_and_others_get_in_when_there_is_room(self):
        server = self.serve("--max-connections", "20")
        idle = []

        def one_more():
            """Those that asked whether it is ready are gone as soon as it has noticed."""
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            self.addCleanup(connection.close)
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                idle.append(connection)
            return len(idle) == 20

        harness.wait_until(one_more, what="20 connections that were served")
        answer = raw(server.port, b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n", timeout=60)
        self.assertEqual(answer.statuses, [503], answer)
        self.assertIn(b"Retry-After", answer.data)
        self.assertTrue(answer.closed)
        for s in idle:
            s.close()
        harness.wait_until(server.ready, what="room")

    def connect(self, server):
        s = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self.addCleanup(s.close)
        return s

    def test_a_reader_that_takes_nothing_does_not_hold_the_others(self):
        server = self.serve()
        batch = [event("big", i, now_ms(), pad="p" * 1000) for i in range(5000)]
        for i in range(4):
            server.post_events([dict(e, event_id=f"big{i}-{n:06d}") for n, e in enumerate(batch)]).expect(200)
        readers = []
        for _ in range(8):
            s = self.connect(server)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(b"GET /v1/events?from=%d&to=%d HTTP/1.1\r\n" % (now_ms() - 600_000, now_ms() + 1000) + HOST + b"\r\n")
            readers.append(s)
        for reader in readers:
            self.assertTrue(reader.recv(1, socket.MSG_PEEK))  # it is being answered
        took = []
        for i in range(20):
            start = time.monotonic()
            server.post_events([event("meanwhile", i, now_ms())]).expect(200)
            server.get("/v1/windows/live").expect(200)
            took.append(time.monotonic() - start)
        self.assertLess(max(took), 20, "whoever waited for a reader would wait the 30 seconds after which it is cut")
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
