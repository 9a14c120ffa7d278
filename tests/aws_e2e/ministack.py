"""AWS on this machine, for the end-to-end tests: ministack with signatures and roles enforced, on loopback, and a deployment of
the real template with the real program in it.

    with Ministack() as aws:
        stack = Stack(aws, "weir-sqs", Transport="sqs")
        stack.client("sqs").send_message(QueueUrl=stack["QueueUrl"], MessageBody="…")
        …
        stack.delete()

Run by itself it deploys the stack, sends messages, and shows what the tables hold:
    python3 tests/aws_e2e/ministack.py [--keep] [sqs|kinesis]

What it cannot show, and who does: see docs/aws.md. Needs the Python packages ministack, boto3 and aws-sam-translator."""
import ctypes
import json
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3
import botocore.config

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from ports import free_port  # noqa: E402  (the end-to-end tests')

__all__ = ["REGION", "ROOT", "START_SECONDS", "ZIP", "Ministack", "Stack", "free_port", "make_user", "wait_until"]

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ZIP = ROOT / "build/lambda/weir-lambda.zip"
REGION = "us-east-1"
START_SECONDS = 120


ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def make_user(iam):
    """(access key, secret key) of a new user who may do everything: three calls."""
    iam.create_user(UserName="weir")
    key = iam.create_access_key(UserName="weir")["AccessKey"]
    iam.put_user_policy(UserName="weir", PolicyName="all", PolicyDocument=ALLOW_ALL)
    return key["AccessKeyId"], key["SecretAccessKey"]


def die_with_parent():
    """In the child: a test that is killed takes its servers with it (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Ministack:
    """A server of its own: clean environment, own folder, own port. With auth, signatures and the roles' policies are checked."""

    def __init__(self, auth=True, program=None, functions_endpoint=None):
        self.auth = auth
        self.functions_endpoint = functions_endpoint  # where functions find AWS; a proxy of the test's, or the server itself
        self.program = program or str(pathlib.Path(sys.executable).parent / "ministack")
        self.process = None
        self.key = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-aws-"))
        for _ in range(3):  # the port may be taken between looking and listening
            self.port = free_port()
            self.endpoint = f"http://127.0.0.1:{self.port}"
            self._start()
            if self._is_ready():
                return self
            self._stop()
        log = (self.folder / "log").read_text(errors="replace")[-3000:]
        self.__exit__()
        raise RuntimeError(f"ministack does not start:\n{log}")

    def __exit__(self, *_):
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        # The functions inherit the server's environment, so that it has nothing but what they need.
        environment = {
            "PATH": f"{pathlib.Path(self.program).parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.folder),
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
            "AWS_ENDPOINT_URL": self.functions_endpoint or self.endpoint, "AUTH": "true" if self.auth else "false",
        }
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.program], env=environment, cwd=self.folder, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent)

    def _is_ready(self):
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=30) as answer:
                    if answer.status == 200:
                        return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        return False

    def _stop(self):
        if self.process is None:
            return
        try:
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        try:  # functions that outlived it are in its session
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process = None

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def environment(self):
        """For programs that are to reach it as a user who may do everything: weir, the AWS CLI. (It does not check what is signed with
        the root's key.)"""
        if self.auth and self.key is None:
            self.key = make_user(self.client("iam"))
        key, secret = self.key or ("test", "test")
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="test",
                            aws_secret_access_key="test",
                            config=botocore.config.Config(retries={"max_attempts": 3}, read_timeout=150))


def with_numbers(value, numbers):
    """Puts the values of Number parameters where they are referred to: ministack takes them for text there, compares that with numbers,
    and polls no queue any more. Not among environment variables, which are text."""
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in numbers:
            return numbers[value["Ref"]]
        return {k: v if k == "Variables" else with_numbers(v, numbers) for k, v in value.items()}
    if isinstance(value, list):
        return [with_numbers(v, numbers) for v in value]
    return value


def expanded_template(bucket, key, parameters):
    """deploy/template.yaml without the SAM transform, as JSON, with the program at s3://bucket/key."""
    from samtranslator.parser.parser import Parser
    from samtranslator.public import translator
    from samtranslator.yaml_helper import yaml_parse
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    template = yaml_parse((ROOT / "deploy/template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    expanded = translator.Translator({}, Parser()).translate(template, {})
    numbers = {name: int(parameters.get(name, p["Default"])) for name, p in template["Parameters"].items() if p["Type"] == "Number"}
    expanded["Resources"] = with_numbers(expanded["Resources"], numbers)
    return json.dumps(expanded, default=str)


class Stack:
    """deploy/template.yaml, deployed under a name. stack["QueueUrl"] is an output."""

    def __init__(self, aws, name, **parameters):
        self.aws, self.name = aws, name
        bucket = f"{name}-program"
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.upload_file(str(ZIP), bucket, "weir-lambda.zip")
        self.cloudformation = aws.client("cloudformation")
        self.cloudformation.create_stack(
            StackName=name, TemplateBody=expanded_template(bucket, "weir-lambda.zip", parameters), Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": k, "ParameterValue": str(v)} for k, v in parameters.items()])
        self.outputs = self._wait()

    def __getitem__(self, output):
        return self.outputs[output]

    def client(self, service):
        return self.aws.client(service)

    def _wait(self):
        limit = time.monotonic() + 300
        while True:
            stack = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
            if "IN_PROGRESS" not in stack["StackStatus"] or time.monotonic() > limit:
                events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
                failed = [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in events if "FAILED" in e["ResourceStatus"]]
                raise RuntimeError(f"the stack is {stack['StackStatus']}: {failed}")
            time.sleep(0.1)

    def items(self, table, partition):
        """All items of a partition, as Python values."""
        resource = boto3.resource("dynamodb", endpoint_url=self.aws.endpoint, region_name=REGION, aws_access_key_id="test",
                                  aws_secret_access_key="test")
        request = {"KeyConditionExpression": boto3.dynamodb.conditions.Key("pk").eq(partition), "ConsistentRead": True}
        found = []
        while True:
            page = resource.Table(self[table]).query(**request)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def aggregate(self, run_id, at=None):
        """Invokes the aggregate function directly; its row, or an AssertionError with what it said."""
        event = {"test_run_id": run_id} | ({"at": at} if at else {})
        answer = self.client("lambda").invoke(FunctionName=self["AggregateFunction"], Payload=json.dumps(event))
        body = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        return body

    def logs(self, function):
        """What a function wrote, newest last."""
        logs = self.client("logs")
        group = f"/aws/lambda/{self[function]}"
        lines = []
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)["events"]
            lines += [e["message"].rstrip() for e in events]
        return lines

    def delete(self):
        self.cloudformation.delete_stack(StackName=self.name)
        limit = time.monotonic() + 300
        while time.monotonic() < limit:
            try:
                self.cloudformation.describe_stacks(StackName=self.name)
            except self.cloudformation.exceptions.ClientError:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the stack {self.name} is still there after five minutes")


def wait_until(condition, what, seconds=120):
    """Polls until the condition gives something true, and returns that."""
    seconds *= float(os.environ.get("WEIR_TEST_PATIENCE", "1"))
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.2)


def demonstrate(transport, keep):
    with Ministack() as aws:
        stack = Stack(aws, f"weir-{transport}", Transport=transport)
        print(json.dumps(stack.outputs, indent=2))
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now))
        events = [{"event_id": f"plain-{i}", "ts": stamp, "County": "Delaware" if i % 3 else "Ulster"} for i in range(20)]
        bodies = [json.dumps(e) for e in events] + ["this is no event"]
        if transport == "sqs":
            for body in bodies:
                stack.client("sqs").send_message(QueueUrl=stack["QueueUrl"], MessageBody=body)
        else:
            stack.client("kinesis").put_records(StreamName=stack["StreamName"], Records=[
                {"PartitionKey": str(i), "Data": b.encode()} for i, b in enumerate(bodies)])
        minute = stamp[:16]
        try:
            wait_until(lambda: len(raw_items(stack, minute)) >= 20, "20 events in the table")
            row = stack.aggregate("demonstration")
            print("row:", json.dumps({k: row[k] for k in ("run_id", "updated", "total", "counts")}))
            print("one raw item:", raw_items(stack, minute)[0])
            print("dirty:", stack.items("EventsTable", "DIRTY"), "meta:", stack.items("EventsTable", "META"))
        finally:
            print("store function's log:", *stack.logs("StoreFunction")[-12:], sep="\n  ")
            if keep:
                input(f"{aws.endpoint} is up; Enter ends it ")
        stack.delete()


def raw_items(stack, minute, shards=4):
    return [item for shard in range(shards) for item in stack.items("EventsTable", f"E#{minute}#{shard}")]


if __name__ == "__main__":
    demonstrate(next((a for a in sys.argv[1:] if not a.startswith("-")), "sqs"), "--keep" in sys.argv)
