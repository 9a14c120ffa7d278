"""What `weir serve` logs: one fact a line, in a form that a program can read, and never a secret."""

import json
import re
import signal

import harness
from harness import DATA_SET, Server, TestCase, event, finish, ndjson, now_ms, start_weir, wait_until, weir

TOKEN = "a-secret-token-of-many-letters"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Logs(TestCase):
    def token_file(self, mode=0o600):
        path = self.folder() / "token"
        path.write_text(TOKEN + "\n")
        path.chmod(mode)
        return path

    def lines_of_json(self, text):
        """Every line, read; each is one object with the three fields that all have."""
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            self.assertRegex(line["time"], TIME)
            self.assertIn(line["level"], ("info", "warning", "error"))
            self.assertTrue(line["message"])
            self.assertTrue(all(isinstance(value, str) for value in line.values()), line)
        return lines

    def run_server(self, *flags, folder=None):
        """A server that is given something of everything; what it logged."""
        token = self.token_file()
        server = Server(folder or self.folder() / "data", "--token-file", token, *flags, token=TOKEN)
        self.addCleanup(server.stop)
        server.start()
        secret = ndjson([event("s", 1, now_ms(), "Kent", note="payload-that-is-nobodys-business")])
        server.post(secret).expect(200)
        server.post(secret + b"payload-that-is-broken\n").expect(422)
        server.post(secret, headers={"Authorization": f"Bearer {TOKEN}x"}).expect(401)
        server.get(f"/v1/ledger?token={TOKEN}").expect(400)
        server.request("GET", "/v1/rows/latest", headers={"Authorization": "Bearer wrong-token-that-was-typed"}).expect(401)
        self.assertEqual(server.stop(), 0)
        return "\n".join(server.log) + "\n"

    def test_json_is_json_from_the_first_line_to_the_last(self):
        lines = self.lines_of_json(self.run_server("--log-format", "json"))
        messages = [line["message"] for line in lines]
        self.assertEqual(messages[0], "weir is ready")
        self.assertIn("listening", messages)
        self.assertRegex(" ".join(messages), "draining")
        self.assertEqual(messages[-1], "weir has stopped")
        self.assertEqual((lines[-1]["received"], lines[-1]["stored"], lines[-1]["duplicates"], lines[-1]["rejected"]), ("3", "1", "1", "1"))

    def test_errors_and_warnings_are_json_too(self):
        folder = self.folder() / "data"
        with Server(folder):
            taken = weir("serve", "--listen", "127.0.0.1:0", "--data-dir", folder, "--log-format", "json")
        self.assert_status(taken, 3)
        last = self.lines_of_json(taken.err)[-1]
        self.assertEqual((last["level"], last["reason"]), ("error", "store-in-use"))
        self.assertIn("--data-dir", last["hint"])

        open_to_all = self.token_file(mode=0o644)
        process = start_weir("serve", "--listen", "127.0.0.1:0", "--data-dir", self.folder() / "d", "--token-file", open_to_all, env={"WEIR_LOG_FORMAT": "json"})
        first = process.stderr.readline().decode()
        process.send_signal(signal.SIGTERM)
        finish(process)
        warning = self.lines_of_json(first)[0]
        self.assertEqual(warning["level"], "warning")
        self.assertIn(str(open_to_all), warning["message"])

    def test_no_secret_and_nothing_of_an_event_is_logged(self):
        for form in ("text", "json"):
            with self.subTest(form):
                logged = self.run_server("--log-format", form)
                for word in (TOKEN, "wrong-token", "payload-that-is", "Kent"):
                    self.assertNotIn(word, logged)

    def test_a_level_leaves_out_what_is_below_it(self):
        port = harness.free_port()
        process = start_weir("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", self.folder() / "d", "--log-format", "json", "--log-level", "warning")

        def answers():
            try:
                return harness.request(port, "GET", "/readyz").status == 200
            except OSError:
                return False

        wait_until(answers, what="readyz")
        process.send_signal(signal.SIGTERM)
        done = finish(process)
        self.assertEqual((done.status, done.err), (0, ""))

    def test_a_folder_with_a_line_break_in_its_name_makes_no_line(self):
        for form in ("text", "json"):
            with self.subTest(form):
                folder = self.folder() / "two\nlines"
                logged = self.run_server("--log-format", form, folder=folder)
                if form == "json":
                    self.assertEqual(self.lines_of_json(logged)[0]["data"], str(folder))
                for line in logged.splitlines():
                    self.assertFalse(line.startswith("lines"), logged)

    def test_the_commands_of_a_person_speak_text(self):
        done = weir("stream", DATA_SET, "--to", f"http://127.0.0.1:{harness.free_port()}", "--limit", "1", "--retry-for", "1s", env={"WEIR_LOG_FORMAT": "json"})
        self.assertTrue(done.err.startswith("weir: "), done.err)


if __name__ == "__main__":
    harness.main()
