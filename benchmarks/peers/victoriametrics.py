"""VictoriaMetrics, single binary, over HTTP on loopback: a sample of county and time an event, since it stores no raw events."""
import json
import pathlib
import socket
import urllib.error
import urllib.parse
import urllib.request

from . import http_load, install, measure
from .events import SPAN_MS, WINDOW_S
from .peer import Peer, Run, Variant

VERSION = "1.136.0"
MODULE = "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"


class VictoriaMetrics(Peer):
    name = "VictoriaMetrics"
    variants = (Variant("county and time only, 1 MB a request", "seconds after the 2xx; keeps no raw events", "count_over_time, when asked"),)

    def install(self, cache):
        self.binary = install.go_program(cache, MODULE, VERSION)
        return VERSION

    def run(self, variant, feed, work):
        [file] = feed.files
        lines = work / "lines"
        influx_lines(file, lines)
        port = free_port()
        command = [self.binary, f"-storageDataPath={work}/data", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=1y", "-loggerLevel=ERROR"]
        with measure.server(command, work / "log", lambda _: answers(port)) as (process, _):
            before = measure.cpu_seconds(process.pid)
            seconds = http_load.post(port, "/write?precision=ms", "text/plain", lines, measure.RUN_LIMIT)
            cpu = measure.cpu_seconds(process.pid) - before
            get(port, "/internal/force_flush")  # else the newest samples show seconds later
            return Run(seconds, cpu, measure.peak_mib(process.pid), windows(port, feed.start_ms))


def influx_lines(file: pathlib.Path, target: pathlib.Path) -> None:
    """Made before the clock starts: it parses no JSON."""
    with open(file, encoding="utf-8") as events, open(target, "w", encoding="utf-8") as lines:
        for event in map(json.loads, events):
            lines.write(f"event,county={event['County'].replace(' ', chr(92) + ' ')} n=1 {event['ts']}\n")


def free_port() -> int:
    """It takes no port 0, so one that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, **query) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(query)}", timeout=60) as answer:
        return answer.read()


def answers(port) -> bool:
    try:
        get(port, "/health")
        return True
    except (urllib.error.URLError, ConnectionError):
        return False


def windows(port, start_ms):
    counts = {}
    for start in range(start_ms - WINDOW_S * 1000 + 60_000, start_ms + SPAN_MS, 60_000):
        query = f"sum(count_over_time(event_n[{WINDOW_S}s])) by (county)"
        answer = json.loads(get(port, "/api/v1/query", query=query, time=f"{start / 1000 + WINDOW_S - 0.001:.3f}", nocache=1))
        counts.update({(start, row["metric"]["county"]): int(row["value"][1]) for row in answer["data"]["result"]})
    return counts
