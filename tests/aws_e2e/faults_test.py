"""Everything that may go wrong between weir and AWS, on purpose: nothing is lost and nothing is counted twice."""
import os
import stat
import time
from email.utils import formatdate

from aws_case import DATA_SET, harness, main
from fault_proxy import FaultProxy, error
from faulty_case import Faulty


class Sqs(Faulty):
    def test_every_fault_at_random(self):
        stack = self.stack("chaos", Transport="sqs", MaximumReceives=1000)
        stack.client("sqs").set_queue_attributes(QueueUrl=stack["QueueUrl"], Attributes={"VisibilityTimeout": "2"})
        # A reader gives up after three tries, so that it meets few; a batch is delivered again.
        self.chaos({"DynamoDB_20120810.PutItem": 0.2, "DynamoDB_20120810.BatchWriteItem": 0.25, "DynamoDB_20120810.Query": 0.04,
                    "AmazonSQS.SendMessageBatch": 0.5}, FaultProxy.FAULTS)
        for form in ("json", "csv"):
            summary = self.weir("stream", DATA_SET, "--limit", "900", "--format", form, "--run-id", f"chaos{form}", "--batch-events", "15",
                                "--in-flight", "12", "--to", f"sqs://{stack['QueueName']}", "--retry-for", "5m", "--output", "json", timeout=120)
            self.assert_status(summary, 0)
            self.assertEqual(summary.json["acknowledged"], 900)
        self.verify(stack, 600)
        self.assertEqual(set(self.proxy.injected), set(FaultProxy.FAULTS), self.proxy.injected)
        self.assert_each_once(stack, 2400)

    def test_a_verification_waits_for_counts_that_come_after_their_events(self):
        stack = self.stack("lagging", Transport="sqs", MaximumReceives=1000)
        stack.client("sqs").set_queue_attributes(QueueUrl=stack["QueueUrl"], Attributes={"VisibilityTimeout": "2"})
        until = []

        def deltas_fail(target, body):
            if target not in ("DynamoDB_20120810.PutItem", "DynamoDB_20120810.BatchWriteItem") or b'"D#' not in body:
                return None
            until[:] = until or [time.monotonic() + 15]
            return "error_500" if time.monotonic() < until[0] else None
        type(self).choose = staticmethod(deltas_fail)
        self.verify(stack, 100)
        self.assertGreater(self.proxy.injected["error_500"], 0)

    def test_credentials_that_expire_half_way_are_fetched_again(self):
        stack = self.stack("expiring", Transport="sqs")
        folder = self.enterContext(harness.temporary_folder())
        script = folder / "credentials.sh"
        script.write_text("#!/bin/sh\necho x >>\"$(dirname \"$0\")/calls\"\n"
                          "echo '{\"Version\":1,\"AccessKeyId\":\"test\",\"SecretAccessKey\":\"test\"}'\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        config = folder / "config"
        config.write_text(f"[profile renewing]\ncredential_process = {script}\nregion = us-east-1\n")
        env = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "renewing"}
        calls = {"n": 0}

        def expired():
            return error("ExpiredTokenException", "The security token included in the request is expired")

        def choose(target, body):
            if target != "AmazonSQS.SendMessageBatch":
                return None
            calls["n"] += 1
            return expired if calls["n"] == 4 else None
        type(self).choose = staticmethod(choose)
        summary = self.weir("stream", DATA_SET, "--limit", "400", "--batch-events", "10", "--in-flight", "1", "--to",
                            f"sqs://{stack['QueueName']}", "--output", "json", env=env)
        self.assert_status(summary, 0)
        self.assertEqual(summary.json["acknowledged"], 400)
        self.assertEqual(os.stat(folder / "calls").st_size, 4, "asked once at first and once more")
        self.assert_each_once(stack, 400)

    def skewed(self, seconds):
        """The answer of a server whose clock is so far ahead."""
        def skewed():
            status, data = error("InvalidSignatureException", "Signature expired: 20261124T000000Z is now earlier than 20261124T000500Z")
            return status, data, [("Date", formatdate(time.time() + seconds, usegmt=True)), ("Content-Type", "application/x-amz-json-1.0")]
        return skewed

    def test_a_clock_five_minutes_off_is_said(self):
        stack = self.stack("skewed", Transport="sqs")
        stream = ("stream", DATA_SET, "--limit", "50", "--run-id", "skewed", "--to", f"sqs://{stack['QueueName']}")
        type(self).choose = staticmethod(lambda target, body: self.skewed(300))
        finished = self.weir(*stream, "--retry-for", "2s")
        self.assertNotEqual(finished.status, 0)
        self.assertIn("clock", finished.err)
        self.assertRegex(finished.err, "(29[0-9]|30[0-9]) s|5 minutes")
        # With the clock set right the same run goes through, and nothing of it was there before.
        type(self).choose = None
        self.assert_status(self.weir(*stream), 0)
        self.assert_each_once(stack, 50)

    def test_a_clock_that_is_off_is_made_up_for(self):
        stack = self.stack("corrected", Transport="sqs")
        type(self).choose = staticmethod(
            lambda target, body: self.skewed(240) if target == "AmazonSQS.SendMessageBatch" and not self.proxy.injected["skewed"] else None)
        self.proxy.injected.clear()
        self.assert_status(self.weir("stream", DATA_SET, "--limit", "200", "--batch-events", "10", "--to", f"sqs://{stack['QueueName']}"), 0)
        self.assertEqual(self.proxy.injected["skewed"], 1)
        self.assert_each_once(stack, 200)


class Kinesis(Faulty):
    def test_a_producer_among_faults(self):
        stack = self.stack("chaos-kinesis", Transport="kinesis")
        self.chaos({"Kinesis_20131202.PutRecords": 0.6}, ("throttled", "error_500", "error_503", "cut_before", "cut_after", "slow", "partial"))
        summary = self.weir("stream", DATA_SET, "--limit", "1500", "--run-id", "chaos", "--batch-events", "5", "--in-flight", "12",
                            "--to", f"kinesis://{stack['StreamName']}", "--retry-for", "5m", "--output", "json", timeout=120)
        self.assert_status(summary, 0)
        self.assertEqual(summary.json["acknowledged"], 1500)
        self.assertEqual(len(self.proxy.injected), 7, self.proxy.injected)
        self.assertGreater(summary.json["retries"], 0)
        self.verify(stack, 300)
        self.assert_each_once(stack, 1800)


if __name__ == "__main__":
    main()
