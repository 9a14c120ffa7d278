"""A batch counts once, however often it is sent: again, at the same time, after a restart. Other content under its id is refused."""

import collections
import concurrent.futures
import threading

import harness
from harness import TestCase, event, now_ms

COUNTIES = [row["County"] for row in harness.data_rows()]


class TheSameBatch(TestCase):
    def setUp(self):
        self.now = now_ms()

    def batch(self, run, count=100):
        return [event(run, i, self.now - i, COUNTIES[i]) for i in range(1, count + 1)]

    def test_sent_twice_is_answered_with_the_first_verdict(self):
        server = self.serve()
        first = server.post_events(self.batch("twice"), "twice-b1").expect(200)
        self.assertIsNone(first.headers.get("Idempotency-Replayed"))
        second = server.post_events(self.batch("twice"), "twice-b1").expect(200)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")
        self.assertEqual(second.json, first.json)
        self.assertEqual(len(server.events()), 100)
        ledger = self.assert_balances(server)
        self.assertEqual((ledger["received"], ledger["stored"], ledger["duplicates"], ledger["replays"]), (200, 100, 100, 1))

    def test_without_an_id_the_same_body_is_the_same_batch(self):
        server = self.serve()
        first = server.post_events(self.batch("noid")).expect(200)
        second = server.post_events(self.batch("noid")).expect(200)
        self.assertEqual(second.json, first.json)
        self.assertEqual(len(server.events()), 100)

    def test_compressed_or_not_it_is_the_same_batch(self):
        server = self.serve()
        body = harness.ndjson(self.batch("zip"))
        first = server.post(harness.zstd_stored(body), "zip-b1", headers={"Content-Encoding": "zstd"}).expect(200)
        second = server.post(body, "zip-b1").expect(200)
        self.assertEqual((second.json, second.headers["Idempotency-Replayed"]), (first.json, "true"))

    def test_sent_concurrently_is_stored_once(self):
        server = self.serve()
        batches = {f"conc-b{i}": self.batch(f"conc{i}", 50) for i in range(20)}
        barrier = threading.Barrier(8)

        def send_all(_):
            answers = []
            for batch_id, batch in batches.items():
                barrier.wait(300)
                answers.append(server.post_events(batch, batch_id))
            return answers

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [a for one in pool.map(send_all, range(8)) for a in one]
        for answer in answers:
            answer.expect(200)
            self.assertEqual((answer.json["received"], answer.json["stored"]), (50, 50))
        replayed = sum(a.headers.get("Idempotency-Replayed") == "true" for a in answers)
        self.assertEqual(replayed, 7 * 20)
        found = collections.Counter(e["event_id"] for e in server.events())
        self.assertEqual((len(found), set(found.values())), (1000, {1}))
        ledger = self.assert_balances(server)
        self.assertEqual((ledger["stored"], ledger["batches"], ledger["replays"]), (1000, 20, 140))

    def test_overlapping_batches_sent_concurrently_store_each_event_once(self):
        server, rng = self.serve(), self.random()
        events = self.batch("over", 400)
        samples = [(f"over-b{i}", rng.sample(events, 200)) for i in range(24)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda s: server.post_events(s[1], s[0]), samples))
        stored = sum(a.expect(200).json["stored"] for a in answers)
        union = {e["event_id"] for _, batch in samples for e in batch}
        found = collections.Counter(e["event_id"] for e in server.events())
        self.assertEqual((set(found), set(found.values()), stored), (union, {1}, len(union)))
        self.assert_balances(server)
        self.assert_audit_passes(server)

    def test_after_a_restart_and_after_a_kill_it_is_known(self):
        server = self.serve()
        first = server.post_events(self.batch("again"), "again-b1").expect(200)
        for end in (server.stop, server.kill):
            end()
            server.start()
            answer = server.post_events(self.batch("again"), "again-b1").expect(200)
            self.assertEqual((answer.json, answer.headers["Idempotency-Replayed"]), (first.json, "true"))
            other = server.post_events(self.batch("again"), f"again-{end.__name__}").expect(200)
            self.assertEqual((other.json["stored"], other.json["duplicates"]), (0, 100))
        self.assertEqual(len(server.events()), 100)
        self.assert_balances(server)
        self.assert_audit_passes(server)

    def test_with_altered_content_is_refused_and_changes_nothing(self):
        server = self.serve()
        server.post_events(self.batch("alt"), "alt-b1").expect(200)
        before = server.ledger()
        altered = self.batch("alt")
        altered[17]["County"] = "Erie" if altered[17]["County"] != "Erie" else "Greene"
        for body in (altered, altered[:-1], self.batch("other")):
            answer = server.post_events(body, "alt-b1").expect(409)
            self.assertEqual(answer.problem, "batch-conflict")
            self.assertIn("alt-b1", answer.json["detail"])
        after = server.ledger()
        self.assertEqual(after["stored"], before["stored"])
        self.assert_balances(server)
        server.stop()
        server.start()
        server.post_events(altered, "alt-b1").expect(409)
        self.assertEqual(len(server.events()), 100)

    def test_a_batch_with_bad_lines_replays_its_first_verdict_too(self):
        server = self.serve()
        body = harness.ndjson(self.batch("mixed", 3)) + b"not json\n"
        first = server.post(body, "mixed-b1").expect(422)
        second = server.post(body, "mixed-b1").expect(422)
        pick = ("batch_id", "received", "stored", "duplicates", "rejected", "late", "errors")
        self.assertEqual({k: second.json[k] for k in pick}, {k: first.json[k] for k in pick})
        self.assertEqual(len(server.dead_letters()), 1)
        self.assert_balances(server)

    def test_an_event_twice_in_one_batch_is_stored_once(self):
        server = self.serve()
        one = event("inner", 1, self.now)
        verdict = server.post_events([one, one, event("inner", 2, self.now), one]).expect(200).json
        self.assertEqual((verdict["received"], verdict["stored"], verdict["duplicates"]), (4, 2, 2))
        self.assertEqual(len(server.events()), 2)
        self.assert_audit_passes(server)

    def test_equal_payloads_under_different_ids_are_different_events(self):
        server = self.serve()
        server.post_events([event("eq", 1, self.now), event("eq", 2, self.now)]).expect(200)
        self.assertEqual(len(server.events()), 2)


if __name__ == "__main__":
    harness.main()
