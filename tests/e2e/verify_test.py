"""`weir verify` and `weir audit` say no when they must: behind a proxy that falsifies what the server answers, each kind of
damage is found, and the diagnosis names what is wrong."""

import json
import re

import harness
from harness import DATA_SET, SharedServer, TestCase, event, now_ms, parse_ms, rfc3339, weir
from proxy import Proxy


def on_raw(change):
    """Falsifies the raw events: `change(list of event dicts) -> list`."""

    def tamper(method, path, status, body):
        if method != "GET" or not path.startswith("/v1/events") or status != 200:
            return body
        lines = body.splitlines()
        events = [json.loads(line) for line in lines]
        changed = change([dict(e) for e in events])
        return body if changed == events else harness.ndjson(changed)

    return tamper


def on_row(change, paths=("/v1/runs/", "/v1/aggregations")):
    """Falsifies rows: `change(row)` alters it in place."""

    def tamper(method, path, status, body):
        if not path.startswith(paths) or status not in (200, 201):
            return body
        document = json.loads(body)
        for row in document.get("rows", [document]):
            change(row)
        return json.dumps(document).encode()

    return tamper


def ends_with(e, suffix):
    return e["event_id"].endswith(suffix)


def largest(row):
    return max(row["counts"], key=lambda key: (row["counts"][key], key))


class Verify(TestCase):
    def test_passes_against_a_running_server_and_prints_its_five_steps(self):
        server = self.serve()
        done = harness.verify(server, "--limit", "500")
        self.assert_status(done, 0)
        text = done.out + done.err
        for step in range(1, 6):
            self.assertRegex(text, rf"(?m)\b{step}(/5|[.):])? ", text)
        self.assertEqual(server.ledger()["stored"], 500)
        again = harness.verify(server, "--limit", "50", env={"NO_COLOR": "1"})
        self.assert_status(again, 0)
        self.assertNotIn("\x1b", again.out + again.err)

    def test_as_json(self):
        server = self.serve()
        done = harness.verify(server, "--limit", "100", "--output", "json")
        self.assert_status(done, 0)
        report = done.json
        self.assertTrue(report["passed"], report)

    def test_spawns_a_server_of_its_own_and_leaves_nothing_behind(self):
        folder = self.folder()
        done = weir("verify", "--spawn", "--file", DATA_SET, "--limit", "200", env={"TMPDIR": str(folder)}, cwd=folder)
        self.assert_status(done, 0)
        self.assertEqual(list(folder.iterdir()), [])

    def test_self_test_catches_every_tampering(self):
        done = weir("verify", "--spawn", "--self-test", "--file", DATA_SET, timeout=120)
        self.assert_status(done, 0)
        text = done.out + done.err
        for kind in ("lost", "doubled", "moved", "edge", "updated", "run"):
            self.assertIn(kind, text)
        self.assertNotRegex(text, "(?i)not caught|missed")

    def test_a_server_that_is_not_there(self):
        done = weir("verify", "--server", f"http://127.0.0.1:{harness.free_port()}", "--file", DATA_SET, "--retry-for", "1s")
        self.assert_status(done, 3)
        self.assertIn("127.0.0.1", done.err)


class Tampered(SharedServer):
    def verify_through(self, tamper, *words, limit=300):
        with Proxy(self.server.port, tamper) as proxy:
            done = weir("verify", "--server", proxy.url, "--file", DATA_SET, "--limit", limit)
        self.assertGreater(proxy.tampered, 0, f"nothing was falsified: {done}")
        self.assert_status(done, 1)
        text = done.out + done.err
        for word in words:
            self.assertRegex(text, word)
        return text

    def test_an_honest_proxy_changes_nothing(self):
        with Proxy(self.server.port, lambda method, path, status, body: body) as proxy:
            done = weir("verify", "--server", proxy.url, "--file", DATA_SET, "--limit", "300")
        self.assert_status(done, 0)

    def test_an_event_lost(self):
        text = self.verify_through(on_raw(lambda events: [e for e in events if not ends_with(e, "-000123")]), r"-000123\b", "(?i)missing")
        county = harness.data_rows()[122]["County"]
        self.assertRegex(text, rf"(?m){re.escape(county)}\s.*\d+.*\d+")

    def test_many_events_lost(self):
        self.verify_through(on_raw(lambda events: [e for e in events if not ends_with(e, "7")]), r"\b30\b", r"-000007\b")

    def test_an_event_doubled(self):
        def double(events):
            return [e for e in events for _ in range(2 if ends_with(e, "-000200") else 1)]

        self.verify_through(on_raw(double), r"-000200\b", "(?i)more than once|doubled|twice")

    def test_an_event_moved_to_another_county(self):
        def move(events):
            return [dict(e, County="Atlantis") if ends_with(e, "-000042") else e for e in events]

        self.verify_through(on_raw(move), "Atlantis", re.escape(harness.data_rows()[41]["County"]))

    def test_an_event_moved_out_of_the_window(self):
        def move(events):
            return [dict(e, ts=rfc3339(parse_ms(e["ts"]) - 86_400_000)) if ends_with(e, "-000042") else e for e in events]

        self.verify_through(on_raw(move), re.escape(harness.data_rows()[41]["County"]))

    def test_a_count_that_is_wrong(self):
        def one_more(row):
            row["counts"][largest(row)] += 1

        def one_more_and_the_total(row):
            one_more(row)
            row["total"] += 1

        self.verify_through(on_row(one_more), "Delaware|Erie|[A-Z][a-z]+")
        text = self.verify_through(on_row(one_more_and_the_total), "(?i)expected", "(?i)actual|row")
        self.assertTrue(text)

    def test_counts_that_cancel_out(self):
        def swap(row):
            first = largest(row)
            second = min(row["counts"], key=lambda key: (row["counts"][key], key))
            row["counts"][first] -= 1
            row["counts"][second] += 1

        self.verify_through(on_row(swap), "Delaware|[A-Z][a-z]+")

    def test_a_county_missing_from_the_row(self):
        def drop(row):
            row["total"] -= row["counts"].pop("Rensselear", 0)

        self.verify_through(on_row(drop), "Rensselear", limit=546)

    def test_a_total_that_is_not_the_sum(self):
        def total(row):
            row["total"] += 5

        self.verify_through(on_row(total), "(?i)total")

    def test_a_wrong_updated_time(self):
        for shift in (-1000, 1000, -60_000, 300_000):
            with self.subTest(shift):

                def move(row, shift=shift):
                    row["updated"] = rfc3339(parse_ms(row["updated"]) + shift)

                self.verify_through(on_row(move), "(?i)updated")

    def test_a_whole_window_that_is_shifted(self):
        def move(row):
            for field in ("window_start", "window_end", "updated"):
                row[field] = rfc3339(parse_ms(row[field]) - 3_600_000)

        self.verify_through(on_row(move))

    def test_the_row_of_another_run(self):
        def other(row):
            row["run_id"] = "somebody-elses"

        self.verify_through(on_row(other, ("/v1/runs/",)), "(?i)run")

    def test_a_server_that_acknowledges_what_it_did_not_store(self):
        with Forgetful(self.server.port, self.serve()) as proxy:
            done = weir("verify", "--server", proxy.url, "--file", DATA_SET, "--limit", "200")
        self.assertEqual(proxy.forgotten, 1)
        self.assert_status(done, 1)
        self.assertRegex(done.out + done.err, "(?i)missing")


class Forgetful(Proxy):
    """Gives one batch to another server, whose honest answer it passes back, and never passes it on."""

    def __init__(self, port, other):
        super().__init__(port, lambda method, path, status, body: body)
        handler, proxy = self.server.RequestHandlerClass, self
        passed_on = handler.handle_any
        self.forgotten = 0

        def handle(self):
            if proxy.forgotten or not self.path.startswith("/v1/events"):
                passed_on(self)
                return
            proxy.forgotten += 1
            kept = {name: value for name, value in self.headers.items() if name in ("Content-Type", "Content-Encoding", "Idempotency-Key")}
            answer = other.request("POST", self.path, self.read_body(), kept)
            body = answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        handler.do_POST = handle


class Audit(TestCase):
    def setUp(self):
        self.server = self.serve("--slide", "1s", "--lateness", "1s")
        now = now_ms()
        self.server.post_events([event("aud", i, now - i * 10, ("Erie", "Greene", "Ulster")[i % 3]) for i in range(900)]).expect(200)
        end = rfc3339(now // 1000 * 1000 + 1000)
        harness.wait_until(lambda: self.server.get(f"/v1/rows/{end}").status == 200, what="a scheduled row")
        self.assert_audit_passes(self.server)

    def audit_through(self, tamper, *words):
        with Proxy(self.server.port, tamper) as proxy:
            done = weir("audit", "--server", proxy.url)
        self.assertGreater(proxy.tampered, 0, f"nothing was falsified: {done}")
        self.assert_status(done, 1)
        for word in words:
            self.assertRegex(done.out + done.err, word)

    def test_each_falsification_is_found(self):
        self.audit_through(on_raw(lambda events: [e for e in events if not ends_with(e, "-000300")]), "Erie")
        self.audit_through(on_raw(lambda events: [dict(e, County="X") if ends_with(e, "-000301") else e for e in events]), "Greene")

        def panes(method, path, status, body):
            if not path.startswith("/v1/panes"):
                return body
            document = json.loads(body)
            for pane in document["panes"]:
                if pane["key"] == "Ulster":
                    pane["count"] += 1
                    break
            return json.dumps(document).encode()

        self.audit_through(panes, "Ulster", "pane")

        def row(r):
            if "Erie" in r["counts"]:
                r["counts"]["Erie"] += 1
                r["total"] += 1

        self.audit_through(on_row(row, ("/v1/rows",)), "Erie", "row")

        def updated(r):
            if "Erie" in r["counts"]:
                r["updated"] = rfc3339(parse_ms(r["updated"]) + 1000)

        self.audit_through(on_row(updated, ("/v1/rows",)), "updated")

        def ledger(method, path, status, body):
            return body.replace(b'"stored":900', b'"stored":899') if path.startswith("/v1/ledger") else body

        self.audit_through(ledger, "(?i)ledger")


if __name__ == "__main__":
    harness.main()
