"""weir itself: `weir serve` on a folder of its own, over loopback, the senders on the same cores."""
import http.client
import json
import pathlib
import re
import subprocess
import time

from . import http_load, measure
from .events import WINDOW_S, Feed
from .failures import Failed, Unavailable
from .peer import Peer, Run, Variant

DURABLE = "fsync before the 2xx"
LIVE = "5 min each 1 s as events come"


class Weir(Peer):
    name = "weir"
    variants = (Variant("same file, 1 MB a request", DURABLE, LIVE), Variant("weir stream", DURABLE, LIVE))

    def __init__(self, binary: pathlib.Path, rows_csv: pathlib.Path):
        self.binary, self.rows_csv = binary, rows_csv

    def install(self, cache):
        try:
            answer = subprocess.run([self.binary, "--version"], capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"{self.binary} does not run: {error}") from None
        return answer.stdout.split()[-1]

    def run(self, variant, feed, work):
        command = [self.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", work / "data"]
        with measure.server(command, work / "log", lambda log: re.search(r"listening on (http://127\.0\.0\.1:(\d+))", log)) as (process, found):
            url, port = found.group(1), int(found.group(2))
            began_ms, before = int(time.time() * 1000), measure.cpu_seconds(process.pid)
            if variant.name == "weir stream":
                seconds, counts = self._stream(url, feed.events), None
            else:
                [file] = feed.files
                seconds = http_load.post(port, "/v1/events", "application/x-ndjson", file, measure.RUN_LIMIT)
            cpu = measure.cpu_seconds(process.pid) - before
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            if variant.name != "weir stream":
                counts = windows(connection, feed)
            return Run(seconds, cpu, measure.peak_mib(process.pid), counts, None if counts is not None else totals(connection, began_ms),
                       get(connection, "/v1/ledger")["stored"])

    def _stream(self, url, events):
        """The producer as it is shipped, which stamps each event with the time that it is sent."""
        command = [self.binary, "stream", self.rows_csv, "--to", url, "--limit", str(events), "--rate", "max", "--output", "json", "--progress", "never"]
        summary = measure.job(command)
        if summary["acknowledged"] != events:
            raise Failed(f"weir stream: {summary['acknowledged']} of {events} events were acknowledged")
        return summary["seconds"]


def get(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise Failed(f"{path}: answered {answer.status}: {body[:200].decode(errors='replace')}")
    return json.loads(body)


def windows(connection, feed: Feed):
    counts = {}
    for start_ms in sorted({start for start, _ in feed.windows(60)}):
        row = get(connection, f"/v1/windows/{start_ms + WINDOW_S * 1000}")
        counts.update({(start_ms, county): n for county, n in row["counts"].items()})
    return counts


def totals(connection, since_ms: int):
    end_ms = int(time.time() * 1000) // 1000 * 1000 + 1000
    return get(connection, f"/v1/counts?from={since_ms // 1000 * 1000}&to={end_ms}")["counts"]
