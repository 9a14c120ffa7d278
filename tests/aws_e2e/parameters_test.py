"""Parameters of the template that are out of range: CloudFormation refuses them before it makes anything, by name and with what is allowed."""
import botocore.exceptions

from aws_case import AwsCase, main
from ministack import Ministack


class Parameters(AwsCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = cls.enterClassContext(Ministack())

    def test_what_is_out_of_range_is_refused_by_name(self):
        for name, value in (("Layout", "columns"), ("Transport", "smtp"), ("Billing", "free"), ("BatchSize", 0), ("BatchSize", 10001), ("MaximumConcurrency", 1),
                            ("RetentionDays", 366), ("Shards", 65), ("FunctionMemory", 127), ("View", "County 5m"), ("AlarmTopicArn", "me@example.org")):
            with self.subTest(f"{name}={value}"), self.assertRaises((botocore.exceptions.ClientError, RuntimeError)) as refused:
                self.stack("bounds", **{name: value})
            self.assertRegex(str(refused.exception), f"Parameter '{name}' .*(must be [a-z0-9]|AllowedValues: .*', ')")
            self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], [])


if __name__ == "__main__":
    main()
