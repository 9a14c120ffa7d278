#!/usr/bin/env python3
"""The packed program itself: one static file that starts with nothing around it, and is small. Needs script/package to have run."""
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ZIP = pathlib.Path(os.environ.get("WEIR_LAMBDA_ZIP", ROOT / "build/lambda/weir-lambda.zip"))
MAX_BYTES = 6 * 1024 * 1024


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """Takes init errors; there is nothing to do."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class PackedProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        with zipfile.ZipFile(ZIP) as archive:
            cls.entries = archive.infolist()
            archive.extractall(cls.root)
        cls.program = cls.root / "bootstrap"
        cls.program.chmod(0o755)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_alone(self, environment):
        """Runs it with its own folder as the root: no library, no file, no name service of this machine."""
        # A user namespace of its own where chroot is not allowed.
        prefix = ["chroot"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
        return subprocess.run(prefix + [str(self.root), "/bootstrap"], env={"PATH": os.environ["PATH"]} | environment, capture_output=True,
                              text=True, timeout=300)

    def test_is_one_small_file_that_may_be_run(self):
        self.assertEqual([e.filename for e in self.entries], ["bootstrap"])
        self.assertEqual(self.entries[0].external_attr >> 16 & 0o777, 0o755)
        self.assertEqual(self.entries[0].date_time, (1980, 1, 1, 0, 0, 0))
        self.assertLessEqual(ZIP.stat().st_size, MAX_BYTES)

    def test_is_static(self):
        headers = subprocess.run(["readelf", "--program-headers", "--dynamic", "--wide", str(self.program)], capture_output=True, text=True,
                                 check=True).stdout
        self.assertNotIn("INTERP", headers)
        self.assertNotIn("NEEDED", headers)

    def test_says_what_it_is_when_a_person_runs_it(self):
        result = self.run_alone({})
        self.assertEqual(result.returncode, 2)
        self.assertIn("AWS_LAMBDA_RUNTIME_API", result.stderr)

    def test_starts_in_an_empty_root_and_reports_why_it_cannot_go_on(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        server.posts = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            result = self.run_alone({"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}", "_HANDLER": "store"})
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual([path for path, _ in server.posts], ["/2018-06-01/runtime/init/error"])
        self.assertEqual(server.posts[0][1]["errorType"], "configuration-invalid")
        self.assertIn("WEIR_EVENTS_TABLE is not set", server.posts[0][1]["errorMessage"])
        self.assertIn("the function cannot start", result.stderr)


if __name__ == "__main__":
    unittest.main()
