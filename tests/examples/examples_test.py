"""The programs of examples/ and the curl lines of the README, as a reader would run them, against a real server."""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
from harness import DATA_SET, ROOT, TestCase, free_port, wait_until  # noqa: E402

sys.path.insert(0, str(pathlib.Path(ROOT) / "examples"))

import verify_webhook  # noqa: E402

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a secret....").decode()


def command_of(name, *words):
    return [sys.executable, "-B", str(pathlib.Path(ROOT) / "examples" / name), *map(str, words)]


def example(name, *words):
    return subprocess.run(command_of(name, *words), capture_output=True, text=True, timeout=60 * harness.PATIENCE, check=False)


class Examples(TestCase):
    def test_the_rows_of_a_file_are_stored_once_however_often_they_are_sent(self):
        server = self.serve()
        words = (DATA_SET, "--url", server.url, "--run", "py1", "--start", harness.rfc3339(harness.now_ms()))
        rows = len(harness.data_rows())
        first = example("send_events.py", *words)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(json.loads(first.stdout), {"run": "py1", "received": rows, "stored": rows, "duplicates": 0, "rejected": 0})
        again = example("send_events.py", *words)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(len(server.events()), rows)
        self.assert_audit_passes(server)

        window = example("read_window.py", "--url", server.url, "--top", 1)
        self.assertEqual(window.returncode, 0, window.stderr)
        self.assertIn(f"{rows} events, 55 keys", window.stdout)
        self.assertEqual(window.stdout.splitlines()[1].split(), ["34", "Delaware"])

        live = example("follow_live.py", "--url", server.url, "--count", 1)
        self.assertEqual(live.returncode, 0, live.stderr)
        self.assertIn(f"{rows} events  Delaware 34", live.stdout)

    def test_events_wait_for_a_server_that_is_away(self):
        folder = self.folder() / "data"
        port = free_port()
        words = (DATA_SET, "--url", f"http://127.0.0.1:{port}", "--run", "py2", "--batch", 200, "--patience", 600)
        sending = subprocess.Popen(command_of("send_events.py", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(sending.wait)
        self.addCleanup(sending.kill)
        self.assertIn("again in", sending.stderr.readline())
        self.serve(folder=folder, port=port)
        out, err = sending.communicate(timeout=120 * harness.PATIENCE)
        self.assertEqual(sending.returncode, 0, err)
        self.assertEqual(json.loads(out)["stored"], len(harness.data_rows()))

    def test_a_token_is_taken_from_its_file(self):
        token = self.folder() / "token"
        token.write_text("0123456789abcdef0123\n")
        token.chmod(0o600)
        server = self.serve("--token-file", token, token="0123456789abcdef0123")
        self.assertNotEqual(example("read_window.py", "--url", server.url).returncode, 0)
        for name, words in (("send_events.py", (DATA_SET,)), ("read_window.py", ()), ("follow_live.py", ("--count", 1))):
            done = example(name, *words, "--url", server.url, "--token-file", token)
            self.assertEqual(done.returncode, 0, done.stderr)


class Webhook(TestCase):
    def test_every_closed_window_arrives_signed(self):
        secret = self.folder() / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        command = [sys.executable, "-B", "-u", str(pathlib.Path(ROOT) / "examples" / "verify_webhook.py"), "--secret-file", str(secret), "--port", "0"]
        receiver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(receiver.stdout.close)
        self.addCleanup(receiver.wait)
        self.addCleanup(receiver.kill)
        url = re.search(r"http://\S+", receiver.stdout.readline()).group()
        server = self.serve("--window", "2s", "--slide", "1s", "--lateness", "1s", "--webhook", url, "--webhook-secret-file", secret)
        event = harness.event("r1", 1, harness.now_ms() + 5_000, "Kent")  # whose window has not ended before it comes
        self.assertEqual(server.post_events([event]).status, 200)
        lines = []
        threading.Thread(target=lambda: lines.extend(iter(receiver.stdout.readline, "")), daemon=True).start()
        wait_until(lambda: any(", final" in line and " 1 events" in line for line in list(lines)), what="a final row of one event")

    def test_what_is_not_signed_or_old_is_refused(self):
        body = b'{"data":{}}'

        def headers(at, key=base64.b64decode(SECRET.removeprefix("whsec_"))):
            mac = hmac.new(key, f"id.{at}.".encode() + body, hashlib.sha256).digest()
            return {"webhook-id": "id", "webhook-timestamp": str(at), "webhook-signature": "v1,bad v1," + base64.b64encode(mac).decode()}

        verify_webhook.verify(SECRET, headers(1000), body, now=1200)
        for given, content, now in (
            (headers(1000), body, 1301),
            (headers(1000), body + b" ", 1000),
            (headers(1000, b"another"), body, 1000),
            ({**headers(1000), "webhook-id": "other"}, body, 1000),
            ({}, body, 1000),
        ):
            with self.assertRaises(ValueError):
                verify_webhook.verify(SECRET, given, content, now=now)


class Readme(TestCase):
    def test_its_curl_lines_do_what_they_say(self):
        """Every curl of the README that speaks to port 8080, as a shell would run it."""
        server = self.serve()
        text = (pathlib.Path(ROOT) / "README.md").read_text()
        commands = re.findall(r"^    (curl .*?127\.0\.0\.1:8080.*?(?:<<EOF\n.*?^    EOF)?)$", text, re.M | re.S)
        self.assertGreaterEqual(len(commands), 4)
        for command in commands:
            command = re.sub(r"^    ", "", command, flags=re.M).replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
            command = command.replace("curl -N ", "curl -N --max-time 10 ")
            done = subprocess.run(["bash", "-c", "set -o pipefail\n" + command.replace("curl ", "curl --fail-with-body -sS ", 1)],
                                  capture_output=True, text=True, timeout=120 * harness.PATIENCE, check=False)
            followed = "--max-time" in command and done.returncode == 28 and "event: window" in done.stdout
            self.assertTrue(done.returncode == 0 or followed, f"{command}\n{done.stdout}{done.stderr}")
        self.assertGreaterEqual(server.ledger()["stored"], 3)
        self.assert_balances(server)


if __name__ == "__main__":
    harness.main()
