"""Faults between the functions and DynamoDB, and where they are invoked: what is tried again is done once."""
import json
import time

from aws_case import DATA_SET, iso, main, wait_until
from fault_proxy import TOO_LATE_SECONDS, FaultProxy, FirstTries
from faulty_case import Faulty

DYNAMODB = "DynamoDB_20120810."
ANYWHERE = ("cut_after", "throttled", "error_500", "error_503", "cut_before", "wrong_crc")


class FunctionFaults(Faulty):
    def first_tries(self, operations, faults):
        tries = FirstTries([DYNAMODB + operation for operation in operations], faults)
        type(self).choose = staticmethod(tries)
        return tries

    def test_a_store_function_on_kinesis(self):
        """The stand-in takes no partial failures for a stream, so what only comes right when the stream brings it again (a conflict) has
        its place on SQS: here the function's own tries must be enough."""
        stack = self.stack("faulty-kinesis", Transport="kinesis")
        tries = self.first_tries(("PutItem", "BatchWriteItem", "GetItem"), [f for f in FaultProxy.FAULTS if f not in ("slow", "conflict")])
        self.assert_status(self.weir("stream", DATA_SET, "--limit", "900", "--batch-events", "20", "--to", f"kinesis://{stack['StreamName']}"), 0)
        self.verify(stack, 300)
        for operation, least in (("PutItem", 6), ("BatchWriteItem", 7), ("GetItem", 1)):
            met = {fault for of, fault in tries.injected if of == operation}
            self.assertGreaterEqual(len(met), least, tries.injected)
        self.assert_each_once(stack, 1200)

    def test_written_but_answered_too_late(self):
        """A function gives up waiting, and tries again what was done: the batch's marker, its events and its counts."""
        stack = self.stack("too-late", Transport="sqs")
        stack.client("sqs").set_queue_attributes(QueueUrl=stack["QueueUrl"], Attributes={"VisibilityTimeout": "90"})
        marks = {b'"B#': "marker", b'"E#': "events", b'"D#': "counts"}
        seen = {}

        def choose(target, body):
            kind = next((kind for mark, kind in marks.items() if mark in body), None)
            if target not in (DYNAMODB + "PutItem", DYNAMODB + "BatchWriteItem") or kind is None:
                return None
            seen.setdefault(kind, []).append(time.monotonic())
            return "too_late" if len(seen[kind]) == 1 else None
        self.proxy.injected.clear()
        type(self).choose = staticmethod(choose)
        self.assert_status(self.weir("stream", DATA_SET, "--limit", "60", "--to", f"sqs://{stack['QueueName']}"), 0)
        wait_until(lambda: len(seen.get("counts", ())) == 2, "the last write tried again")
        self.assert_each_once(stack, 60)
        self.assertEqual(self.proxy.injected["too_late"], 3)
        for kind, times in seen.items():
            self.assertLess(times[1] - times[0], TOO_LATE_SECONDS, f"the function waited for the answer about {kind}")

    def test_a_verification_whose_invocations_are_lost(self):
        """The function runs again under the same run id: its row is the same."""
        stack = self.stack("lost-answers", Transport="sqs")
        function = f"/2015-03-31/functions/{stack['AggregateFunction']}/invocations"
        tries = FirstTries([function], ("cut_after", "error_500", "cut_before", "error_503", "throttled", "cut_after"))
        type(self).choose = staticmethod(tries)
        report = self.verify(stack, 200, "--self-test", "--output", "json").json
        self.assertGreaterEqual({fault for _, fault in tries.injected}, {"cut_after", "cut_before", "error_500", "error_503", "throttled"})
        row = report["row"]
        self.assertEqual((row["total"], row["revision"]), (200, 0))
        self.assertEqual(dict(self.recount(stack, row)), row["counts"])
        self.assertEqual(len(stack.items("AggregatesTable", f"RUN#{row['run_id']}")), 1)
        self.assert_each_once(stack, 200)

    def test_an_aggregate_function_among_faults(self):
        """It reads, writes rows and takes marks off, each at the second try: late events make one revision."""
        stack = self.stack("faulty-rows", Transport="sqs")
        minute = int(time.time()) // 60 * 60
        ts = minute - 150

        def send(name, number):
            event = {"event_id": name, "ts": iso(ts), "County": "Delaware"}
            stack.client("sqs").send_message(QueueUrl=stack["QueueUrl"], MessageBody=json.dumps(event))
            wait_until(lambda: len(self.raw_events(stack, ts, ts + 1)) == number and stack.items("EventsTable", "DIRTY"), f"{name} and its mark")

        def scheduled():
            answer = stack.client("lambda").invoke(FunctionName=stack["AggregateFunction"], Payload=json.dumps({"scheduled_time": iso(minute)}))
            self.assertNotIn("FunctionError", answer, answer["Payload"].read())
            self.assertEqual(stack.items("EventsTable", "DIRTY"), [])
        send("first", 1)
        scheduled()
        tries = self.first_tries(("GetItem", "Query", "PutItem", "DeleteItem"), ANYWHERE)
        send("late", 2)
        scheduled()
        self.assertGreaterEqual({operation for operation, _ in tries.injected}, {"GetItem", "Query", "PutItem", "DeleteItem"}, tries.injected)
        type(self).choose = None
        row = self.assert_status(self.weir("query", "--aws", "--stack", stack.name, "at", iso(minute), "--output", "json"), 0).json
        self.assertEqual((row["counts"], row["revision"]), ({"Delaware": 2}, 1))
        self.assert_each_once(stack, 2)


if __name__ == "__main__":
    main()
