"""What weir signs, before two servers that check signatures: each request as it is signed is taken, each that was changed on its way is
not. ministack has a verifier of its own, moto uses botocore's signer.

What they do not check stands in docs/aws.md; the signatures themselves are held against AWS' official vectors in tests/aws. Neither
compares the body of a request to S3 with the hash that it was signed with, as AWS does: that this hash is the body's is seen by the
vectors alone, and here that the hash is signed."""
import http.client
import json
import os
import pathlib
import subprocess
import time
import unittest
import urllib.parse

from altering_proxy import AlteringProxy
from aws_case import DATA_SET, harness, iso
from ministack import ROOT, Ministack
from moto_stand_in import Moto

KEYS = ["a b", "x=1/y", "p+q", "a//b", "~", "grün/ключ/魚", "plain", "a%20b", "(x)!*'", "a&b;c:d@e,f$g"]
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
OUTPUTS = {"EventsTable": "events", "AggregatesTable": "aggregates", "QueueUrl": "none", "QueueName": "sign", "DeadLetterQueueUrl": "none",
           "StoreFunction": "nobody", "AggregateFunction": "nobody", "View": "county-5m"}

# A request that each service takes, as aws_sign wants it: method, path, body, headers.
REQUESTS = {
    "dynamodb": ("POST", "/", "{}", ("X-Amz-Target:DynamoDB_20120810.ListTables", "Content-Type:application/x-amz-json-1.0")),
    "sqs": ("POST", "/", "{}", ("X-Amz-Target:AmazonSQS.ListQueues", "Content-Type:application/x-amz-json-1.0")),
    "kinesis": ("POST", "/", "{}", ("X-Amz-Target:Kinesis_20131202.ListStreams", "Content-Type:application/x-amz-json-1.1")),
    "cloudformation": ("POST", "/", "Action=ListStacks&Version=2010-05-15", ("Content-Type:application/x-www-form-urlencoded",)),
    "lambda": ("POST", "/2015-03-31/functions/nobody/invocations", "{}", ("Content-Type:application/json",)),
    "s3": ("PUT", "/sign/of-each", "x", ()),
}


def signer():
    given = os.environ.get("AWS_SIGN_BINARY")
    if given:
        return pathlib.Path(given)
    found = list(ROOT.glob("build/*/bin/aws_sign"))
    if not found:
        raise FileNotFoundError("no aws_sign: build it (ninja -C build/dev aws_sign) or set AWS_SIGN_BINARY")
    return max(found, key=lambda path: path.stat().st_mtime)


def alter_body(sent):
    """A byte that leaves the body valid JSON."""
    assert b"{" in sent.body, sent.body
    sent.body = sent.body.replace(b"{", b"{ ", 1)


def alter_date(sent):
    stamp = sent.headers["X-Amz-Date"]
    sent.headers["X-Amz-Date"] = stamp[:-2] + str((int(stamp[-2]) + 1) % 10) + "Z"


def alter_signature(sent):
    authorization = sent.headers["Authorization"]
    sent.headers["Authorization"] = authorization[:-1] + ("0" if authorization[-1] != "0" else "1")


def alter_target(to):
    def alter_the_target(sent):
        sent.headers["X-Amz-Target"] = sent.headers["X-Amz-Target"].split(".")[0] + "." + to
    return alter_the_target


def alter_path(sent):
    sent.path = sent.path.replace("nobody", "another")


class Servers:
    """The tests; a subclass names the server."""

    refusals = (400, 403)
    paths_checked = tuple(REQUESTS)

    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(cls.server())
        cls.proxy = AlteringProxy()
        cls.addClassCleanup(cls.proxy.close)
        cls.proxy.target_port = cls.aws.port
        dynamodb = cls.aws.client("dynamodb")
        for table in ("events", "aggregates"):
            dynamodb.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=KEY_SCHEMA, AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")])
        cls.aws.client("sqs").create_queue(QueueName="sign")
        cls.aws.client("kinesis").create_stream(StreamName="sign", ShardCount=1)
        cls.aws.client("kinesis").get_waiter("stream_exists").wait(StreamName="sign", WaiterConfig={"Delay": 1})
        cls.aws.client("s3").create_bucket(Bucket="sign")
        cls.aws.client("cloudformation").create_stack(StackName="sign", TemplateBody=json.dumps({
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {name: {"Value": value} for name, value in OUTPUTS.items()}}))

    def setUp(self):
        self.proxy.forget()

    def weir(self, *arguments, **keys):
        environment = self.aws.environment() | {"AWS_ENDPOINT_URL": self.proxy.endpoint, "AWS_MAX_ATTEMPTS": "1"} | keys
        return harness.weir(*arguments, env=environment, timeout=120)

    def stream(self, to):
        return ("stream", DATA_SET, "--limit", "5", "--to", to, "--compress", "none", "--retry-for", "1s")

    def answers(self, target):
        return [a for a in self.proxy.answers if target in (a.target or a.path)]

    def taken(self, target, arguments):
        """Runs it as it is. Whatever the server thinks of the request, it says nothing of its signature."""
        self.proxy.forget()
        finished = self.weir(*arguments)
        answers = self.answers(target)
        self.assertTrue(answers, f"{target} was not asked for: {finished}")
        for answer in answers:
            self.assertNotRegex(answer.body.decode(), "(?i)signature|token|credential|AccessDenied")
            self.assertIn(answer.status, self.taken_statuses(target), answer)
        return finished

    def taken_statuses(self, target):
        return (200, 404) if "/functions/" in target else (200,)  # of the functions named there is none

    def refused(self, target, arguments, alter=None, **keys):
        self.proxy.forget()

        def only(sent):
            if alter and target in (sent.headers.get("X-Amz-Target") or sent.path):
                alter(sent)
        self.proxy.alter = only
        finished = self.weir(*arguments, **keys)
        with self.subTest(target=target, altered=alter.__name__ if alter else list(keys)):
            name = "" if keys else target
            answers = [a for a in self.answers(name) if a.status >= 400]
            self.assertTrue(answers, f"{self.proxy.answers}\n{finished}")
            self.assertIn(answers[0].status, self.refusals, answers[0])
            self.assertRegex(answers[0].body.decode(), "(?i)signature", answers[0])
            self.assertNotEqual(finished.status, 0, str(finished))
            self.assertRegex(finished.err.lower(), "signature|secret", str(finished))

    def check(self, target, arguments, *alterations):
        finished = self.taken(target, arguments)
        for alter in (alter_body, alter_date, alter_signature, *alterations):
            self.refused(target, arguments, alter)
        self.refused(target, arguments, AWS_SECRET_ACCESS_KEY="wrong")
        return finished

    def test_dynamodb(self):
        self.check("DynamoDB_20120810.GetItem", ("query", "latest", "--store", "dynamodb://events/aggregates"), alter_target("DeleteItem"))

    def test_sqs(self):
        finished = self.check("AmazonSQS.SendMessage", self.stream("sqs://sign"), alter_target("PurgeQueue"))
        self.assertEqual(finished.status, 0, str(finished))

    def test_kinesis(self):
        finished = self.check("Kinesis_20131202.PutRecord", self.stream("kinesis://sign"), alter_target("DeleteStream"))
        self.assertEqual(finished.status, 0, str(finished))

    def test_lambda(self):
        self.check("/functions/", ("aggregate", "--aws", "--stack", "sign", "--run-id", "r1"), alter_path)

    # ---- requests that no command makes

    def send(self, method, service, path, *more, body="", alter=None, headers=(), **keys):
        """Signs with weir's signer and sends; (status, answer)."""
        host = f"127.0.0.1:{self.aws.port}"
        program = [signer(), method, service, path, f"header=Host:{host}", f"body={body}", *more, *(f"header={h}" for h in headers)]
        signed = json.loads(subprocess.run(program, env=self.aws.environment() | keys, capture_output=True, check=True, timeout=120).stdout)
        sent = {"target": signed["target"], "headers": signed["headers"], "body": body.encode()}
        if alter:
            alter(sent)
        connection = http.client.HTTPConnection("127.0.0.1", self.aws.port, timeout=120)
        try:
            connection.putrequest(method, sent["target"], skip_host=True, skip_accept_encoding=True)
            for name, value in sent["headers"].items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(sent["body"])))
            connection.endheaders(sent["body"])
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def test_keys_of_s3(self):
        s3 = self.aws.client("s3")
        for key in KEYS:
            with self.subTest(key=key):
                self.assertEqual(self.send("PUT", "s3", f"/sign/{key}", body=f"of {key}")[0], 200)
                stored = s3.get_object(Bucket="sign", Key=key)["Body"].read().decode()
                self.assertEqual(stored, f"of {key}")
                self.assertEqual(self.send("GET", "s3", f"/sign/{key}"), (200, f"of {key}"))
                self.assertEqual(self.send("GET", "s3", f"/sign/{key}", AWS_SECRET_ACCESS_KEY="wrong")[0], 403)

                def another(sent):
                    sent["target"] += "x"
                self.assertEqual(self.send("GET", "s3", f"/sign/{key}", alter=another)[0], 403)

    def test_queries_of_s3(self):
        self.assertEqual(self.send("PUT", "s3", "/sign/list/a b=c&d/e", body="x")[0], 200)
        prefix = "list/a b=c&d/"
        queries = ("query=list-type=2", f"query=prefix={prefix}", "query=delimiter=/")
        status, answer = self.send("GET", "s3", "/sign", *queries)
        self.assertEqual(status, 200, answer)
        self.assertIn("<KeyCount>1</KeyCount>", answer)

        def wider(sent):
            sent["target"] = sent["target"].replace(urllib.parse.quote(prefix, safe=""), "")
        self.assertEqual(self.send("GET", "s3", "/sign", *queries, alter=wider)[0], 403)

    def test_a_body_other_than_its_signed_hash(self):
        def other(sent):
            sent["headers"]["x-amz-content-sha256"] = EMPTY_HASH
        self.assertEqual(self.send("PUT", "s3", "/sign/hash", body="x", alter=other)[0], 403)

    def request(self, service, *more, alter=None):
        method, path, body, headers = REQUESTS[service]
        return self.send(method, service, path, *more, body=body, headers=headers, alter=alter)

    def assert_taken(self, service, *more):
        status, answer = self.request(service, *more)
        self.assertIn(status, (200, 404) if service == "lambda" else (200,), answer)  # of the functions named there is none
        self.assertNotRegex(answer, "(?i)signature")

    def assert_refused(self, service, *more, alter=None, words="(?i)signature"):
        status, answer = self.request(service, *more, alter=alter)
        self.assertIn(status, self.refusals, answer)
        self.assertRegex(answer, words)

    def test_every_service_takes_a_fresh_signature_and_no_other_body(self):
        def another_body(sent):
            sent["body"] += b" "
        for service in REQUESTS:
            with self.subTest(service=service):
                self.assert_taken(service)
                if service != "s3":  # see above
                    self.assert_refused(service, alter=another_body)

    def test_no_service_takes_another_path(self):
        def another_path(sent):
            sent["target"] = sent["target"].replace("nobody", "another") if "nobody" in sent["target"] else sent["target"] + "another"
        for service in REQUESTS:
            if service in self.paths_checked:
                with self.subTest(service=service):
                    self.assert_refused(service, alter=another_path)


class OnMinistack(Servers, unittest.TestCase):
    @staticmethod
    def server():
        return Ministack(auth=True)

    def test_every_service_refuses_a_stale_signature(self):
        for service in REQUESTS:
            for minutes in (-20, 20):
                with self.subTest(service=service, minutes=minutes):
                    self.assert_refused(service, f"time={iso(time.time() + minutes * 60)}", words="(?i)expired|not yet current|RequestTimeTooSkewed")
            for minutes in (-4, 4):
                with self.subTest(service=service, minutes=minutes):
                    self.assert_taken(service, f"time={iso(time.time() + minutes * 60)}")


class OnMoto(Servers, unittest.TestCase):
    """It knows no time, and no path of the services that have but one: those are not found before they are checked."""

    paths_checked = ("lambda", "s3")

    @staticmethod
    def server():
        return Moto()


if __name__ == "__main__":
    unittest.main(verbosity=2)
