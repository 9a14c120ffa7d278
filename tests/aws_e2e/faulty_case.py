"""What the tests with faults share: weir and the functions reach AWS' stand-in through a proxy that does what a test chooses."""
import json

from aws_case import DATA_SET, AwsCase, harness, wait_until
from fault_proxy import Chaos, FaultProxy
from ministack import Ministack


class Faulty(AwsCase):
    """weir and the functions reach AWS through the proxy; boto3 and the stand-in's own parts do not."""

    @classmethod
    def setUpClass(cls):
        cls.proxy = FaultProxy(lambda target, body: cls.choose(target, body) if cls.choose else None)
        cls.choose = None
        cls.addClassCleanup(cls.proxy.close)
        cls.aws = cls.enterClassContext(Ministack(functions_endpoint=cls.proxy.endpoint))
        cls.proxy.target_port = cls.aws.port

    def tearDown(self):
        type(self).choose = None

    def weir(self, *arguments, env=None, **more):
        return super().weir(*arguments, env={"AWS_ENDPOINT_URL": self.proxy.endpoint} | (env or {}), **more)

    def chaos(self, targets, faults):
        print(f"seed {harness.SEED}", flush=True)
        self.proxy.injected.clear()
        type(self).choose = staticmethod(Chaos(harness.SEED, targets, faults))

    def assert_each_once(self, stack, number):
        """Every event is stored, none twice, and the counts agree with them: after all faults and all that came again for them."""
        type(self).choose = None

        def all_stored():
            ids = [json.loads(line)["event_id"] for line in self.weir("export", "--aws", "--stack", stack.name).out.splitlines()]
            return ids if len(ids) >= number else None
        wait_until(all_stored, f"{number} events")
        if "QueueUrl" in stack.outputs:
            self.wait_idle(stack)  # what failed half-way has come again
        ids = all_stored()
        self.assertEqual((len(ids), len(set(ids))), (number, number))
        self.assert_status(self.weir("audit", "--aws", "--stack", stack.name, "--from", "-15m", timeout=120), 0)

    def verify(self, stack, limit, *flags):
        return self.assert_status(self.weir("verify", "--aws", "--stack", stack.name, "--limit", str(limit), "--file", DATA_SET,
                                            "--retry-for", "5m", *flags, timeout=300), 0)
