"""Named views against a recount in Python: exact sums and means, killed while events stream in, added and changed later."""

import collections
import decimal
import fractions
import json
import re
import time

import harness
from harness import Server, TestCase, finish, free_port, ndjson, now_ms, parse_ms, start_weir, weir

VIEWS = {
    "rooms": "name=rooms,window=20s,slide=2s,group-by=Site,group-by=Room,measure=mean:t",
    "sum": "name=sum,window=10s,slide=1s,group-by=County,measure=sum:t",
    "low": "name=low,window=15s,slide=5s,measure=min:t",
    "number": "name=number,window=1m,slide=20s,group-by=floor",
}
ROWS = [
    '{"Site":"A|1","Room":"x","County":"Ulster","t":0.1,"floor":1}',
    '{"Site":"A","Room":"1 | x","County":"Ulster","t":0.20000000000000000000000001,"floor":1.0}',
    '{"Site":"B","Room":null,"County":"Greene","t":"-3e-2","floor":"1"}',
    '{"Site":"B","Room":"","County":"<img src=x>","t":1e20,"floor":true}',
    '{"Site":"B","County":"Greene","t":"warm","floor":null}',
    '{"Site":["B"],"Room":"y","County":"Greene","t":12345678901234567890.5,"floor":{}}',
    '{"Site":"C","Room":"y","County":"Greene"}',
]


def options(*names):
    return [part for name in names for part in ("--view", VIEWS[name])]


def number(text):
    try:
        return fractions.Fraction(decimal.Decimal(text))
    except decimal.InvalidOperation:
        return None


def key_of(record, fields):
    parts = []
    for field in fields:
        value = record.get(field)
        if isinstance(value, (list, dict)):
            return None
        if value is None or value == "":
            value = "(blank)"
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, decimal.Decimal):
            value = f"{value.normalize():f}"
        parts.append(value.replace("\\", "\\\\").replace("|", "\\|") if len(fields) > 1 else value)
    return " | ".join(parts)


def recount(events, fields, measure, end, window_ms):
    """Group to (count, exact value), and how many events are unusable."""
    kind, _, field = measure.partition(":")
    groups, unusable = collections.defaultdict(list), 0
    for record in events:
        ts = parse_ms(record["ts"]) if isinstance(record["ts"], str) else int(record["ts"])
        if not end - window_ms <= ts < end:
            continue
        key = key_of(record, fields)
        value = fractions.Fraction(0) if kind == "count" else number(str(record.get(field, "none")))
        if key is None or value is None:
            unusable += 1
        else:
            groups[key].append(value)
    value = {"count": len, "sum": sum, "min": min, "max": max, "mean": lambda v: round(fractions.Fraction(sum(v), len(v)), 12)}[kind]
    return {k: (len(v), value(v)) for k, v in groups.items()}, unusable


class Views(TestCase):
    def raw(self, server):
        lines = server.get(f"/v1/events?from=0&to={now_ms() + 60_000}", timeout=120).expect(200).body.splitlines()
        return [json.loads(line, parse_float=decimal.Decimal, parse_int=decimal.Decimal) for line in lines]

    def check(self, row, events, fields):
        """A row or window against all events; those after its position would be a difference."""
        end, start = parse_ms(row["window_end"]), parse_ms(row["window_start"])
        groups, unusable = recount(events, fields, row["measure"], end, end - start)
        said = {k: (row["counts"][k], fractions.Fraction(decimal.Decimal(str(v)))) for k, v in row["values"].items()}
        self.assertEqual(said, groups)
        self.assertEqual((row["unusable"], row["total"]), (unusable, sum(count for count, _ in groups.values())))

    def ask(self, server, path):
        return json.loads(server.get(path).expect(200).body, parse_float=decimal.Decimal, parse_int=int)

    def views_of(self, server):
        return {view["name"]: view for view in server.get("/v1/views").expect(200).json["views"]}

    def check_rows(self, server, events, names):
        rows = 0
        for name in names:
            fields = self.views_of(server)[name]["group_by"]
            for row in self.ask(server, f"/v1/view-rows/{name}?limit=1000")["rows"]:
                self.check(row, events, fields)
                rows += 1
        return rows

    def send(self, server, run, first, ts):
        lines = [{"event_id": f"{run}-{first + i}", "ts": ts - i * 40} for i in range(len(ROWS))]
        body = "".join(json.dumps(head)[:-1] + "," + row[1:] + "\n" for head, row in zip(lines, ROWS))
        answer = server.post(body.encode()).expect(200)
        self.assertEqual(answer.json["stored"], len(ROWS), answer.body)

    def test_windows_and_rows_are_what_python_counts(self):
        server = self.serve("--slide", "1s", *options(*VIEWS))
        now = now_ms()
        for batch in range(30):
            self.send(server, "v", 1 + batch * 10, now - batch * 600)
        events = self.raw(server)
        for name, view in self.views_of(server).items():
            self.check(self.ask(server, f"/v1/views/{name}"), events, view["group_by"])  # how much is in it depends on the moment
            slide = 1000 * int(re.search(r"slide=(\d+)s", VIEWS[name]).group(1))
            window = self.ask(server, f"/v1/views/{name}?at={now // slide * slide + slide}")  # 9 seconds of the events, whatever the moment
            self.check(window, events, view["group_by"])
            self.assertGreater(window["total"], 30)
        self.eventually(lambda: self.check_written(server, events, now))
        before = self.revisions_of_sums(server, now - 9_000)
        self.assertEqual(len(before), 10)
        self.send(server, "late", 1, now - 9_000)  # rows that are written get a new revision
        events = self.raw(server)
        self.eventually(lambda: self.check_written(server, events, now))
        for end, revision in self.revisions_of_sums(server, now - 9_000).items():
            self.assertGreater(revision, before[end], end)
        self.assert_audit_passes(server)

    def revisions_of_sums(self, server, ts):
        """The revisions of the sums' rows that a time belongs to: of windows of 10 seconds, a second apart."""
        rows = self.ask(server, "/v1/view-rows/sum?limit=1000")["rows"]
        return {row["window_end"]: row["revision"] for row in rows if parse_ms(row["window_start"]) <= ts < parse_ms(row["window_end"])}

    def check_written(self, server, events, newest):
        """All views have rows up to the newest event, which is in them, and every row is right."""
        self.check_rows(server, events, VIEWS)
        for name in VIEWS:
            rows = self.ask(server, f"/v1/view-rows/{name}?limit=1000")["rows"]
            self.assertTrue(any(parse_ms(row["window_start"]) <= newest < parse_ms(row["window_end"]) for row in rows), name)
            self.assertGreater(max(row["total"] for row in rows), 30, name)

    def test_killed_at_random_moments(self):
        rng = self.random()
        folder = self.folder()
        server = Server(folder / "data", *options("sum", "low"), "--slide", "1s", port=free_port())
        self.addCleanup(server.stop)
        server.start()
        (folder / "rows.ndjson").write_bytes(ndjson([{"County": f"K{i % 9}", "t": i / 7} for i in range(1, 1000)]))
        stream = start_weir("stream", folder / "rows.ndjson", "--loop", "--to", server.url, "--rate", "2000/s", "--batch-events", "100",
                            "--linger", "20ms", "--retry-for", "10m")  # fmt: skip
        for _ in range(8):
            time.sleep(rng.uniform(0.2, 1.2))
            server.kill()
            server.start()
        harness.wait_until(lambda: server.ledger()["stored"] > 2000, what="events enough")
        stream.send_signal(2)
        finish(stream, timeout=60)
        events = self.raw(server)
        self.assertGreater(len(events), 2000)
        for name in ("sum", "low"):
            self.check(self.ask(server, f"/v1/views/{name}"), events, ["County"])
        newest = max(int(e["ts"]) if isinstance(e["ts"], decimal.Decimal) else parse_ms(e["ts"]) for e in events)
        self.eventually(lambda: self.check_up_to(server, events, newest))
        self.assert_audit_passes(server)
        self.assert_status(harness.verify(server, "--limit", "100"), 0)

    def check_up_to(self, server, events, newest):
        self.assertGreater(self.check_rows(server, events, ("sum", "low")), 5)
        for name in ("sum", "low"):
            last = self.ask(server, f"/v1/view-rows/{name}?limit=1000")["rows"][-1]
            self.assertGreater(parse_ms(last["window_end"]), newest, name)

    def test_default_counts_by_several_fields(self):
        folder = self.folder()
        flags = ("--group-by", "Site", "--group-by", "Room", "--slide", "1s")
        server = Server(folder / "data", *flags)
        self.addCleanup(server.stop)
        server.start()
        now = now_ms()
        records = [
            {"event_id": f"g-{i}", "ts": now, **keys}
            for i, keys in enumerate([{"Site": "A|1", "Room": "x"}, {"Site": "A", "Room": "1 | x"}, {"Site": "A", "Room": None}, {"Room": "x"}, {}], 1)
        ]
        server.post_events(records).expect(200)
        server.post(b"event_id,ts,Room,Site\ng-9,%d,x,A|1\n" % now, content_type="text/csv").expect(200)
        refused = server.post_events([{"event_id": "g-10", "ts": now, "Site": 7}])
        self.assertEqual((refused.status, refused.json["errors"][0]["code"]), (422, "key_type"))
        wanted = {"A\\|1 | x": 2, "A | 1 \\| x": 1, "A | (blank)": 1, "(blank) | x": 1, "(blank) | (blank)": 1}
        self.assertEqual(server.get("/v1/windows/live").expect(200).json["counts"], wanted)
        status = server.get("/v1/status").expect(200).json
        self.assertEqual((status["group_by"], status["group_by_fields"], status["view"]), ("Site | Room", ["Site", "Room"], "site-room-5m"))
        self.assert_status(weir("verify", "--server", server.url, "--limit", "200"), 0)
        self.assert_audit_passes(server)
        server.stop()
        other = weir("serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "data", "--group-by", "Site | Room")
        self.assert_status(other, 2)
        self.assertIn("start with --group-by 'Site' --group-by 'Room'", other.err)
        server.start()
        self.assertEqual(server.get("/v1/windows/live").expect(200).json["counts"]["A\\|1 | x"], 2)

    def test_a_view_that_is_new_or_changed_begins_with_the_oldest_event(self):
        folder = self.folder()
        server = Server(folder / "data", *options("low"))
        self.addCleanup(server.stop)
        server.start()
        self.send(server, "n", 1, now_ms() - 2_000)
        server.stop()
        changed = "name=low,window=30s,slide=5s,measure=max:t"
        long_enough = VIEWS["number"].replace("window=1m", "window=10m")  # for a server that takes its time to start
        again = Server(folder / "data", "--view", changed, "--view", long_enough)
        self.addCleanup(again.stop)
        again.start()
        self.send(again, "n", 101, now_ms())
        events = self.raw(again)
        low, numbers = self.ask(again, "/v1/views/low"), self.ask(again, "/v1/views/number")
        self.assertEqual(low["measure"], "max:t")
        self.check(low, events, ["County"])
        self.check(numbers, events, ["floor"])
        self.assertEqual(numbers["total"] + numbers["unusable"], len(events))


if __name__ == "__main__":
    harness.main()
