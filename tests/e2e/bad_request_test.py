"""What bad input gets: over HTTP. Requests that are refused whole leave no trace, and say why."""

import gzip

import harness
from harness import SharedServer, TestCase, event, now_ms


class BadRequests(SharedServer):
    flags = ("--max-body", "1MiB")

    def refused(self, answer, status, problem):
        answer.expect(status)
        self.assertEqual(answer.problem, problem, answer)
        self.assertEqual(answer.headers.get_content_type(), "application/problem+json")
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["title"])
        self.assertTrue(answer.json["detail"])
        self.assert_balances(self.server)
        return answer

    def setUp(self):
        self.before = self.server.ledger()
        self.addCleanup(lambda: self.assertEqual(self.server.ledger(), self.before, "a refused body left a trace"))

    def test_bodies_that_are_not_what_they_claim(self):
        gz = gzip.compress(b"x" * 1000)
        for name, body, content_type, encoding in (
            ("no json", b"hello", "application/json", None),
            ("cut array", b'[{"a":1}', "application/json", None),
            ("a number", b"17", "application/json", None),
            ("csv without event_id", b"ts,County\n1,2\n", "text/csv", None),
            ("csv without ts", b"event_id,County\n1,2\n", "text/csv", None),
            ("no gzip", b"hello", "application/x-ndjson", "gzip"),
            ("cut gzip", gz[:-9], "application/x-ndjson", "gzip"),
            ("gzip and more", gz + b"more", "application/x-ndjson", "gzip"),
            ("no zstd", b"hello", "application/x-ndjson", "zstd"),
            ("cut zstd", harness.zstd_stored(b"x" * 1000)[:-9], "application/x-ndjson", "zstd"),
            ("zstd and more", harness.zstd_stored(b"x" * 10) + b"more", "application/x-ndjson", "zstd"),
        ):
            with self.subTest(name):
                headers = {"Content-Encoding": encoding} if encoding else {}
                answer = self.server.post(body, content_type=content_type, headers=headers)
                self.assertIn(self.refused(answer, 400, answer.problem).problem, ("body-unreadable", "invalid-request"))

    def test_columns_found_are_named(self):
        answer = self.server.post(b"Id,When,County\n1,2,3\n", content_type="text/csv").expect(400)
        self.assertIn("event_id", answer.json["detail"])
        self.assertIn("When", answer.json["detail"])

    def test_content_types(self):
        for content_type in ("text/plain", "application/xml", "application/jsonx", "", "text/csv; charset=latin1"):
            with self.subTest(content_type):
                answer = self.server.post(b"{}", content_type=content_type)
                self.refused(answer, 415, "unsupported-media-type")
                self.assertIn("application/x-ndjson", answer.headers["Accept-Post"])

    def test_content_encodings(self):
        for encoding in ("br", "deflate", "gzip, zstd", "x"):
            with self.subTest(encoding):
                answer = self.server.post(b"{}", headers={"Content-Encoding": encoding})
                self.refused(answer, 415, "unsupported-encoding")
                self.assertIn("zstd", answer.headers["Accept-Encoding"])

    def test_unknown_paths(self):
        for path in ("/v1/nothing", "/v2/events", "/v1/events/", "/v1/../etc/passwd", "/v1"):
            with self.subTest(path):
                self.refused(self.server.get(path), 404, "not-found")

    def test_wrong_methods(self):
        for method, path in (("DELETE", "/v1/events"), ("PUT", "/v1/events"), ("POST", "/v1/rows/latest"), ("POST", "/v1/ledger"),
                             ("GET", "/v1/aggregations"), ("PATCH", "/livez")):  # fmt: skip
            with self.subTest(f"{method} {path}"):
                answer = self.server.request(method, path).expect(405)
                self.assertTrue(answer.headers["Allow"])

    def test_unknown_and_bad_query_parameters(self):
        now = now_ms()
        for path in ("/v1/rows/latest?tpo=3", "/v1/rows/latest?top=x", "/v1/rows/latest?top=-1", f"/v1/events?from={now}",
                     f"/v1/events?from=x&to={now}", f"/v1/events?from={now}&to={now}&limit=0", f"/v1/events?from={now}&to={now + 1}&cursor=zz",
                     f"/v1/events?from={now}&from={now}&to={now}", "/v1/rows?from=1&to=%zz", f"/v1/panes?from=0&to={now // 1000 * 1000}",
                     f"/v1/windows/{now // 1000 * 1000 + 1}", "/v1/windows/yesterday", "/v1/dead-letters?limit=1001",
                     "/v1/counts?from=0&to=1"):  # fmt: skip
            with self.subTest(path):
                self.refused(self.server.get(path), 400, "invalid-request")
        answer = self.server.post(b"", query="?on_error=maybe")
        self.refused(answer, 400, "invalid-request")

    def test_bad_batch_ids(self):
        for batch_id in ("a b", "", "x" * 129, "caf\xe9"):
            with self.subTest(batch_id):
                self.refused(self.server.post(b"", batch_id), 400, "invalid-request")

    def test_bad_aggregations(self):
        for body in (b"", b"x", b"[]", b'{"run_id":5}', b'{"run_id":""}', b'{"run_id":"a b"}', b'{"run_id":"a","at":"noon"}',
                     b'{"run_id":"a","at":"2026-11-24T00:00:00.500Z"}', b'{"run_id":"a","at":"2099-01-01T00:00:00Z"}',
                     b'{"run_id":"a","when":1}'):  # fmt: skip
            with self.subTest(body):
                answer = self.server.request("POST", "/v1/aggregations", body, {"Content-Type": "application/json"})
                self.refused(answer, 400, answer.problem)

    def test_a_zstd_bomb_and_a_gzip_bomb(self):
        for name, body, encoding in (
            ("zstd, 1 GiB from 32 KiB", harness.zstd_bomb(1 << 30), "zstd"),
            ("gzip, 200 MiB from 200 KiB", gzip.compress(bytes(200 << 20)), "gzip"),
        ):
            with self.subTest(name):
                self.assertLess(len(body), 1 << 20)
                answer = self.server.post(body, headers={"Content-Encoding": encoding}, timeout=60)
                self.refused(answer, 413, "too-large")
        self.assert_alive(self.server)
        with open(f"/proc/{self.server.process.pid}/status") as file:
            peak = next(int(row.split()[1]) for row in file if row.startswith("VmHWM"))
        if "san" not in str(harness.BINARY):
            self.assertLess(peak, 500_000, "KiB of memory at the most")


class BodyLimit(TestCase):
    def body(self, size, run):
        """Events of exactly so many bytes."""
        one = harness.ndjson([event(run, 1, now_ms(), pad="")])
        return harness.ndjson([event(run, 1, now_ms(), pad="p" * (size - len(one)))])

    def test_exactly_the_limit_and_one_more(self):
        server = self.serve("--max-body", "256KiB")
        limit = 256 << 10
        self.assertEqual(len(self.body(limit, "exact")), limit)
        server.post(self.body(limit, "exact")).expect(200)
        answer = server.post(self.body(limit + 1, "over")).expect(413)
        self.assertEqual((answer.problem, answer.json["limit_bytes"]), ("too-large", limit))
        # the same without a length: chunks
        for size, status in ((limit, 200), (limit + 1, 413)):
            body = self.body(size, f"chunked{size}")
            pieces = (body[i : i + 10_000] for i in range(0, len(body), 10_000))
            server.request("POST", "/v1/events", pieces, {"Content-Type": "application/x-ndjson"}).expect(status)
        self.assertEqual(self.assert_balances(server)["stored"], 2)



class Token(TestCase):
    def test_every_path_but_health_wants_the_token(self):
        file = self.folder() / "token"
        file.write_text("s3cret-token-of-24-bytes\n")
        server = self.serve("--token-file", file, token="s3cret-token-of-24-bytes")
        body = harness.ndjson([event("tok", 1, now_ms())])
        for path in ("/v1/ledger", "/v1/rows/latest", "/v1/status", "/metrics", "/v1/nothing"):
            for header in (None, "Bearer wrong", "Bearer s3cret-token-of-24-bytesX", "Bearer s3cret-token-of-24-byte", "Basic s3cret-token-of-24-bytes", "Bearer ", "s3cret-token-of-24-bytes"):
                with self.subTest(path=path, header=header):
                    answer = harness.request(server.port, "GET", path, headers={"Authorization": header} if header else {})
                    self.assertEqual(answer.expect(401).problem, "unauthorized")
                    self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
                    self.assertNotIn(b"s3cret-token-of-24-bytes", answer.body)
        self.assertEqual(harness.request(server.port, "POST", "/v1/events", body, {"Content-Type": "application/x-ndjson"}).status, 401)
        for path in ("/livez", "/readyz"):
            harness.request(server.port, "GET", path).expect(200)
        server.post(body).expect(200)
        self.assertEqual(server.ledger()["stored"], 1)
        self.assertNotIn("s3cret-token-of-24-bytes", "\n".join(server.log))


if __name__ == "__main__":
    harness.main()
