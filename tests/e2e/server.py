"""One `weir serve`, started and stopped by a test."""

import json
import re
import signal
import subprocess
import threading
import time

from events import ndjson, now_ms
from process import PATIENCE, start_weir
from wire import request

LISTENING = re.compile(r"""(?:listening on |"url":")http://127\.0\.0\.1:(\d+)""")
START_TIMEOUT = 60.0


def wait_until(condition, timeout=60.0, what="condition"):
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.02)


class Server:
    """One `weir serve` on a folder. `start` and `stop` may alternate; the folder keeps its data."""

    def __init__(self, folder, *flags, port=0, env=None, token=None):
        self.folder, self.flags, self.wanted_port, self.env, self.token = folder, flags, port, env, token
        self.process = None
        self.port = None
        self.log = []

    def spawn(self):
        self.process = start_weir(
            "serve", "--listen", f"127.0.0.1:{self.wanted_port}", "--data-dir", self.folder, *self.flags,
            stdout=subprocess.DEVNULL, env=self.env,
        )
        self.listening = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        return self

    def _read(self, process):
        for raw in process.stderr:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            self.log.append(line)
            found = LISTENING.search(line)
            if found:
                self.port = int(found.group(1))
                self.listening.set()
        process.stderr.close()
        self.listening.set()

    def start(self):
        self.port = None
        self.spawn()
        self.listening.wait(START_TIMEOUT * PATIENCE)
        if self.port is None:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not start:\n" + "\n".join(self.log[-50:]))
        wait_until(lambda: self.ready(), START_TIMEOUT, "readyz")
        return self

    def ready(self):
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=60.0):
        try:
            status = self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not end:\n" + "\n".join(self.log[-50:])) from None
        self.reader.join(60)
        return status

    def stop(self, timeout=60.0):
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(60)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # HTTP ------------------------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None, timeout=120.0):
        sent = dict(headers or {})
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        return request(self.port, method, path, body, sent, timeout)

    def get(self, path, headers=None, timeout=120.0):
        return self.request("GET", path, headers=headers, timeout=timeout)

    def post(self, body, batch_id=None, content_type="application/x-ndjson", headers=None, query="", timeout=120.0):
        sent = {"Content-Type": content_type}
        if batch_id is not None:
            sent["Idempotency-Key"] = batch_id
        sent.update(headers or {})
        return self.request("POST", "/v1/events" + query, body, sent, timeout)

    def post_events(self, events, batch_id=None, **more):
        return self.post(ndjson(events), batch_id, **more)

    def ledger(self):
        return self.get("/v1/ledger").expect(200).json

    def events(self, start_ms=None, end_ms=None, suffix=""):
        """All raw events of a range, read by the public interface. The default is everything that retention keeps."""
        start = now_ms() - 6 * 86_400_000 if start_ms is None else start_ms
        end = now_ms() + 120_000 if end_ms is None else end_ms
        answer = self.get(f"/v1/events?from={start}&to={end}{suffix}", timeout=120).expect(200)
        return [json.loads(line) for line in answer.body.splitlines()]

    def dead_letters(self, after=0):
        letters = []
        while True:
            page = self.get(f"/v1/dead-letters?after={after}&limit=1000").expect(200).json
            letters += page["dead_letters"]
            if page["next"] is None:
                return letters
            after = page["next"]

    def counts(self, start_ms, end_ms):
        return self.get(f"/v1/counts?from={start_ms}&to={end_ms}").expect(200).json
