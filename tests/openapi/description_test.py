"""The description at /openapi.json against the running server: every answer it lists can be had, and looks as it says.
(That routes and parameters agree and that examples are true is tested in tests/server/openapi*.)"""

import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
import openapi_spec_validator  # noqa: E402
from harness import TestCase, event, ndjson, now_ms  # noqa: E402

import description  # noqa: E402

# What no request can bring about at will, and where it is tested.
UNSEEN = {
    **{(str(o), 500): "a bug in weir" for o in description.operations(description.read())},
    ("GET /v1/rows/latest", 404): "a server writes a row before it listens: tests/server/read_routes_test.cpp",
}
# Examples that show what is refused, and why.
REFUSED = ("no_time", "misspelt", "settings", "bad_precision")
OUTLINES = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "North"}, "geometry": {
    "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}]}  # fmt: skip
LINES = {"Content-Type": "application/x-ndjson"}


def speak(port, operation, target, *, version="HTTP/1.1", headers=(), body=b"", timeout=120):
    """A request of which every byte is ours, and its answer."""
    head = [f"{operation.method} {target} {version}", "Host: 127.0.0.1", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        with contextlib.suppress(ConnectionError):
            s.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        response = http.client.HTTPResponse(s, method=operation.method)
        response.begin()
        return response.status, response.headers, response.read()


def type_of(operation):
    """What a body of this operation has to be announced as."""
    media = list(operation.json.get("requestBody", {}).get("content", {}))
    return [f"Content-Type: {media[0]}"] if media else []


class Description(TestCase):
    def setUp(self):
        self.operations = description.operations(description.strict(description.read()))
        self.seen = set()

    def note(self, operation, answer, *wanted):
        status, headers, body = answer
        with self.subTest(operation=str(operation), status=status):
            self.assertEqual(operation.problems_of(status, headers, body), [], f"{headers} {body[:500]!r}")
            if wanted:
                self.assertIn(status, wanted, body)
        self.seen.add((str(operation), status))

    def named(self, name):
        return next(o for o in self.operations if str(o) == name)

    def ask(self, server, name, target, wanted, headers=None, body=None):
        method = name.split()[0]
        answer = server.request(method, target, body, headers)
        self.note(self.named(name), (answer.status, answer.headers, answer.body), wanted)
        return answer

    def test_is_openapi_3_1(self):
        openapi_spec_validator.validate(description.read())

    def test_examples_match_their_schemas(self):
        for operation in self.operations:
            contents = [operation.json.get("requestBody", {}), *map(operation.resolved, operation.json["responses"].values())]
            parts = [*operation.parameters, *(part for c in contents for part in c.get("content", {}).values())]
            for part in parts:
                examples = {**part.get("examples", {}), **({"": {"value": part["example"]}} if "example" in part else {})}
                for name, example in examples.items():
                    if name in REFUSED:
                        continue
                    with self.subTest(operation=str(operation), example=name):
                        self.assertEqual(operation.mismatches(part["schema"], example["value"], name), [])

    def test_every_answer_that_is_described_can_be_had(self):
        self.see_plain_answers()
        self.see_refusals_of_the_server()
        self.see_sending()
        self.see_no_room()
        described = {(str(o), status) for o in self.operations for status in o.statuses()}
        self.assertEqual(described - self.seen, set(UNSEEN))

    def see_plain_answers(self):
        server = self.serve()
        server.post_events([event("d", i, now_ms() - i, f"K{i % 3}") for i in range(1, 20)]).expect(200)
        server.post(b"nothing\n\xff\n").expect(422)
        self.ask(server, "POST /v1/aggregations", "/v1/aggregations", 201, body=json.dumps({"run_id": "r1"}))
        row = self.ask(server, "GET /v1/rows/latest", "/v1/rows/latest?top=2", 200).json
        self.ask(server, "GET /v1/rows/{window_end}", f"/v1/rows/{row['window_end']}", 200)
        self.ask(server, "GET /v1/rows/{window_end}", "/v1/rows/0", 404)
        self.ask(server, "GET /v1/runs/{run_id}", "/v1/runs/r1?match=k1", 200)
        self.ask(server, "GET /v1/runs/{run_id}", "/v1/runs/none", 404)
        self.ask(server, "GET /assets/{file}", "/assets/none", 404)
        for path, described in (("/", "/"), ("/assets/app.css", "/assets/{file}"), ("/openapi.json", "/openapi.json")):
            self.ask(server, f"GET {described}", path, 304, {"If-None-Match": "*"})
        now = now_ms() // 1000 * 1000
        around = f"from={now - 60_000}&to={now + 60_000}"
        for path in ("/v1/events", "/v1/panes", "/v1/counts", "/v1/series", "/v1/rows", "/v1/dead-letters"):
            self.ask(server, f"GET {path}", f"{path}?{around}", 200)
        for path in ("/v1/events", "/v1/rows"):
            for form in ("ndjson", "csv"):
                self.ask(server, f"GET {path}", f"{path}?{around}&format={form}", 200)
        for operation in self.operations:
            if 406 in operation.statuses():
                answer = server.request("GET", operation.target(), headers={"Accept": "text/html"})
                self.note(operation, (answer.status, answer.headers, answer.body), 406)
            if operation.method == "GET" and operation.path != "/v1/live":
                answer = server.get(operation.target())
                self.note(operation, (answer.status, answer.headers, answer.body), 200, 204, 404)
                head = server.request("HEAD", operation.target())
                self.assertEqual((head.status, head.body), (answer.status, b""), operation)
            self.note(operation, speak(server.port, operation, operation.with_query("no_such=1"), headers=[*type_of(operation), "Content-Length: 0"]), 400)
        self.see_live(server)
        self.see_map()
        self.see_views()

    def see_views(self):
        server = self.serve("--view", "name=high,group-by=County,measure=max:level,window=10m,slide=1s")
        server.post_events([event("w", i, now_ms(), f"K{i % 3}") | {"level": i / 8} for i in range(1, 20)]).expect(200)
        (view,) = self.ask(server, "GET /v1/views", "/v1/views", 200).json["views"]
        self.assertEqual(view["measure"], "max:level")
        window = self.ask(server, "GET /v1/views/{view}", "/v1/views/high", 200).json
        self.assertEqual(window["values"], {"K0": 2.25, "K1": 2.375, "K2": 2.125})
        self.ask(server, "GET /v1/views/{view}", "/v1/views/high?at=1", 400)
        rows = harness.wait_until(lambda: self.ask(server, "GET /v1/view-rows/{view}", "/v1/view-rows/high?limit=2", 200).json["rows"], what="a row of the view")
        self.assertEqual(rows[0]["view"], "high")
        end = rows[0]["window_end"]
        for name, target in (("GET /v1/views/{view}", f"/v1/views/high?at={end}"), ("GET /v1/view-rows/{view}", f"/v1/view-rows/high?from={end}&limit=1")):
            (line,) = self.ask(server, name, f"{target}&format=ndjson", 200).body.decode().splitlines()
            _, *table = self.ask(server, name, target, 200, {"Accept": "text/csv"}).body.decode().splitlines()
            self.assertEqual(len(table), len(json.loads(line)["values"]))
            self.assertTrue(all(record.startswith("high,max:level,") for record in table), table)

    def see_map(self):
        folder = self.folder()
        (folder / "map.geojson").write_text(json.dumps(OUTLINES))
        server = self.serve("--map", folder / "map.geojson")
        answer = self.ask(server, "GET /v1/map", "/v1/map", 200)
        self.ask(server, "GET /v1/map", "/v1/map", 304, {"If-None-Match": answer.headers["ETag"]})

    def see_live(self, server):
        live = self.named("GET /v1/live")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        with contextlib.closing(connection):
            connection.request("GET", "/v1/live?top=2")
            response = connection.getresponse()
            lines = iter(response.readline, b"")
            data = next(line for line in lines if line.startswith(b"data: "))
            self.note(live, (response.status, response.headers, data), 200)
        snapshot = json.loads(data.removeprefix(b"data: "))
        self.assertEqual(live.mismatches({"$ref": "#/components/schemas/Snapshot"}, snapshot, "snapshot"), [])
        self.assertEqual(len(snapshot["row"]["counts"]), 2)

    def see_refusals_of_the_server(self):
        folder = self.folder()
        (folder / "token").write_text("s3cret-of-this-test\n")
        locked = self.serve("--token-file", folder / "token")
        server = self.serve()
        with concurrent.futures.ThreadPoolExecutor(len(self.operations)) as pool:
            stalled = {}
            for o in self.operations:
                announced = [*type_of(o), "Content-Length: 5"]
                stalled[o] = pool.submit(speak, server.port, o, o.target(), headers=announced)
                if o.wants_token:
                    self.note(o, speak(locked.port, o, o.target(), headers=announced), 401)
                if o.method == "POST":
                    self.note(o, speak(server.port, o, o.target(), headers=[*announced, "Origin: http://elsewhere.example"]), 403)
                    self.note(o, speak(server.port, o, o.target(), headers=type_of(o)), 411)
                self.note(o, speak(server.port, o, o.target(), headers=[*type_of(o), "Content-Length: 999999999"]), 413)
                self.note(o, speak(server.port, o, o.target(), headers=["Expect: wonders"]), 417)
                self.note(o, speak(server.port, o, o.target(), headers=["X-Long: " + "a" * 10_000]), 431)
                self.note(o, speak(server.port, o, o.target(), version="HTTP/2.0"), 505)
            for o, answer in stalled.items():
                self.note(o, answer.result(), 408)

    def see_sending(self):
        server = self.serve()
        name, one, other = "POST /v1/events", ndjson([event("s", 1, now_ms())]), ndjson([event("s", 2, now_ms())])
        self.ask(server, name, "/v1/events", 200, {**LINES, "Idempotency-Key": "s-1"}, one)
        again = self.ask(server, name, "/v1/events", 200, {**LINES, "Idempotency-Key": "s-1"}, one)
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.ask(server, name, "/v1/events", 409, {**LINES, "Idempotency-Key": "s-1"}, other)
        self.ask(server, name, "/v1/events", 422, LINES, b"{}\n")
        self.ask(server, name, "/v1/events?on_error=reject", 422, LINES, one + b"{}\n")
        self.ask(server, name, "/v1/events", 400, {"Content-Type": "application/json"}, b"[")
        kind = self.ask(server, name, "/v1/events", 415, {"Content-Type": "text/plain"}, one)
        self.assertIn("text/csv", kind.headers["Accept-Post"])
        coding = self.ask(server, name, "/v1/events", 415, {**LINES, "Content-Encoding": "br"}, one)
        self.assertIn("zstd", coding.headers["Accept-Encoding"])
        for path in ("/write", "/api/v2/write"):
            self.see_points(server, f"POST {path}", path)
        self.see_overload(name, ndjson([event("q", i, now_ms()) for i in range(2000)]))
        points = "".join(f"river,County=K{i % 7} level={i} {now_ms() - i}000000\n" for i in range(2000)).encode()
        for path in ("/write", "/api/v2/write"):
            self.see_overload(f"POST {path}", points)
        self.ask(server, "POST /v1/verifications", "/v1/verifications", 202)

    def see_points(self, server, name, target):
        one, other = (f"river,County=Ulster level={n} {now_ms()}000000\n".encode() for n in (1, 2))
        key = {"Idempotency-Key": "p" + target.replace("/", "-")}
        self.ask(server, name, target, 204, key, one)
        again = self.ask(server, name, target, 204, key, one)
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.ask(server, name, target, 409, key, other)
        self.ask(server, name, target, 400, {}, b"river\n")
        self.ask(server, name, target, 415, {"Content-Encoding": "br"}, one)

    def see_overload(self, name, body):
        """More at once than the queue holds; an empty one takes any batch."""
        server, operation = self.serve("--max-queue", "1KiB"), self.named(name)
        headers = LINES if operation.path == "/v1/events" else {}
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for round_ in range(200):
                keys = [{**headers, "Idempotency-Key": f"q-{round_}-{i}"} for i in range(16)]
                sent = [pool.submit(server.request, "POST", operation.path, body, key) for key in keys]
                for answer in [s.result() for s in sent]:
                    self.note(operation, (answer.status, answer.headers, answer.body), 200, 204, 429)
                if (str(operation), 429) in self.seen:
                    return

    def see_no_room(self):
        full = self.serve("--max-connections", "1")
        holder = harness.wait_until(lambda: self.listener(full), what="a place, which those leave who asked whether it is ready")
        with contextlib.closing(holder):  # keeps the only place: what it is sent it need not read
            for o in self.operations:
                self.note(o, speak(full.port, o, o.target()), 503)

    def listener(self, server):
        """A connection on which the server goes on answering; nothing while there is no room for it."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("GET", "/v1/live")
        self.opened = connection.getresponse()  # it would close with its last reference
        if self.opened.status == 200:
            return connection
        self.opened.close()  # it holds the connection, and that a place, for the next try to find taken
        connection.close()
        return None


if __name__ == "__main__":
    harness.main()
