#!/usr/bin/env python3
"""What deploy/template.yaml promises and neither cfn-lint nor a local stand-in of AWS checks."""
import json
import pathlib
import unittest

import yaml

from filter_pattern import matches

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: `!Ref X` is {"Ref": "X"}, `!GetAtt A.B` is {"Fn::GetAtt": "A.B"}."""


def construct_tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", construct_tag)
TEMPLATE = yaml.load((ROOT / "deploy/template.yaml").read_text(), Loader)
RESOURCES = TEMPLATE["Resources"]
OPTIONAL = {"Ref": "AWS::NoValue"}


def properties(name):
    return RESOURCES[name]["Properties"]


def of_type(kind):
    return {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == kind}


def att(name):
    return {"Fn::GetAtt": name}


def strings(value):
    """Every string inside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from strings(v)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)


def statements(role):
    """Every statement of a role, those in conditions too."""
    found = []
    for policy in properties(role)["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            found.append(statement["Fn::If"][1] if "Fn::If" in statement else statement)
    return found


def actions(role, resource):
    """What the role may do with a resource."""
    found = set()
    for s in statements(role):
        if s["Resource"] == att(f"{resource}.Arn"):
            found |= {s["Action"]} if isinstance(s["Action"], str) else set(s["Action"])
    return found


class Tables(unittest.TestCase):
    TABLES = ("EventsTable", "AggregatesTable")

    def test_items_expire(self):
        for table in self.TABLES:
            self.assertEqual(properties(table)["TimeToLiveSpecification"], {"AttributeName": "expires", "Enabled": True})

    def test_tables_can_be_recovered_unless_it_is_switched_off(self):
        for table in self.TABLES:
            self.assertEqual(properties(table)["PointInTimeRecoverySpecification"],
                             {"PointInTimeRecoveryEnabled": {"Fn::If": ["IsRecoverable", True, False]}})
        self.assertEqual(TEMPLATE["Parameters"]["Recovery"]["Default"], "on")
        self.assertEqual(TEMPLATE["Conditions"]["IsRecoverable"], {"Fn::Equals": [{"Ref": "Recovery"}, "on"]})

    def test_keys_are_those_of_the_store(self):
        for table in self.TABLES:
            self.assertEqual(properties(table)["KeySchema"],
                             [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
            self.assertEqual([a["AttributeType"] for a in properties(table)["AttributeDefinitions"]], ["S", "S"])

    def test_provisioned_capacity_is_what_is_free_for_ever(self):
        chosen = [properties(t)["ProvisionedThroughput"]["Fn::If"][1] for t in self.TABLES]
        self.assertEqual(sum(c["ReadCapacityUnits"] for c in chosen), 25)
        self.assertEqual(sum(c["WriteCapacityUnits"] for c in chosen), 25)
        for table in self.TABLES:
            self.assertEqual(properties(table)["BillingMode"], {"Fn::If": ["IsProvisioned", "PROVISIONED", "PAY_PER_REQUEST"]})

    def test_deleting_the_stack_deletes_them_and_replacing_one_does_not(self):
        for table in self.TABLES:
            self.assertEqual(RESOURCES[table]["DeletionPolicy"], "Delete")
            self.assertEqual(RESOURCES[table]["UpdateReplacePolicy"], "Retain")


class Queues(unittest.TestCase):
    def test_visibility_is_at_least_six_times_the_functions_timeout(self):
        hidden, timeout = (properties(name)[value]["Fn::If"] for name, value in (("Queue", "VisibilityTimeout"), ("StoreFunction", "Timeout")))
        self.assertEqual(hidden[0], timeout[0])
        for of_queue, of_function in zip(hidden[1:], timeout[1:]):
            self.assertGreaterEqual(of_queue, 6 * of_function)

    def test_a_throttled_message_is_tried_for_as_long_as_a_day_of_backlog_takes(self):
        """With provisioned capacity: each try raises the count, whether the message failed or was not reached; so all tries together must
        have time for what the units write in hours. tests/lambda/throttled_backlog_test.cpp plays it through with these figures."""
        tries, seconds = TEMPLATE["Parameters"]["MaximumReceives"]["Default"], properties("StoreFunction")["Timeout"]["Fn::If"][1]
        units = properties("EventsTable")["ProvisionedThroughput"]["Fn::If"][1]["WriteCapacityUnits"]
        at_once = properties("QueueMapping")["ScalingConfig"]["MaximumConcurrency"]["Fn::If"][1]
        largest_batch_of_rows = 1000  # --batch-events
        self.assertGreater(seconds * units / at_once, 3 * largest_batch_of_rows, "one call must get through several batches")
        self.assertGreaterEqual(tries * seconds * units, 100_000, "rows that can wait behind each other")
        taken = properties("QueueMapping")["BatchSize"]["Fn::If"][1]
        self.assertLess(taken * largest_batch_of_rows, 2 * seconds * units / at_once, "and most of those that it was given")
        played = (ROOT / "tests/lambda/throttled_backlog_test.cpp").read_text()
        for figure in (f"units_a_second = {units // at_once};", f"timeout = {seconds}s", f"hidden = {properties('Queue')['VisibilityTimeout']['Fn::If'][1]}s",
                       f"most_receives = {tries};", f"batch_size = {taken};"):
            self.assertIn(figure, played)
        kept = properties("Queue")["MessageRetentionPeriod"]
        self.assertLess(tries * properties("Queue")["VisibilityTimeout"]["Fn::If"][1], kept / 2, "what cannot be read must reach the dead letters")

    def test_failed_messages_are_kept_longer_than_the_queue_keeps_them(self):
        self.assertEqual(properties("Queue")["RedrivePolicy"]["deadLetterTargetArn"], att("DeadLetterQueue.Arn"))
        self.assertGreater(properties("DeadLetterQueue")["MessageRetentionPeriod"], properties("Queue")["MessageRetentionPeriod"])

    def test_all_are_encrypted(self):
        queues = of_type("AWS::SQS::Queue")
        self.assertEqual(len(queues), 3)
        for name, queue in queues.items():
            self.assertIs(queue["SqsManagedSseEnabled"], True, name)


class Functions(unittest.TestCase):
    def test_both_are_the_one_static_program(self):
        function = TEMPLATE["Globals"]["Function"]
        self.assertEqual(function["Runtime"], "provided.al2023")
        self.assertEqual(function["Architectures"], ["x86_64"])
        # `aws cloudformation package` would upload the folder of the template for a function that names no program itself.
        self.assertNotIn("CodeUri", function)
        for name in of_type("AWS::Serverless::Function"):
            self.assertEqual(properties(name)["CodeUri"], "../build/lambda/weir-lambda.zip", name)
        self.assertEqual(properties("StoreFunction")["Handler"], "store")
        self.assertEqual(properties("AggregateFunction")["Handler"], "aggregate")

    def test_windows_are_fixed(self):
        variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        self.assertEqual({k: v for k, v in variables.items() if isinstance(v, str)},
                         {"WEIR_WINDOW": "5m", "WEIR_PANE": "10s", "WEIR_SLIDE": "60s", "WEIR_LATENESS": "60s", "WEIR_CLOCK_SKEW": "60s"})
        for name in ("EVENTS_TABLE", "AGGREGATES_TABLE", "GROUP_BY", "VIEW", "RETENTION", "LAYOUT", "SHARDS"):
            self.assertIn(f"WEIR_{name}", variables)

    def test_both_mappings_take_partial_answers_and_gather(self):
        mappings = of_type("AWS::Lambda::EventSourceMapping")
        self.assertEqual(set(mappings), {"QueueMapping", "StreamMapping"})
        for mapping in mappings.values():
            self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
            self.assertEqual(mapping["MaximumBatchingWindowInSeconds"], {"Ref": "BatchWindowSeconds"})
        # AWS refuses a batch of more than ten without a window.
        self.assertGreaterEqual(TEMPLATE["Parameters"]["BatchWindowSeconds"]["MinValue"], 1)
        self.assertEqual(mappings["StreamMapping"]["BatchSize"], {"Ref": "BatchSize"})
        self.assertEqual(mappings["QueueMapping"]["BatchSize"], {"Fn::If": ["IsProvisioned", 5, {"Ref": "BatchSize"}]})
        self.assertEqual(mappings["QueueMapping"]["ScalingConfig"], {"MaximumConcurrency": {"Fn::If": ["IsProvisioned", 2, {"Ref": "MaximumConcurrency"}]}})

    def test_a_record_that_fails_for_good_is_noted(self):
        mapping = properties("StreamMapping")
        self.assertIs(mapping["BisectBatchOnFunctionError"], True)
        self.assertGreater(mapping["MaximumRetryAttempts"], 10)
        self.assertEqual(mapping["DestinationConfig"], {"OnFailure": {"Destination": att("DeadLetterQueue.Arn")}})

    def test_one_aggregator_at_a_time_is_a_choice_that_new_accounts_cannot_make(self):
        self.assertEqual(properties("AggregateFunction")["ReservedConcurrentExecutions"], {"Fn::If": ["IsReserved", 1, OPTIONAL]})
        self.assertEqual(TEMPLATE["Parameters"]["AggregatorConcurrency"]["Default"], "shared")

    def test_logs_end(self):
        groups = of_type("AWS::Logs::LogGroup")
        self.assertEqual(len(groups), 2)
        for name, group in groups.items():
            self.assertEqual(group["RetentionInDays"], {"Ref": "LogRetentionDays"}, name)
        for function in ("Store", "Aggregate"):
            name = properties(f"{function}Function")["FunctionName"]["Fn::Sub"]
            self.assertEqual(properties(f"{function}LogGroup")["LogGroupName"], {"Fn::Sub": f"/aws/lambda/{name}"})


class TheSchedule(unittest.TestCase):
    def test_runs_every_minute_and_says_for_which_time(self):
        schedule = properties("Schedule")
        self.assertEqual(schedule["ScheduleExpression"], "rate(1 minute)")
        self.assertEqual(schedule["FlexibleTimeWindow"], {"Mode": "OFF"})
        self.assertEqual(json.loads(schedule["Target"]["Input"]), {"scheduled_time": "<aws.scheduler.scheduled-time>"})
        self.assertEqual(schedule["Target"]["Arn"], att("AggregateFunction.Arn"))

    def test_is_tried_again_and_then_kept(self):
        target = properties("Schedule")["Target"]
        self.assertGreater(target["RetryPolicy"]["MaximumRetryAttempts"], 0)
        self.assertGreaterEqual(target["RetryPolicy"]["MaximumEventAgeInSeconds"], 60)
        self.assertEqual(target["DeadLetterConfig"], {"Arn": att("ScheduleDeadLetterQueue.Arn")})


class Roles(unittest.TestCase):
    def test_no_wildcard_anywhere(self):
        roles = of_type("AWS::IAM::Role")
        self.assertEqual(set(roles), {"StoreRole", "AggregateRole", "ScheduleRole"})
        for name in roles:
            self.assertNotIn("ManagedPolicyArns", roles[name])
            for statement in statements(name):
                for text in strings([statement["Resource"], statement["Action"]]):
                    self.assertNotIn("*", text, name)

    def test_the_store_function_writes_events_and_no_rows(self):
        self.assertNotIn("dynamodb:Query", actions("StoreRole", "EventsTable"))
        self.assertNotIn("dynamodb:DeleteItem", actions("StoreRole", "EventsTable"))
        self.assertEqual(actions("StoreRole", "AggregatesTable"), set())

    def test_the_aggregate_function_takes_no_messages(self):
        self.assertEqual(actions("AggregateRole", "Queue"), set())
        self.assertEqual(actions("AggregateRole", "Stream"), set())

    def test_the_schedule_starts_one_function(self):
        self.assertEqual(actions("ScheduleRole", "AggregateFunction"), {"lambda:InvokeFunction"})
        self.assertEqual(actions("ScheduleRole", "StoreFunction"), set())


class Alarms(unittest.TestCase):
    ALARMS = of_type("AWS::CloudWatch::Alarm")
    QUEUE, LAMBDA, OWN = "AWS/SQS", "AWS/Lambda", {"Fn::Sub": "weir/${AWS::StackName}"}
    # name: what is watched, of what, from which value on, over how many minutes (and how many of them), what no data means
    EXPECTED = {
        "DeadLettersAlarm": (QUEUE, "ApproximateNumberOfMessagesVisible", "DeadLetterQueue", "Maximum > 0", 1, 1, "notBreaching"),
        "ScheduleDeadLettersAlarm": (QUEUE, "ApproximateNumberOfMessagesVisible", "ScheduleDeadLetterQueue", "Maximum > 0", 1, 1, "notBreaching"),
        "OldestMessageAlarm": (QUEUE, "ApproximateAgeOfOldestMessage", "Queue", "Maximum > 300", 3, 3, "notBreaching"),
        "OldestRecordAlarm": (LAMBDA, "IteratorAge", "StoreFunction", "Maximum > 300000", 3, 3, "notBreaching"),
        "StoreErrorsAlarm": (LAMBDA, "Errors", "StoreFunction", "Sum > 0", 5, 2, "notBreaching"),
        "AggregateErrorsAlarm": (LAMBDA, "Errors", "AggregateFunction", "Sum > 0", 5, 2, "notBreaching"),
        "NoRowAlarm": (OWN, "RunsWithRows", None, "Sum < 1", 3, 3, "breaching"),
    }

    def test_watch_what_must_not_happen(self):
        signs = {"GreaterThanThreshold": ">", "LessThanThreshold": "<"}
        found = {}
        for name, alarm in self.ALARMS.items():
            of = None
            if "Dimensions" in alarm:
                dimension, = alarm["Dimensions"]
                of = dimension["Value"].get("Ref") or dimension["Value"]["Fn::GetAtt"].removesuffix(".QueueName")
                self.assertEqual(dimension["Name"], "QueueName" if alarm["Namespace"] == self.QUEUE else "FunctionName", name)
            self.assertEqual(alarm["Period"], 60, name)
            found[name] = (alarm["Namespace"], alarm["MetricName"], of, f"{alarm['Statistic']} {signs[alarm['ComparisonOperator']]} {alarm['Threshold']}",
                           alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]), alarm["TreatMissingData"])
        self.assertEqual(found, self.EXPECTED)

    def test_a_row_is_seen_by_the_line_that_the_function_logs(self):
        """Of a run with rows, of one without, and another one. That the program logs such lines: aws_e2e/runtime_test.py."""
        filter_ = properties("RowsWritten")
        self.assertEqual(filter_["MetricTransformations"], [{"MetricNamespace": self.OWN, "MetricName": "RunsWithRows", "MetricValue": "1"}])
        logged = {"time": "2026-11-24T00:16:01.000Z", "level": "info", "message": "rows written", "rows": "1"}
        for fields, counted in ((logged, True), (logged | {"rows": "0"}, False), (logged | {"message": "messages stored"}, False)):
            self.assertEqual(matches(filter_["FilterPattern"], json.dumps(fields)), counted, fields)

    def test_say_what_to_do_and_whom_they_tell(self):
        for name, alarm in self.ALARMS.items():
            text = " ".join(strings(alarm["AlarmDescription"]))
            self.assertGreater(len(text), 80, name)
            self.assertLessEqual(len(text), 1024, name)
            self.assertEqual(alarm["AlarmActions"], {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], OPTIONAL]}, name)


class Parameters(unittest.TestCase):
    def test_each_is_bounded_and_described(self):
        for name, parameter in TEMPLATE["Parameters"].items():
            self.assertIn("Default", parameter, name)
            self.assertGreater(len(parameter["Description"]), 20, name)
            bounded = {"AllowedValues", "AllowedPattern", "MaxLength"} & set(parameter) or {"MinValue", "MaxValue"} <= set(parameter)
            self.assertTrue(bounded, name)

    def test_each_says_what_it_takes(self):
        for name, parameter in TEMPLATE["Parameters"].items():
            text = parameter["ConstraintDescription"]
            self.assertTrue(text.startswith("must "), name)
            for bound in (*parameter.get("AllowedValues", ()), *(parameter[b] for b in ("MinValue", "MaxValue", "MaxLength") if b in parameter)):
                self.assertIn(str(bound), text, name)

    def test_each_is_shown_in_a_group_and_used(self):
        groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        self.assertEqual(sorted(p for g in groups for p in g["Parameters"]), sorted(TEMPLATE["Parameters"]))

    def test_outputs_are_what_the_command_line_reads(self):
        self.assertEqual(set(TEMPLATE["Outputs"]), {"QueueUrl", "QueueName", "DeadLetterQueueUrl", "StreamName", "EventsTable",
                                                    "AggregatesTable", "StoreFunction", "AggregateFunction", "View", "GroupBy"})


if __name__ == "__main__":
    unittest.main()
