"""schemathesis against the running server: requests made from the description, right and wrong ones, and every answer held
against it. Settings: schemathesis.toml. The requests are the same each time; WEIR_TEST_SEED=N makes others."""

import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
from harness import TestCase, event, now_ms  # noqa: E402

import description  # noqa: E402

SEED = os.environ.get("WEIR_TEST_SEED") or "1"
HERE = pathlib.Path(__file__).resolve().parent
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")


class Schemathesis(TestCase):
    def test_finds_no_answer_that_is_not_described(self):
        folder = self.folder()
        described = folder / "openapi.json"
        described.write_text(json.dumps(description.strict(description.read())))
        server = self.serve()
        server.post_events([event("s", i, now_ms() - i, f"K{i % 7}") for i in range(1, 100)]).expect(200)
        before = server.ledger()
        env = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [SCHEMATHESIS, "--no-color", "--config-file", HERE / "schemathesis.toml", "run", described, "--url", server.url,
                   "--seed", SEED]  # fmt: skip
        started = time.monotonic()
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600)
        print(run.stdout, f"seed {SEED}, {time.monotonic() - started:.0f} s", file=sys.stderr)
        self.assertEqual(run.returncode, 0, f"see above; WEIR_TEST_SEED={SEED} repeats it\n{run.stderr}")
        self.assert_alive(server)
        ledger = self.assert_balances(server)
        self.assertGreater(ledger["stored"], before["stored"], "no made-up event was stored")
        self.assertGreater(ledger["rejected"], 0)


if __name__ == "__main__":
    harness.main()
