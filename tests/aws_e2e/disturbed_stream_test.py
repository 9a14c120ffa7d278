"""The proof on streams that no well-behaved producer sends: beside its own events, `weir verify --aws` meets poison, repeats and late ones."""
import json
import time

from aws_case import DATA_SET, AwsCase, iso, main, wait_until

ENVELOPE = '{"weir":1,"batch_id":"run-b1","content_type":"application/x-ndjson"}\n'
REPEATS, REPEATED = 4, 50
NO_MESSAGES = ("this is no event", '{"weir":1,"batch_id":"broken-b1","content_type":"text/csv","content_encoding":"zstd"}\nAAAA')
NO_EVENTS = ('{"event_id":"bad-1","ts":"yesterday","County":"Ulster"}', '{"event_id":"bad-2","ts":"2026-13-01T00:00:00Z","County":"Ulster"}')


class DisturbedStream(AwsCase):
    def send(self, stack, *bodies):
        if "StreamName" in stack.outputs:
            stack.client("kinesis").put_records(StreamName=stack["StreamName"], Records=[
                {"PartitionKey": str(n), "Data": body.encode()} for n, body in enumerate(bodies)])
        else:
            for body in bodies:
                stack.client("sqs").send_message(QueueUrl=stack["QueueUrl"], MessageBody=body)

    def events(self, name, number, seconds, county):
        return "".join(json.dumps({"event_id": f"{name}-{n:06}", "ts": iso(seconds), "County": county}) + "\n" for n in range(1, number + 1))

    def scheduled(self, stack, seconds):
        answer = stack.client("lambda").invoke(FunctionName=stack["AggregateFunction"], Payload=json.dumps({"scheduled_time": iso(seconds)}))
        self.assertNotIn("FunctionError", answer, answer["Payload"].read())

    def row_at(self, stack, seconds):
        row = self.assert_status(self.weir("query", "--aws", "--stack", stack.name, "at", iso(seconds), "--output", "json"), 0).json
        return row["revision"], row["counts"]

    def prove(self, stack, poison=()):
        """Sends repeats, late events and poison before and beside a run that is verified, which all count in the window verified but the poison."""
        if time.time() % 60 > 40:
            time.sleep(60 - time.time() % 60)  # what follows stays in the last window for two minutes at least
        since = time.time()
        minute = int(since) // 60 * 60
        late = minute - 120  # beyond the lateness of a minute, in the row of this minute and in the verified window
        self.send(stack, self.events("first", 1, late, "Early"))
        self.wait_events(stack, late, 1)
        self.scheduled(stack, minute)
        self.assertEqual(self.row_at(stack, minute), (0, {"Early": 1}))
        repeated = ENVELOPE + self.events("run", REPEATED, since, "Repeated")
        self.send(stack, *[repeated] * REPEATS, self.events("late", 3, late + 1, "Late"), *poison)
        finished = self.assert_status(self.weir("verify", "--aws", "--stack", stack.name, "--limit", "500", "--file", DATA_SET, "--self-test",
                                                "--output", "json", timeout=300), 0)
        row = finished.json["row"]
        of_others = {county: row["counts"].get(county) for county in ("Early", "Late", "Repeated")}
        self.assertEqual(of_others, {"Early": 1, "Late": 3, "Repeated": REPEATED})
        self.assertEqual((row["total"], row["late"]), (500 + 4 + REPEATED, 4))
        self.assertEqual(dict(self.recount(stack, row)), row["counts"])
        ids = [e["event_id"] for e in self.raw_events(stack, late - 60, time.time() + 60)]
        self.assertEqual((len(ids), len(set(ids))), (row["total"], row["total"]))

        wait_until(lambda: stack.items("EventsTable", "DIRTY"), "a mark on the late events' minute")
        self.scheduled(stack, minute)
        self.assertEqual(self.row_at(stack, minute), (1, {"Early": 1, "Late": 3}))
        self.assert_status(self.weir("audit", "--aws", "--stack", stack.name, "--from", "-15m", timeout=120), 0)

    def test_on_sqs_with_poison(self):
        stack = self.stack("disturbed", Transport="sqs", MaximumReceives=2)
        queue = stack.client("sqs")
        queue.set_queue_attributes(QueueUrl=stack["QueueUrl"], Attributes={"VisibilityTimeout": "8"})
        self.prove(stack, (*NO_MESSAGES, *NO_EVENTS))

        def dead():
            attributes = queue.get_queue_attributes(QueueUrl=stack["DeadLetterQueueUrl"], AttributeNames=["All"])["Attributes"]
            return int(attributes["ApproximateNumberOfMessages"]) == len(NO_MESSAGES)
        wait_until(dead, "what cannot be read in the dead-letter queue")
        self.wait_idle(stack)
        letters = self.assert_status(self.weir("dead-letters", "list", "--aws", "--stack", stack.name), 0).out
        for text in ("this is no event", "yesterday", "2026-13-01"):
            self.assertIn(text, letters)

    def test_on_kinesis(self):
        self.prove(self.stack("disturbed-kinesis", Transport="kinesis"))


if __name__ == "__main__":
    main()
