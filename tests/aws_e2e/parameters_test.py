"""Parameters of the template that are out of range: CloudFormation refuses them before it makes anything, by name and with what is allowed."""
import json

import botocore.exceptions

from aws_case import AwsCase, main
from ministack import expanded_template

PARAMETERS = json.loads(expanded_template("bucket", "key", {}))["Parameters"]
# Those with a pattern: what comes close to one that fits.
NEAR_MISSES = {"View": ("", "County-5m", "county 5m", "-5m", "c" * 65), "AlarmTopicArn": ("me@example.org", "arn:aws:sqs:us-east-1:123456789012:alarms")}


def out_of_range(name, parameter):
    """Values just beyond each bound."""
    if "AllowedPattern" in parameter:
        yield from NEAR_MISSES[name]
    if "AllowedValues" in parameter:
        yield from (0, 2, 366) if parameter["Type"] == "Number" else ("", "other", parameter["Default"].upper())
    for bound, beyond in (("MinValue", -1), ("MaxValue", 1)):
        if bound in parameter:
            yield parameter[bound] + beyond
    for bound, beyond in (("MinLength", -1), ("MaxLength", 1)):
        if bound in parameter:
            yield "x" * (parameter[bound] + beyond)


class Parameters(AwsCase):
    def test_what_is_out_of_range_is_refused_by_name(self):
        """AWS says the ConstraintDescription (tests/aws_template: it holds every bound); of AllowedValues the stand-in says the values."""
        for name, parameter in PARAMETERS.items():
            values = list(out_of_range(name, parameter))
            self.assertGreaterEqual(len(values), 2, name)
            for value in values:
                with self.subTest(f"{name}={value}"):
                    with self.assertRaises(botocore.exceptions.ClientError) as refused:
                        self.stack("bounds", **{name: value})
                    said = str(refused.exception)
                    self.assertIn(f"Parameter '{name}' ", said)
                    if "AllowedValues" in parameter:
                        for allowed in parameter["AllowedValues"]:
                            self.assertIn(str(allowed), said)
                    else:
                        self.assertIn(parameter["ConstraintDescription"], said)
        self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], [])


if __name__ == "__main__":
    main()
