"""script/deploy and script/undeploy with the real AWS CLI on the stand-in: a stack comes, changes, and goes with all that is of it. What
they say and do when something is wrong: tests/aws_template/deploy_scripts_test.py, with a program in place of the CLI.

The template is mostly expanded before, with its numbers as numbers: the stand-in takes them for text otherwise. Packing the program is
tested elsewhere too: here it lies there."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from aws_case import AwsCase, harness, main
from ministack import REGION, ROOT, ZIP, expanded_template


class Scripts(AwsCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(harness.temporary_folder()))
        (self.folder / "script").mkdir()
        for name in ("deploy", "undeploy", "aws_cli.sh"):
            shutil.copy(ROOT / "script" / name, self.folder / "script")
        package = self.folder / "script/package"
        package.write_text("#!/bin/sh\nexit 0\n")
        package.chmod(0o755)
        (self.folder / "build/lambda").mkdir(parents=True)
        shutil.copy(ZIP, self.folder / "build/lambda")

    def run_script(self, name, *arguments, template=None):
        """With deploy/template.yaml as it is with these values, where they are given."""
        if template is not None:
            expanded = json.loads(expanded_template("bucket", "key", template))
            for resource in expanded["Resources"].values():
                if resource["Type"] == "AWS::Lambda::Function":
                    resource["Properties"]["Code"] = "../build/lambda/weir-lambda.zip"
            (self.folder / "deploy").mkdir(exist_ok=True)
            (self.folder / "deploy/template.yaml").write_text(json.dumps(expanded))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        programs = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run([self.folder / "script" / name, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                              env=clean | self.aws.environment() | {"PATH": programs, "HOME": str(self.folder)})

    def succeed(self, *arguments, template=None):
        done = self.run_script(*arguments, template=template)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def outputs(self):
        stack, = self.aws.client("cloudformation").describe_stacks(StackName="river")["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    def what_is_there(self):
        """Tables, queues, functions, log groups, roles and buckets of the account."""
        client = self.aws.client
        return {"tables": client("dynamodb").list_tables()["TableNames"], "queues": client("sqs").list_queues().get("QueueUrls", []),
                "functions": [f["FunctionName"] for f in client("lambda").list_functions()["Functions"]],
                "logs": [g["logGroupName"] for g in client("logs").describe_log_groups()["logGroups"]],
                "roles": [r["RoleName"] for r in client("iam").list_roles()["Roles"]],
                "buckets": [b["Name"] for b in client("s3").list_buckets()["Buckets"]]}

    def test_a_stack_comes_changes_and_goes(self):
        before = self.what_is_there()
        done = self.succeed("deploy", "river", "RetentionDays=3", template={"RetentionDays": 3})
        outputs = self.outputs()
        for said in (f"The stack river is deployed in {REGION}", f"sqs://{outputs['QueueName']}", outputs["QueueUrl"], outputs["EventsTable"],
                     outputs["AggregatesTable"]):
            self.assertIn(said, done.stdout)
        store = self.aws.client("lambda").get_function(FunctionName="river-store")
        self.assertEqual(store["Configuration"]["Environment"]["Variables"]["WEIR_RETENTION"], "3d")
        self.assertEqual(store["Configuration"]["CodeSize"], ZIP.stat().st_size)

        # The other command that it prints works; and again with another parameter, the first one stays.
        self.assert_status(self.weir("stream", harness.DATA_SET, "--limit", "100", "--rate", "max", "--to", f"sqs://{outputs['QueueName']}"), 0)
        self.succeed("deploy", "river", "LogRetentionDays=30", template={"RetentionDays": 3, "LogRetentionDays": 30})
        group, = self.aws.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/river-store")["logGroups"]
        self.assertEqual(group["retentionInDays"], 30)
        store = self.aws.client("lambda").get_function(FunctionName="river-store")
        self.assertEqual(store["Configuration"]["Environment"]["Variables"]["WEIR_RETENTION"], "3d")
        self.assertEqual(self.outputs()["EventsTable"], outputs["EventsTable"])

        self.assertEqual(self.run_script("undeploy", "river").returncode, 2)
        self.assertEqual(self.outputs()["EventsTable"], outputs["EventsTable"])
        done = self.succeed("undeploy", "river", "--yes")
        self.assertIn("are removed", done.stdout)
        after = self.what_is_there()
        self.assertEqual(after, before)
        self.assertIn("There is no stack river", self.succeed("undeploy", "river", "--yes").stdout)

    def test_the_program_is_what_both_functions_run(self):
        """From the template as it is, with its transform: what the CLI uploads for it."""
        (self.folder / "deploy").mkdir()
        shutil.copy(ROOT / "deploy/template.yaml", self.folder / "deploy")
        self.succeed("deploy", "river")
        program = base64.b64encode(hashlib.sha256(ZIP.read_bytes()).digest()).decode()
        for function in ("river-store", "river-aggregate"):
            self.assertEqual(self.aws.client("lambda").get_function(FunctionName=function)["Configuration"]["CodeSha256"], program, function)
        self.succeed("undeploy", "river", "--yes")

    def test_a_parameter_out_of_range_is_said(self):
        done = self.run_script("deploy", "bounds", "Layout=columns", template={})
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stderr, "Layout.*must be rows or blocks|Layout.*rows.*blocks")
        self.assertNotIn("is deployed", done.stdout)
        self.succeed("undeploy", "bounds", "--yes")


if __name__ == "__main__":
    main()
