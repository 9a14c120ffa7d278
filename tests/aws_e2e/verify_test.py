"""The proof on AWS: the real template deployed, the real program in it, `weir verify --aws` on SQS and on Kinesis, with both layouts;
and what it says is what an outsider with boto3 reads from the tables."""
import time

from aws_case import DATA_SET, AwsCase, harness, main, wait_until

SELF_TESTS = 19  # the truth and every lie: the 20 of tests/pipeline/verifier_self_test.cpp but for the one about a store's positions


class Verify(AwsCase):
    def prove(self, stack, limit):
        finished = self.weir("verify", "--aws", "--stack", stack.name, "--limit", str(limit), "--file", DATA_SET, "--self-test",
                             "--output", "json", timeout=300)
        self.assert_status(finished, 0)
        self.assertNotIn("\x1b", finished.err, "a log is no terminal")
        tried = finished.json["self_test"]
        self.assertEqual([t for t in tried if not t["caught"]], [], finished.out)
        self.assertGreaterEqual(len({t["name"] for t in tried}), SELF_TESTS, [t["name"] for t in tried])
        return finished.json

    def outsider_agrees(self, stack, report, limit, since):
        """What boto3 reads: the run's row, its window counted again from the raw items, and every event once."""
        row = report["row"]
        self.assertEqual(sum(row["counts"].values()), row["total"])
        stored = stack.items("AggregatesTable", f"RUN#{row['run_id']}")
        self.assertEqual([item["sk"] for item in stored], [row["window_end"]])
        self.assertEqual((stored[0]["updated"], int(stored[0]["total"])), (row["updated"], row["total"]))
        self.assertEqual({k: int(v) for k, v in stored[0]["counts"].items()}, row["counts"])
        self.assertEqual(dict(self.recount(stack, row)), row["counts"])
        ids = [e["event_id"] for e in self.raw_events(stack, since - 60, time.time() + 60)]
        self.assertEqual((len(ids), len(set(ids))), (limit, limit))

    def commands_agree(self, stack, report, limit):
        row = report["row"]
        flags = ("--aws", "--stack", stack.name)
        again = self.assert_status(self.weir("query", *flags, "--run-id", row["run_id"], "--output", "json"), 0).json
        self.assertEqual(again["counts"], row["counts"])
        exported = self.assert_status(self.weir("export", *flags), 0)
        self.assertEqual(len(exported.out.splitlines()), limit)
        self.assert_status(self.weir("audit", *flags, "--from", "-10m", timeout=120), 0)
        live = self.assert_status(self.weir("query", *flags, "live", "--output", "json"), 0).json
        self.assertLessEqual(live["total"], limit)
        self.assert_status(self.weir("dead-letters", "list", *flags), 0)
        mine = self.assert_status(self.weir("aggregate", *flags, "--run-id", "by-hand", "--at", row["window_end"], "--output", "json"), 0).json
        self.assertEqual(mine["counts"], row["counts"])
        store = f"dynamodb://{stack['EventsTable']}/{stack['AggregatesTable']}"
        direct = self.assert_status(self.weir("query", "--store", store, "--run-id", "by-hand", "--output", "json"), 0).json
        self.assertEqual(direct["counts"], row["counts"])

    def test_by_sqs_in_rows(self):
        stack = self.stack("verify-rows", Transport="sqs", Layout="rows")
        start = time.time()
        report = self.prove(stack, 2000)
        self.outsider_agrees(stack, report, 2000, start)
        self.commands_agree(stack, report, 2000)

    def test_the_examples_of_the_help_work_as_they_are(self):
        stack = self.stack("weir", Transport="sqs")
        self.aws.client("sqs").create_queue(QueueName="weir-events")  # the name that the examples send to
        folder = self.enterContext(harness.temporary_folder())
        (folder / "data").symlink_to(harness.ROOT / "data")
        tried = 0
        for command in ("stream", "verify", "dead-letters", "query", "audit", "export", "aggregate"):
            for line in self.weir(command, "--help").out.splitlines():
                if line.startswith("  weir ") and ("--aws" in line or "sqs://" in line):
                    arguments = [*line.split()[1:], *(["--limit", "20"] if command == "stream" else [])]
                    self.assert_status(self.weir(*arguments, cwd=folder, timeout=120), 0)
                    tried += 1
        self.assertGreaterEqual(tried, 3)
        self.assertTrue(stack["QueueUrl"])

    def test_by_sqs_in_blocks(self):
        stack = self.stack("verify-blocks", Transport="sqs", Layout="blocks")
        start = time.time()
        report = self.prove(stack, 3000)
        self.outsider_agrees(stack, report, 3000, start)
        self.commands_agree(stack, report, 3000)

    def test_by_kinesis_in_rows(self):
        stack = self.stack("verify-kinesis", Transport="kinesis")
        start = time.time()
        report = self.prove(stack, 2000)
        self.outsider_agrees(stack, report, 2000, start)
        self.commands_agree(stack, report, 2000)

    def test_what_a_run_consumed_is_read_from_its_logs(self):
        stack = self.stack("measured", Transport="sqs", Layout="blocks")
        nothing = self.weir("cost", "--measure", "--stack", stack.name, "--layout", "blocks")
        self.assertNotEqual(nothing.status, 0)
        self.assertIn("stored nothing", nothing.err)
        self.assert_status(self.weir("stream", DATA_SET, "--limit", "4000", "--batch-events", "1000", "--linger", "10m", "--to",
                                     f"sqs://{stack['QueueName']}"), 0)
        self.wait_idle(stack)

        def measured():
            cost = self.weir("cost", "--measure", "--stack", stack.name, "--layout", "blocks", "--rate", "1000/s", "--output", "json")
            lines = {line["what"]: line for line in cost.json["measured"]} if cost.status == 0 else None
            return lines if lines and lines["messages"]["measured"] >= 4 else None
        lines = wait_until(measured, "the functions' logs")
        self.assertEqual(lines["messages"]["measured"], 4)
        # what the table holds of each message: a marker, a block, its counts; the first also the minute's entry
        self.assertGreater(lines["write_units"]["measured"], 4 * 3)
        self.assertLess(lines["write_units"]["measured"], 4000 / 10)

    def test_a_lost_item_is_found(self):
        """An event that somebody deletes from the table is missed: the audit names its pane and its county."""
        stack = self.stack("verify-loss", Transport="sqs")
        since = time.time()
        self.assert_status(self.weir("stream", DATA_SET, "--limit", "300", "--run-id", "loss", "--to", f"sqs://{stack['QueueName']}"), 0)
        events = self.wait_events(stack, since, 300)
        victim = next(e for e in events if e["event_id"] == "loss-000007")
        partitions = [f"E#{victim['ts'][:16]}#{shard}" for shard in range(4)]
        key = next((i["pk"], i["sk"]) for p in partitions for i in stack.items("EventsTable", p) if "loss-000007" in i["sk"])
        stack.client("dynamodb").delete_item(TableName=stack["EventsTable"], Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
        audit = self.assert_status(self.weir("audit", "--aws", "--stack", stack.name, "--from", "-10m", "--output", "json", timeout=120), 1).json
        self.assertEqual((audit["events"], audit["differences"]), (299, 1))
        difference = audit["first_differences"][0]
        raw = sum(e["County"] == victim["County"] and e["ts"][:18] == victim["ts"][:18] for e in events) - 1
        pane = victim["ts"][:18] + "0.000Z"
        self.assertEqual(difference | {"note": ""}, {"what": "pane", "at": pane, "key": victim["County"], "raw": raw, "stored": raw + 1, "note": ""})


if __name__ == "__main__":
    main()
