#!/usr/bin/env python3
"""What script/deploy and script/undeploy ask of the AWS CLI and what they tell a person: run in a copy of the tree, with a program in
place of `aws` that records its calls and answers as it is told. What AWS makes of the template: tests/aws_e2e and cfn-lint."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ACCOUNT = "123456789012"

AWS = """#!/usr/bin/env python3
import json, os, pathlib, sys
arguments = sys.argv[1:]
with open(os.environ["STUB_CALLS"], "a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
words = [a for a in arguments if not a.startswith("-")]
answers = json.loads(os.environ["STUB_ANSWERS"])
for name, (status, out, err) in answers.items():
    if name in " ".join(arguments):
        if "package" in arguments:
            pathlib.Path(arguments[arguments.index("--output-template-file") + 1]).write_text("packaged")
        print(out)
        print(err, file=sys.stderr)
        sys.exit(status)
sys.exit(f"nobody expected: {arguments}")
"""

OUTPUTS = {"QueueName": "weir-q", "QueueUrl": "https://sqs/weir-q", "StreamName": "", "EventsTable": "weir-events", "AggregatesTable": "weir-aggregates"}


def outputs(values):
    return {f"OutputKey=='{name}'": (0, value, "") for name, value in values.items()}


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("script/deploy", "script/undeploy", "script/aws_cli.sh", "deploy/template.yaml"):
            target = self.folder / name
            target.parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, target)
        self.program("script/package", '#!/bin/sh\necho "packed" >> "$STUB_CALLS.package"; mkdir -p build/lambda; touch build/lambda/weir-lambda.zip\n')
        self.program("bin/aws", AWS)
        self.calls_file = self.folder / "calls"
        self.answers = {
            "sts get-caller-identity": (0, ACCOUNT, ""), "configure get region": (255, "", ""), "head-bucket": (254, "", "An error occurred (404): Not Found"),
            "create-bucket": (0, "", ""), "put-public-access-block": (0, "", ""), "cloudformation package": (0, "", ""),
            "cloudformation deploy": (0, "", ""), "describe-stack-events": (0, "EventsTable\tno such key", ""), **outputs(OUTPUTS),
        }

    def program(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run_script(self, name, *arguments, stdin=subprocess.DEVNULL, **environment):
        """Without a terminal unless it is given one, in the region eu-west-1 unless it is told another."""
        self.calls_file.write_text("")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        done = subprocess.run(
            [self.folder / "script" / name, *arguments], stdin=stdin, capture_output=True, text=True, timeout=60,
            env=clean | {"AWS_REGION": "eu-west-1"} | environment | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                                                                     "STUB_CALLS": str(self.calls_file), "STUB_ANSWERS": json.dumps(self.answers)})
        self.calls = [json.loads(line) for line in self.calls_file.read_text().splitlines()]
        return done

    def call(self, *words):
        """The one call with these words."""
        found = [c for c in self.calls if set(words) <= set(c)]
        self.assertEqual(len(found), 1, self.calls)
        return found[0]

    def value(self, call, flag):
        return call[call.index(flag) + 1]


class Deploy(Scripts):
    def test_packs_uploads_and_deploys_and_says_where_to_go_on(self):
        done = self.run_script("deploy", "river", "Layout=blocks", "RetentionDays=3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "calls.package").read_text(), "packed\n")
        bucket = f"river-program-{ACCOUNT}-eu-west-1"
        self.assertEqual(self.value(self.call("create-bucket"), "--create-bucket-configuration"), "LocationConstraint=eu-west-1")
        self.assertEqual(self.value(self.call("create-bucket"), "--bucket"), bucket)
        self.assertIn("BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true", self.call("put-public-access-block"))
        self.assertEqual(self.value(self.call("package"), "--template-file"), "deploy/template.yaml")
        self.assertEqual(self.value(self.call("package"), "--s3-bucket"), bucket)
        deploy = self.call("cloudformation", "deploy")
        self.assertEqual(self.value(deploy, "--stack-name"), "river")
        self.assertEqual(self.value(deploy, "--template-file"), self.value(self.call("package"), "--output-template-file"))
        self.assertEqual(deploy[deploy.index("--parameter-overrides") + 1:], ["Layout=blocks", "RetentionDays=3"])
        for call in self.calls:
            if call[:2] != ["configure", "get"]:
                self.assertEqual(self.value(call, "--region"), "eu-west-1", call)
                self.assertNotIn("--endpoint-url", call)
        for said in ("sqs://weir-q", "https://sqs/weir-q", "weir-events", "weir-aggregates", "weir verify --aws --stack river", "script/undeploy river"):
            self.assertIn(said, done.stdout)

    def test_packs_again_at_each_deployment_and_keeps_the_bucket(self):
        self.run_script("deploy")
        self.answers["head-bucket"] = (0, "", "")
        self.assertEqual(self.run_script("deploy").returncode, 0)
        self.assertEqual((self.folder / "calls.package").read_text(), "packed\npacked\n")
        self.assertNotIn("create-bucket", [word for call in self.calls for word in call])
        self.assertNotIn("--parameter-overrides", self.call("cloudformation", "deploy"))

    def test_a_program_that_cannot_be_packed_is_not_deployed(self):
        self.program("script/package", "#!/bin/sh\nexit 3\n")
        self.assertEqual(self.run_script("deploy").returncode, 3)
        self.assertNotIn("cloudformation", [word for call in self.calls for word in call])

    def test_the_first_region_has_no_constraint(self):
        self.run_script("deploy", AWS_REGION="us-east-1")
        self.assertNotIn("--create-bucket-configuration", self.call("create-bucket"))

    def test_a_stream_is_named_where_there_is_one(self):
        self.answers |= outputs(OUTPUTS | {"QueueName": "", "QueueUrl": "", "StreamName": "weir-s"})
        done = self.run_script("deploy", "Transport=kinesis")
        self.assertIn("kinesis://weir-s", done.stdout)
        self.assertNotIn("queue  ", done.stdout)

    def test_endpoints_go_along_a_services_own_first(self):
        self.run_script("deploy", AWS_ENDPOINT_URL="http://all", AWS_ENDPOINT_URL_S3="http://s3", AWS_ENDPOINT_URL_CLOUDFORMATION="http://cf")
        self.assertEqual(self.value(self.call("get-caller-identity"), "--endpoint-url"), "http://all")
        self.assertEqual(self.value(self.call("create-bucket"), "--endpoint-url"), "http://s3")
        self.assertEqual(self.value(self.call("cloudformation", "deploy"), "--endpoint-url"), "http://cf")

    def test_a_stack_that_fails_says_why_and_what_to_do(self):
        self.answers["cloudformation deploy"] = (255, "", "Failed to create")
        done = self.run_script("deploy", "weir", "AggregatorConcurrency=reserved")
        self.assertEqual(done.returncode, 1)
        for said in ("Failed to create", "EventsTable\tno such key", "ROLLBACK_COMPLETE", "script/undeploy weir", "AggregatorConcurrency=reserved"):
            self.assertIn(said, done.stderr)
        self.assertNotIn("is deployed", done.stdout)
        self.assertNotIn("reserve", self.run_script("deploy").stderr)

    def test_what_is_missing_is_said(self):
        for arguments, environment, status, said in (
                (["--force"], {}, 2, "unknown flag '--force'"), (["Bad_Name"], {}, 2, "cannot be the stack's name"), ([], {"AWS_REGION": ""}, 2, "no region is known")):
            done = self.run_script("deploy", *arguments, **environment)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(said, done.stderr)
        self.answers["sts get-caller-identity"] = (253, "", "Unable to locate credentials")
        done = self.run_script("deploy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unable to locate credentials", done.stderr)
        self.assertIn("AWS_PROFILE", done.stderr)


class Undeploy(Scripts):
    def setUp(self):
        super().setUp()
        self.answers = {"wait stack-delete-complete": (0, "", ""), "delete-stack": (0, "", ""), "s3 rm": (0, "", ""), "delete-bucket": (0, "", ""),
                        "describe-stacks": (0, "", "")} | self.answers | {"head-bucket": (0, "", "")}
        self.gone = (254, "", "An error occurred (ValidationError): Stack with id weir does not exist")

    def words(self):
        return [word for call in self.calls for word in call]

    def test_removes_the_stack_and_then_its_bucket(self):
        done = self.run_script("undeploy", "river", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        order = [next(w for w in ("delete-stack", "wait", "rm", "delete-bucket") if w in call)
                 for call in self.calls if {"delete-stack", "wait", "rm", "delete-bucket"} & set(call)]
        self.assertEqual(order, ["delete-stack", "wait", "rm", "delete-bucket"])
        self.assertEqual(self.value(self.call("delete-stack"), "--stack-name"), "river")
        self.assertIn(f"s3://river-program-{ACCOUNT}-eu-west-1", self.call("rm"))
        self.assertIn("are removed", done.stdout)

    def test_removes_nothing_unasked(self):
        done = self.run_script("undeploy")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--yes", done.stderr)
        self.assertFalse({"delete-stack", "rm", "delete-bucket"} & set(self.words()))

    def answered(self, typed, *arguments):
        """At a terminal, where a person types this line."""
        person, terminal = os.openpty()
        try:
            os.write(person, f"{typed}\n".encode())
            return self.run_script("undeploy", *arguments, stdin=terminal)
        finally:
            os.close(terminal)
            os.close(person)

    def test_asks_a_person_for_the_name(self):
        done = self.answered("river", "river")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Remove the stack river in eu-west-1 of the account {ACCOUNT}", done.stderr)
        self.assertEqual(self.value(self.call("delete-stack"), "--stack-name"), "river")
        for typed in ("", "y", "yes", "lake"):
            with self.subTest(typed):
                done = self.answered(typed, "river")
                self.assertEqual(done.returncode, 1)
                self.assertIn("Nothing was removed", done.stdout)
                self.assertFalse({"delete-stack", "rm", "delete-bucket"} & set(self.words()))

    def test_nothing_there_is_no_error(self):
        self.answers |= {"describe-stacks": self.gone, "head-bucket": (254, "", "Not Found")}
        done = self.run_script("undeploy", "--yes")
        self.assertEqual(done.returncode, 0)
        self.assertIn("There is no stack weir", done.stdout)

    def test_a_bucket_that_was_left_is_removed(self):
        self.answers["describe-stacks"] = self.gone
        self.assertEqual(self.run_script("undeploy", "--yes").returncode, 0)
        self.assertNotIn("delete-stack", self.words())
        self.assertIn("delete-bucket", self.words())

    def test_what_cannot_be_seen_is_not_taken_for_gone(self):
        for question in ("describe-stacks", "head-bucket"):
            with self.subTest(question):
                before = dict(self.answers)
                self.answers[question] = (254, "", "An error occurred (AccessDenied): no")
                done = self.run_script("undeploy", "--yes")
                self.assertEqual(done.returncode, 1)
                self.assertIn("AccessDenied", done.stderr)
                self.assertFalse({"delete-stack", "rm", "delete-bucket"} & set(self.words()))
                self.answers = before

    def test_a_stack_that_stays_keeps_its_bucket(self):
        self.answers["wait stack-delete-complete"] = (255, "", "Waiter failed")
        done = self.run_script("undeploy", "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("was not removed", done.stderr)
        self.assertIn("EventsTable\tno such key", done.stderr)
        self.assertNotIn("rm", self.words())


if __name__ == "__main__":
    unittest.main()
