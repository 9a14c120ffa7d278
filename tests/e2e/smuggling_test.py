"""Raw bytes against the real server: framing that two readers could understand differently. It refuses as documented,
reads nothing behind it as a request, stores nothing of it, and lives."""

import json
import re
import socket

import harness
from harness import SharedServer, TestCase, event, ndjson, now_ms, raw

HOST = b"Host: 127.0.0.1\r\n"
NDJSON = b"Content-Type: application/x-ndjson\r\n"


def post(*headers, body=b"", version=b"HTTP/1.1", target=b"/v1/events", host=HOST):
    return b"POST " + target + b" " + version + b"\r\n" + host + NDJSON + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body


def chunked(body):
    return b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"


SMUGGLED = b"GET /v1/ledger HTTP/1.1\r\n" + HOST + b"\r\n"


class Framing(SharedServer):
    def setUp(self):
        self.before = self.server.ledger()

    def tearDown(self):
        self.assert_alive(self.server)
        self.assertEqual(self.server.ledger(), self.before, "a refused request left a trace")

    def refused(self, data, status=400):
        """One answer of that status, then the connection is closed: what was behind is never read as a request."""
        answer = raw(self.server.port, data)
        self.assertEqual(answer.statuses, [status], answer)
        self.assertTrue(answer.closed, answer)
        head, _, body = answer.data.partition(b"\r\n\r\n")
        self.assertIn(b"application/problem+json", head)
        self.assertIn(b"close", head.lower())
        self.assertEqual(json.loads(body)["status"], status)
        return answer

    def line(self):
        return ndjson([event(self.run_id(), 1, now_ms())])

    def test_transfer_encodings(self):
        body = self.line()
        for value in (b"gzip", b"chunked, gzip", b"gzip, chunked", b"xchunked", b"chunkedx", b"chunked, chunked", b"identity", b"",
                      b"chunked;q=1", b"\"chunked\"", b", chunked", b"chunked,"):  # fmt: skip
            with self.subTest(value):
                self.refused(post(b"Transfer-Encoding: " + value, body=chunked(body) + SMUGGLED))

    def test_transfer_encoding_twice(self):
        self.refused(post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=chunked(self.line()) + SMUGGLED))
        self.refused(post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", body=chunked(self.line()) + SMUGGLED))

    def test_transfer_encoding_beside_content_length(self):
        body = self.line()
        for te in (b"chunked", b"gzip", b"xchunked", b"chunked, gzip"):
            for order in (0, 1):
                headers = [b"Transfer-Encoding: " + te, b"Content-Length: %d" % len(body)]
                with self.subTest(te=te, order=order):
                    self.refused(post(*(headers if order else headers[::-1]), body=chunked(body) + SMUGGLED))

    def test_http_1_0_with_chunks(self):
        self.refused(post(b"Transfer-Encoding: chunked", body=chunked(self.line()) + SMUGGLED, version=b"HTTP/1.0"))

    def test_other_versions(self):
        for version in (b"HTTP/2.0", b"HTTP/1.2", b"HTTP/0.9", b"HTTP/1.10", b"http/1.1", b"HTTPS/1.1"):
            with self.subTest(version):
                answer = raw(self.server.port, post(b"Content-Length: 0", version=version))
                self.assertTrue(answer.closed, answer)
                self.assertTrue(set(answer.statuses) <= {400, 505} and len(answer.statuses) <= 1, answer)

    def test_folded_headers(self):
        self.refused(post(b"X-Folded: a\r\n b", b"Content-Length: 0", body=SMUGGLED))
        self.refused(post(b"X-Folded:\r\n\tb", b"Content-Length: 0", body=SMUGGLED))
        self.refused(post(b"Content-Length:\r\n 0", body=SMUGGLED))

    def test_content_lengths(self):
        body = self.line()
        n = len(body)
        for lines in ((b"Content-Length: 3, 3",), (b"Content-Length: %d, %d" % (n, n),), (b"Content-Length: +%d" % n,), (b"Content-Length: -1",),
                      (b"Content-Length: 0x10",), (b"Content-Length: %d" % n, b"Content-Length: %d" % (n + 1)), (b"Content-Length: 1 0",),
                      (b"Content-Length: %d" % n, b"Content-Length: %d" % n), (b"Content-Length: ",), (b"Content-Length: 99999999999999999999999",),
                      (b"Content-Length: 1e1",), (b"Content-Length : %d" % n,)):  # fmt: skip
            with self.subTest(lines):
                self.refused(post(*lines, body=body + SMUGGLED))

    def test_hosts(self):
        for host in (b"", HOST + HOST, HOST + b"Host: evil\r\n", b"Host: a\r\nhost: b\r\n"):
            with self.subTest(host):
                self.refused(post(b"Content-Length: 0", host=host, body=SMUGGLED))

    def test_line_breaks_and_characters(self):
        get = b"GET /livez HTTP/1.1\r\n"
        for name, data in (
            ("bare LF", get.replace(b"\r\n", b"\n") + HOST + b"\r\n"),
            ("bare LF in a header", get + b"X-A: 1\n" + HOST + b"\r\n"),
            ("bare CR in a header", get + b"X-A: 1\rX-B: 2\r\n" + HOST + b"\r\n"),
            ("NUL in a header", get + b"X-A: 1\x002\r\n" + HOST + b"\r\n"),
            ("space before the colon", get + b"X-A : 1\r\n" + HOST + b"\r\n"),
            ("space in the name", get + b"X A: 1\r\n" + HOST + b"\r\n"),
            ("no colon", get + b"X-A\r\n" + HOST + b"\r\n"),
            ("no name", get + b": 1\r\n" + HOST + b"\r\n"),
            ("header that begins with a space", get + b" X-A: 1\r\n" + HOST + b"\r\n"),
            ("NUL in the target", b"GET /li\x00vez HTTP/1.1\r\n" + HOST + b"\r\n"),
            ("no request at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50)),
            ("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
            ("spaces in the target", b"GET /livez x HTTP/1.1\r\n" + HOST + b"\r\n"),
        ):
            with self.subTest(name):
                self.refused(data, 505 if name == "spaces in the target" else 400)  # "x HTTP/1.1" is no version

    def test_chunks(self):
        for name, body in (
            ("no number", b"zz\r\nhello\r\n0\r\n\r\n"),
            ("negative", b"-5\r\nhello\r\n0\r\n\r\n"),
            ("hex prefix", b"0x5\r\nhello\r\n0\r\n\r\n"),
            ("over 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
            ("longer than told", b"4\r\nhello\r\n0\r\n\r\n"),
            ("bare LF", b"5\nhello\n0\n\n"),
            ("no size", b"\r\nhello\r\n0\r\n\r\n"),
        ):
            with self.subTest(name):
                answer = raw(self.server.port, post(b"Transfer-Encoding: chunked", body=body + SMUGGLED))
                self.assertTrue(answer.closed, answer)
                self.assertEqual(answer.statuses, [400], answer)

    def test_neither_length_nor_chunks(self):
        answer = raw(self.server.port, post(b"Connection: close"))
        self.assertEqual(answer.statuses, [411], answer)

    def test_request_line_and_headers_over_the_limit(self):
        self.refused(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431)
        self.refused(b"GET /livez HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * 9000 + b"\r\n\r\n", 431)
        self.refused(b"GET /livez HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % i for i in range(2000)) + b"\r\n", 431)

    def test_a_body_larger_than_the_limit_is_refused_before_it_is_read(self):
        answer = raw(self.server.port, post(b"Content-Length: 9999999999"))
        self.assertEqual(answer.statuses, [413], answer)
        self.assertTrue(answer.closed)
        answer = raw(self.server.port, post(b"Transfer-Encoding: chunked", body=b"ffffffffff\r\n"))
        self.assertEqual(answer.statuses, [413], answer)
        self.assertTrue(answer.closed)

    def test_expect_continue(self):
        body = b""
        answer = raw(self.server.port, post(b"Expect: 100-continue", b"Content-Length: 9999999999", body=body))
        self.assertEqual(answer.statuses, [413], answer)

    def test_a_body_that_ends_early_is_no_batch(self):
        body = self.line()
        answer = raw(self.server.port, post(b"Content-Length: %d" % (len(body) * 2), body=body), finish_writing=True)
        self.assertTrue(answer.closed)
        self.assertNotIn(200, answer.statuses)
        answer = raw(self.server.port, post(b"Transfer-Encoding: chunked", body=b"%x\r\n" % len(body) + body), finish_writing=True)
        self.assertNotIn(200, answer.statuses)


class Trailers(TestCase):
    def test_a_late_authorization_does_not_count(self):
        file = self.folder() / "token"
        file.write_text("s3cret-token-of-24-bytes")
        server = self.serve("--token-file", file, token="s3cret-token-of-24-bytes")
        body = ndjson([event("trail", 1, now_ms())])
        with_trailer = b"%x\r\n" % len(body) + body + b"\r\n0\r\nAuthorization: Bearer s3cret-token-of-24-bytes\r\n\r\n"
        answer = raw(server.port, post(b"Transfer-Encoding: chunked", body=with_trailer))
        self.assertEqual(answer.statuses, [401], answer)
        self.assertTrue(answer.closed)
        self.assertEqual(server.ledger()["received"], 0)

    def test_trailers_are_dropped_and_bounded(self):
        server = self.serve()
        body = ndjson([event("trail", 1, now_ms())])
        chunk = b"%x\r\n" % len(body) + body + b"\r\n0\r\n"
        headers = (b"Transfer-Encoding: chunked", b"Idempotency-Key: trail-b1", b"Connection: close")
        answer = raw(server.port, post(*headers, body=chunk + b"Idempotency-Key: trail-b2\r\nContent-Length: 5\r\n\r\n"))
        self.assertEqual(answer.statuses, [200], answer)
        self.assertIn(b'"trail-b1"', answer.data)
        self.assertEqual(server.ledger()["stored"], 1)
        # 9 MB of trailers
        big = chunk + b"".join(b"X-%07d: %s\r\n" % (i, b"t" * 1000) for i in range(9000)) + b"\r\n"
        answer = raw(server.port, post(b"Transfer-Encoding: chunked", body=big))
        self.assertNotIn(200, answer.statuses, answer)
        self.assertTrue(answer.closed)
        self.assert_alive(server)
        self.assertEqual(server.ledger()["stored"], 1)


class Pipelined(SharedServer):
    def test_requests_on_one_connection_are_answered_in_order(self):
        run = self.run_id()
        data = b""
        for i in range(5):
            body = ndjson([event(run, i, now_ms())])
            data += post(b"Content-Length: %d" % len(body), b"Idempotency-Key: %s-b%d" % (run.encode(), i), body=body)
        data += b"GET /livez HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
        answer = raw(self.server.port, data)
        self.assertEqual(answer.statuses, [200] * 6, answer)
        self.assertEqual(re.findall(rb'"batch_id":"([^"]+)"', answer.data), [b"%s-b%d" % (run.encode(), i) for i in range(5)])

    def test_a_get_with_a_body_does_not_shift_the_next_request(self):
        body = SMUGGLED
        data = b"GET /livez HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body) + body
        data += b"GET /readyz HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
        answer = raw(self.server.port, data)
        self.assertNotIn(b"received", answer.data)
        self.assertLessEqual(len(answer.statuses), 2, answer)

    def test_expect_continue_then_the_body(self):
        body = ndjson([event(self.run_id(), 1, now_ms())])
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as s:
            s.sendall(post(b"Expect: 100-continue", b"Content-Length: %d" % len(body), b"Connection: close"))
            self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 100"))
            s.sendall(body)
            received = b"".join(iter(lambda: s.recv(65536), b""))
        self.assertIn(b"HTTP/1.1 200", received)


if __name__ == "__main__":
    harness.main()
