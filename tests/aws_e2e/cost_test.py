"""What a real run consumes, against what `weir cost` predicts for it: units written and messages sent. The units are those that the
stand-in says in its answers to the store function (each item's size rounded up to 1 KB, as DynamoDB does).

Not compared here: invocations (the stand-in gathers ten messages a call at most and waits for none) and what the schedule reads and
writes (it needs a full window of five minutes; tests/store/cost_agreement_test.cpp does that on a clock of its own)."""
import collections
import csv
import json
import re
import time

from altering_proxy import AlteringProxy
from aws_case import DATA_SET, AwsCase, harness, iso, main, wait_until
from ministack import ROOT, Ministack

WRITES = ("PutItem", "BatchWriteItem", "DeleteItem", "UpdateItem")
EVENTS, RATE, BATCH = 6000, 600, 600
WITHIN = 5.0  # percent


class Meter(AlteringProxy):
    """Adds up what answers say was consumed, by table, and the messages that were sent."""

    def __init__(self):
        super().__init__()
        self.written, self.messages = collections.Counter(), 0

    def forward(self, request, body):
        status, headers, data = super().forward(request, body)
        target = request.headers.get("X-Amz-Target", "")
        if status != 200:
            return status, headers, data
        with self.lock:
            if target == "AmazonSQS.SendMessageBatch":
                self.messages += len(json.loads(data)["Successful"])
            if target.startswith("DynamoDB") and target.split(".")[1] in WRITES:
                consumed = json.loads(data)["ConsumedCapacity"]
                for one in consumed if isinstance(consumed, list) else [consumed]:
                    self.written[one["TableName"]] += one["CapacityUnits"]
        return status, headers, data


class Cost(AwsCase):
    @classmethod
    def setUpClass(cls):
        cls.meter = Meter()
        cls.addClassCleanup(cls.meter.close)
        cls.aws = cls.enterClassContext(Ministack(functions_endpoint=cls.meter.endpoint))
        cls.meter.target_port = cls.aws.port

    def setUp(self):
        self.meter.written.clear()
        self.meter.messages = 0

    def away_from_a_full_minute(self, seconds):
        """Batches over the end of a minute are in the prediction for a month, and few in a run this short."""
        left = 60 - time.time() % 60
        if left < seconds:
            time.sleep(left)

    def rows(self, folder):
        """The data set's rows picked at random: data/prices says of those how far they compress. In the file's own order, where none
        comes twice among 546, blocks of 600 events are an eighth larger."""
        random = harness.random.Random(harness.SEED)
        with open(DATA_SET, newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        path = folder / "rows.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *random.choices(rows, k=EVENTS)])
        return path

    def compare(self, layout):
        folder = self.enterContext(harness.temporary_folder())
        rows = self.rows(folder)
        stack = self.stack(f"cost-{layout}", Transport="sqs", Layout=layout)
        self.away_from_a_full_minute(20 + EVENTS / RATE)
        sent = self.assert_status(harness.weir(
            "stream", rows, "--rate", f"{RATE}/s", "--to", f"sqs://{stack['QueueName']}", "--batch-events",
            str(BATCH), "--linger", "10s", "--output", "json", timeout=120,
            env=self.aws.environment() | {"AWS_ENDPOINT_URL": self.meter.endpoint}), 0).json
        self.assertEqual(sent["acknowledged"], EVENTS)

        def lines():
            exported = self.weir("export", "--aws", "--stack", stack.name)
            found = exported.out.splitlines()
            return found if exported.status == 0 and len(found) >= EVENTS else None
        stored = wait_until(lines, f"{EVENTS} events in the table")
        self.assertEqual(len(stored), EVENTS)
        # The counts are written after the events; the ledger is in them.
        self.wait_idle(stack)
        record = {"events": EVENTS, "write_units": sum(self.meter.written.values()), "messages": self.meter.messages}
        (folder / "run.json").write_text(json.dumps(record))
        mean = round(sum(len(line.encode()) for line in stored) / EVENTS)
        predicted = self.assert_status(self.weir(
            "cost", "--rate", f"{RATE}/s", "--batch-events", str(BATCH), "--linger", "10s", "--event-bytes", str(mean), "--layout", layout,
            "--measured", str(folder / "run.json"), "--output", "json"), 0).json["measured"]
        print(layout, f"{mean} bytes an event", predicted, dict(self.meter.written), flush=True)
        lines = {line["what"]: line for line in predicted}
        self.assertEqual(set(lines), {"write_units", "messages"})
        for line in lines.values():
            self.assertLessEqual(abs(line["difference_percent"]), WITHIN, predicted)

    def test_the_template_has_the_capacity_that_is_planned_for_what_is_called_free(self):
        """docs/aws.md: 21 events/s in rows for ever. The plan of each table must fit into what the template gives it."""
        self.assertIn("| `rows` | 21 |", (ROOT / "docs/aws.md").read_text())
        bill = self.assert_status(self.weir("cost", "--rate", "21/s", "--billing", "provisioned", "--recovery", "off", "--linger", "30s", "--output", "json"), 0).json
        template = (ROOT / "deploy/template.yaml").read_text()
        given = [dict(zip(("read", "write"), map(int, units))) for units in re.findall(r"ReadCapacityUnits: (\d+), WriteCapacityUnits: (\d+)", template)]
        self.assertEqual(len(given), 2)  # events, aggregates
        for kind in ("read", "write"):
            line = next(line for line in bill["lines"] if line["what"] == f"provisioned {kind} capacity")
            planned = map(int, re.search(r"\((\d+) for events \+ (\d+) for aggregates\)", line["arithmetic"]).groups())
            for table, units in zip(given, planned):
                self.assertGreaterEqual(table[kind], units, line)

    def test_stream_fills_messages_as_cost_reckons_them(self):
        folder = self.enterContext(harness.temporary_folder())
        queue = self.aws.client("sqs").create_queue(QueueName="filled")["QueueUrl"]
        batch = ("--batch-events", str(EVENTS), "--batch-bytes", "4MiB", "--linger", "30s")
        sent = self.assert_status(self.weir("stream", str(self.rows(folder)), "--to", "sqs://filled", *batch, "--output", "json"), 0).json
        self.assertEqual((sent["acknowledged"], sent["batches"]), (EVENTS, 1))
        message, = self.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        reckoned = self.assert_status(self.weir("cost", "--rate", "200/s", *batch, "--output", "json"), 0).json["batch"]["message_bytes"]
        self.assertLess(abs(len(message["Body"]) / reckoned - 1), 0.25, reckoned)

    def test_rows(self):
        self.compare("rows")

    def test_blocks(self):
        self.compare("blocks")


if __name__ == "__main__":
    main()
