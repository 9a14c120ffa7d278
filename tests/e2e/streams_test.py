"""Streams as they come: in order, shuffled, late, doubled, from four producers at once. The proofs hold on all of them."""

import collections
import json

import harness
from harness import DATA_SET, TestCase, event, now_ms, parse_ms, rfc3339, start_weir, finish

COUNTIES = [row["County"] for row in harness.data_rows()]


def make_events(rng, run, count, newest, spread_ms, start=1):
    """Events of the real counties, at random times within `spread_ms` before `newest`, ascending."""
    times = sorted(newest - rng.randrange(spread_ms) for _ in range(count))
    return [event(run, start + i, ts, rng.choice(COUNTIES), n=i) for i, ts in enumerate(times)]


def batches_of(events, size, run):
    return [(f"{run}-b{i // size}", events[i : i + size]) for i in range(0, len(events), size)]


def tally(events):
    return dict(collections.Counter(e["County"] for e in events))


def verified(server):
    """The events that verify has sent: its run ids are of weir's own making, and end in six digits like ours."""
    ours = ("inorder-", "shuffled-", "fresh-", "late-", "dup-")
    return [e for e in server.events() if not e["event_id"].startswith(ours)]


class Proofs(TestCase):
    def prove(self, server, stored):
        """Everything stored is exactly `stored` (by event id), counted as it is, and both proofs agree."""
        found = collections.Counter(e["event_id"] for e in server.events())
        self.assertEqual(found, collections.Counter(e["event_id"] for e in stored))
        start, end = min(parse_ms(e["ts"]) for e in stored), max(parse_ms(e["ts"]) for e in stored)
        counts = server.counts(start // 1000 * 1000, end // 1000 * 1000 + 1000)
        self.assertEqual(counts["counts"], tally(stored))
        self.assertEqual(counts["total"], len(stored))
        self.check_windows(server, stored, end)
        self.assert_balances(server)
        self.assert_audit_passes(server)
        self.assert_status(harness.verify(server, "--limit", "200"), 0)
        self.assert_audit_passes(server)
        server.stop()
        server.start()
        self.check_windows(server, stored + verified(server), end)

    def check_windows(self, server, stored, newest):
        """Any pane-aligned window, counted here one by one."""
        for back in (0, 1, 59, 240):
            end = newest // 1000 * 1000 + 1000 - back * 1000
            row = server.get(f"/v1/windows/{rfc3339(end)}").expect(200).json
            inside = [e for e in stored if end - 300_000 <= parse_ms(e["ts"]) < end]
            self.assertEqual(row["counts"], tally(inside), f"window ending {rfc3339(end)}")
            self.assertEqual(row["total"], len(inside))

    def test_in_order(self):
        server, rng = self.serve(), self.random()
        events = make_events(rng, "inorder", 4000, now_ms(), 400_000)
        for batch_id, batch in batches_of(events, 250, "inorder"):
            server.post_events(batch, batch_id).expect(200)
        self.prove(server, events)

    def test_shuffled(self):
        server, rng = self.serve(), self.random()
        events = make_events(rng, "shuffled", 4000, now_ms(), 400_000)
        order = events[:]
        rng.shuffle(order)
        for batch_id, batch in batches_of(order, 250, "shuffled"):
            server.post_events(batch, batch_id).expect(200)
        self.prove(server, events)

    def test_late_events_are_stored_counted_and_marked(self):
        server, rng = self.serve("--lateness", "2m"), self.random()
        now = now_ms()
        fresh = make_events(rng, "fresh", 500, now, 20_000)
        server.post_events(fresh).expect(200)
        late = make_events(rng, "late", 300, now - 150_000, 3_600_000)
        for batch_id, batch in batches_of(late, 100, "late"):
            verdict = server.post_events(batch, batch_id).expect(200).json
            self.assertEqual((verdict["stored"], verdict["late"]), (100, 100), verdict)
        ledger = self.assert_balances(server)
        self.assertEqual((ledger["stored"], ledger["late"]), (800, 300))
        self.prove(server, fresh + late)
        row = server.get(f"/v1/windows/{rfc3339(now // 1000 * 1000 + 1000)}").expect(200).json
        end = now // 1000 * 1000 + 1000
        self.assertEqual(row["late"], sum(end - 300_000 <= parse_ms(e["ts"]) < end for e in late))

    def test_window_edges_are_half_open(self):
        server = self.serve()
        end = now_ms() // 1000 * 1000 - 10_000
        edge = {"before": end - 300_001, "first": end - 300_000, "last": end - 1, "after": end}
        server.post_events([event("edge", i, ts, key) for i, (key, ts) in enumerate(edge.items())]).expect(200)
        row = server.get(f"/v1/windows/{rfc3339(end)}").expect(200).json
        self.assertEqual(row["counts"], {"first": 1, "last": 1})

    def test_a_scheduled_row_is_rewritten_when_late_events_come(self):
        server = self.serve("--slide", "1s", "--lateness", "1s")
        now = now_ms() + 8_000  # so long they may be on their way and are not late
        server.post_events([event("sched", i, now, "Greene") for i in range(10)]).expect(200)
        end = now // 1000 * 1000 + 1000

        def row():
            answer = server.get(f"/v1/rows/{rfc3339(end)}")
            return answer.json if answer.status == 200 else None

        first = harness.wait_until(lambda: row(), what="the scheduled row")
        self.assertEqual(first["counts"], {"Greene": 10})
        final = harness.wait_until(lambda: (row() if row()["final"] else None), what="the final row")
        self.assertIsNone(final["run_id"])
        server.post_events([event("sched-late", 1, now, "Greene")]).expect(200)
        rewritten = harness.wait_until(lambda: row() if row()["total"] == 11 else None, what="the rewritten row")
        self.assertGreater(rewritten["revision"], final["revision"])
        self.assertEqual((rewritten["counts"], rewritten["late"]), ({"Greene": 11}, 1))
        self.assert_audit_passes(server)

    def test_duplicate_batches_and_events_count_once(self):
        server, rng = self.serve(), self.random()
        events = make_events(rng, "dup", 3000, now_ms(), 400_000)
        sends = batches_of(events, 200, "dup")
        again = [rng.choice(sends) for _ in range(20)]
        # single events of earlier batches inside new batches
        mixed = [(f"dupmix-b{i}", rng.sample(events, 30)) for i in range(10)]
        order = sends + again
        rng.shuffle(order)
        seen = set()
        for batch_id, batch in order:
            answer = server.post_events(batch, batch_id).expect(200)
            self.assertEqual(answer.json["stored"], len(batch))  # always the first verdict
            self.assertEqual(answer.headers.get("Idempotency-Replayed"), "true" if batch_id in seen else None)
            seen.add(batch_id)
        for batch_id, batch in mixed:
            verdict = server.post_events(batch, batch_id).expect(200).json
            self.assertEqual((verdict["received"], verdict["stored"], verdict["duplicates"]), (30, 0, 30), verdict)
        ledger = self.assert_balances(server)
        self.assertEqual(ledger["stored"], 3000)
        self.assertEqual(ledger["replays"], 20)
        self.prove(server, events)


class FourProducers(TestCase):
    def test_verify_passes_while_four_producers_write(self):
        server = self.serve()
        producers = [
            start_weir("stream", DATA_SET, "--to", server.url, "--limit", "6000", "--rate", "1500/s",
                       "--run-id", f"four{i}", "--format", ("json", "csv")[i % 2], "--output", "json")
            for i in range(4)
        ]  # fmt: skip
        verified = [harness.verify(server, "--limit", "300") for _ in range(2)]
        summaries = [finish(p) for p in producers]
        for v in verified:
            self.assert_status(v, 0)
        for s in summaries:
            self.assert_status(s, 0)
            self.assertEqual((s.json["acknowledged"], s.json["duplicates"], s.json["rejected"]), (6000, 0, 0), s)
        per_run = collections.Counter(e["event_id"].rsplit("-", 1)[0] for e in server.events())
        self.assertEqual({f"four{i}": per_run[f"four{i}"] for i in range(4)}, {f"four{i}": 6000 for i in range(4)})
        ledger = self.assert_balances(server)
        self.assertEqual(ledger["stored"], 24_600)
        self.assert_audit_passes(server)


class Paging(TestCase):
    def test_pages_join_to_exactly_the_stream_while_others_write(self):
        server, rng, now = self.serve(), self.random(), now_ms()
        events = make_events(rng, "page", 2500, now - 1000, 60_000)
        for batch_id, batch in batches_of(events, 177, "page"):
            server.post_events(batch, batch_id).expect(200)
        range_ = f"from={now - 100_000}&to={now + 600_000}"
        whole = server.get(f"/v1/events?{range_}").expect(200)
        as_of = whole.headers["Weir-As-Of"]
        joined, cursor, pages = b"", None, 0
        while True:
            suffix = f"&cursor={cursor}" if cursor else ""
            page = server.get(f"/v1/events?{range_}&as_of={as_of}&limit=331{suffix}").expect(200)
            joined += page.body
            pages += 1
            server.post_events([event("noise", pages, now_ms())]).expect(200)
            cursor = page.headers.get("Weir-Next-Cursor")
            if cursor is None:
                break
        self.assertEqual(joined, whole.body)
        self.assertEqual(pages, 8)
        self.assertEqual([json.loads(line)["event_id"] for line in joined.splitlines()], [e["event_id"] for e in events])


if __name__ == "__main__":
    harness.main()
