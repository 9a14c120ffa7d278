"""Both functions of the real program under AWS' own Runtime Interface Emulator: what ministack's is lenient about (how an invocation
is taken and answered, what an error looks like, a process that was frozen between invocations)."""
import json
import os
import pathlib
import signal
import sys
import tempfile
import time
import unittest

from aws_case import iso
from emulator import Emulator, unpack
from fault_proxy import FaultProxy
from ministack import Ministack, expanded_template

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aws_template"))
from filter_pattern import matches  # noqa: E402

KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]


def sqs_event(*bodies):
    """As Lambda's event source mapping makes it."""
    now = str(int(time.time() * 1000))
    return {"Records": [{
        "messageId": f"00000000-0000-4000-8000-{n:012}", "receiptHandle": "handle", "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": now, "SenderId": "1", "ApproximateFirstReceiveTimestamp": now},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:events", "awsRegion": "us-east-1"} for n, body in enumerate(bodies, 1)]}


class Runtime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(Ministack(auth=True))
        cls.folder = tempfile.TemporaryDirectory(prefix="weir-runtime-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = unpack(cls.folder.name)

    def setUp(self):
        self.tables = [f"{self._testMethodName[-40:]}-{name}" for name in ("events", "aggregates")]
        self.dynamodb = self.aws.client("dynamodb")
        for table in self.tables:
            self.dynamodb.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=KEY_SCHEMA, AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")])

    def function(self, handler, timeout_seconds=30, **variables):
        environment = self.aws.environment() | {"WEIR_EVENTS_TABLE": self.tables[0], "WEIR_AGGREGATES_TABLE": self.tables[1]} | variables
        environment = {k: v for k, v in environment.items() if v is not None}
        return self.enterContext(Emulator([self.program, handler], environment, timeout_seconds))

    def stored(self, seconds):
        found = []
        for shard in range(4):
            page = self.dynamodb.query(TableName=self.tables[0], KeyConditionExpression="pk = :p", ConsistentRead=True,
                                       ExpressionAttributeValues={":p": {"S": f"E#{iso(seconds)[:16]}#{shard}"}})
            found += [json.loads(item["line"]["S"]) for item in page["Items"]]
        return found

    def test_an_event_is_stored_and_counted(self):
        now = time.time()
        store, aggregate = self.function("store"), self.function("aggregate")
        bodies = [json.dumps({"event_id": f"e-{n}", "ts": iso(now), "County": "Ulster" if n % 2 else "Greene"}) for n in range(1, 6)]
        self.assertEqual(store.invoke(sqs_event(*bodies)), {"batchItemFailures": []})
        self.assertEqual(sorted(e["event_id"] for e in self.stored(now)), [f"e-{n}" for n in range(1, 6)])
        row = aggregate.invoke({"test_run_id": "emulated", "at": iso(int(now) // 10 * 10 + 10)})
        self.assertEqual(row["counts"], {"Greene": 2, "Ulster": 3}, row)
        # The same process answers again; a repeat changes nothing.
        runtime = store.runtime
        self.assertEqual(store.invoke(sqs_event(*bodies)), {"batchItemFailures": []})
        self.assertEqual(store.runtime, runtime)
        self.assertEqual(len(self.stored(now)), 5)

    def test_a_run_with_rows_is_what_the_alarm_counts(self):
        """The lines that the program logs, through the filter of the template's NoRowAlarm: one of each run that wrote a row, idle or
        not, and none of another."""
        resources = json.loads(expanded_template("bucket", "key", {}))["Resources"]
        pattern = resources["RowsWritten"]["Properties"]["FilterPattern"]

        def counted(function):
            return sum(matches(pattern, line) for line in function.text().splitlines())
        store, aggregate = self.function("store"), self.function("aggregate")
        minute = int(time.time()) // 60 * 60
        store.invoke(sqs_event(json.dumps({"event_id": "e-1", "ts": iso(minute - 120), "County": "Ulster"})))
        for runs, scheduled in enumerate((minute - 60, minute), 1):
            self.assertGreaterEqual(aggregate.invoke({"scheduled_time": iso(scheduled)})["rows"], 1)
            self.assertEqual(counted(aggregate), runs, aggregate.text())
        self.assertEqual(aggregate.invoke({"scheduled_time": iso(minute)})["rows"], 0, "it was delivered twice")
        aggregate.invoke({"scheduled_time": "<aws.scheduler.scheduled-time>"})
        aggregate.invoke({"test_run_id": "alarm", "at": iso(minute)})
        self.assertEqual(counted(aggregate), 2, aggregate.text())
        self.assertEqual(counted(store), 0, store.text())

    def test_a_message_that_cannot_be_read_fails_alone(self):
        now = time.time()
        store = self.function("store")
        good = json.dumps({"event_id": "e-1", "ts": iso(now), "County": "Ulster"})
        broken = '{"weir":1,"batch_id":"b1","content_type":"text/csv","content_encoding":"zstd"}\nAAAA'
        answer = store.invoke(sqs_event(good, broken))
        self.assertEqual(answer, {"batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000002"}]})
        self.assertEqual([e["event_id"] for e in self.stored(now)], ["e-1"])

    def test_an_error_is_answered_as_one_and_the_process_lives(self):
        aggregate = self.function("aggregate")
        for event, reason in (({"scheduled_time": "<aws.scheduler.scheduled-time>"}, "scheduled-time-unsubstituted"),
                              ({"scheduled_time": ""}, "scheduled-time-"), ({"nothing": 1}, "scheduled-time-missing"), ([], "event-unknown")):
            with self.subTest(event=event):
                answer = aggregate.invoke(event)
                self.assertTrue(answer["errorType"].startswith(reason), answer)
                self.assertTrue(answer["errorMessage"])
        runtime = aggregate.runtime
        minute = int(time.time()) // 60 * 60
        answer = aggregate.invoke({"scheduled_time": iso(minute)})
        self.assertIn("rows", answer)
        self.assertEqual(aggregate.runtime, runtime)

    def init_error(self, handler, reason, words, **variables):
        function = self.function(handler, **variables)
        answer = function.invoke({"scheduled_time": iso(time.time())})
        self.assertEqual(answer.get("errorType"), reason, f"{answer}\n{function.text()}")
        self.assertIn(words, answer["errorMessage"])
        self.assertIn("the function cannot start", function.text())

    def test_a_missing_variable_is_an_init_error(self):
        self.init_error("store", "configuration-invalid", "WEIR_EVENTS_TABLE is not set", WEIR_EVENTS_TABLE=None)
        self.init_error("aggregate", "configuration-invalid", "WEIR_WINDOW is", WEIR_WINDOW="five")

    def test_an_unknown_handler_is_an_init_error(self):
        self.init_error("nothing", "handler-unknown", "nothing")

    def test_a_frozen_process_goes_on(self):
        """Lambda stops a process between invocations, for minutes: what it had open is closed meanwhile."""
        now = time.time()
        proxy = FaultProxy()
        self.addCleanup(proxy.close)
        proxy.target_port = self.aws.port
        store = self.function("store", AWS_ENDPOINT_URL=proxy.endpoint)

        def send(name):
            event = {"event_id": name, "ts": iso(now), "County": "Ulster"}
            line = '{"weir":1,"batch_id":"%s-b1","content_type":"application/x-ndjson"}\n' % name
            return store.invoke(sqs_event(line + json.dumps(event)))
        self.assertEqual(send("before"), {"batchItemFailures": []})
        runtime = store.runtime
        os.kill(runtime, signal.SIGSTOP)
        try:
            self.assertGreaterEqual(proxy.cut_all(), 1, "the function keeps its connections")
            time.sleep(1)
        finally:
            os.kill(runtime, signal.SIGCONT)
        self.assertEqual(send("after"), {"batchItemFailures": []})
        self.assertEqual(store.runtime, runtime)
        self.assertEqual(sorted(e["event_id"] for e in self.stored(now)), ["after", "before"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
