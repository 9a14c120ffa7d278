#!/usr/bin/env python3
"""Measures weir on this machine and prints one table: figure, minimum / median / maximum, and its ratio to the in-process limit
measured in the same run. What each figure means: benchmarks/README.md. Needs the release build; Python's standard library only."""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = ROOT / "data" / "recommended_fishing_rivers_and_streams.csv"
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A `weir serve` on a free port and a temporary folder; stopped and removed at the end."""

    def __init__(self, weir, work):
        self.folder = tempfile.mkdtemp(dir=work)
        self.process = subprocess.Popen([weir, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.folder + "/data"],
                                        stderr=subprocess.PIPE, text=True)
        self.url = None
        for line in self.process.stderr:
            if found := re.search(r"listening on (http://127\.0\.0\.1:(\d+))", line):
                self.url, self.port = found.group(1), int(found.group(2))
                break
        if not self.url:
            raise SystemExit("benchmarks/run.py: the server did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def stream(weir, url, events, *flags):
    """Streams `events` real rows; the summary as a dict."""
    run = subprocess.run([weir, "stream", str(ROWS), "--to", url, "--limit", str(events), "--output", "json", "--progress", "never", *flags],
                         stdout=subprocess.PIPE, text=True, check=False, timeout=1200)
    summary = json.loads(run.stdout)
    if run.returncode != 0 or summary["acknowledged"] != events:
        raise SystemExit(f"benchmarks/run.py: weir stream failed: {run.stdout}")
    return summary


def ingest(weir, work, events, flags):
    """(events/s, server CPU s per million, client CPU s per million) of one run on a fresh server."""
    with Server(weir, work) as server:
        before, children = server.cpu_seconds(), os.times()
        summary = stream(weir, server.url, events, "--rate", "max", *flags)
        after = os.times()
        client = after.children_user + after.children_system - children.children_user - children.children_system
        return events / summary["seconds"], (server.cpu_seconds() - before) / events * 1e6, client / events * 1e6


def freshness(weir, work, rate, probes=200):
    """Milliseconds from a probe's acknowledgement to the first live window that counts it, under load at `rate`."""
    with Server(weir, work) as server:
        load = subprocess.Popen([weir, "stream", str(ROWS), "--to", server.url, "--loop", "--rate", f"{int(rate)}/s", "--progress", "never"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            sender, reader = (http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(2))
            waits = []
            for n in range(1, probes + 1):
                now = int(time.time() * 1000)
                body = json.dumps({"event_id": f"probe-{n:06}", "ts": now, "County": "probe"})
                sender.request("POST", "/v1/events", body, {"Content-Type": "application/x-ndjson"})
                answer = sender.getresponse()
                answer.read()
                acknowledged = time.perf_counter()
                if answer.status != 200:
                    raise SystemExit(f"benchmarks/run.py: probe answered {answer.status}")
                while True:
                    reader.request("GET", "/v1/windows/live")
                    row = json.loads(reader.getresponse().read())
                    if row["counts"].get("probe", 0) >= n:
                        break
                waits.append((time.perf_counter() - acknowledged) * 1e3)
                time.sleep(0.01)
            return waits
        finally:
            load.send_signal(signal.SIGINT)
            load.wait(timeout=60)


def memory(weir, work, events, flags):
    """Resident bytes each half second while `events` are taken at full rate, and the rate."""
    with Server(weir, work) as server:
        samples, done = [], threading.Event()

        def sample():
            while not done.wait(0.5):
                samples.append(server.resident_bytes())

        watcher = threading.Thread(target=sample)
        watcher.start()
        summary = stream(weir, server.url, events, "--rate", "max", *flags)
        done.set()
        watcher.join()
        tenth = max(1, len(samples) // 10)
        return {"events_per_second": events / summary["seconds"], "max_mib": max(samples) / 2**20,
                "second_tenth_mib": statistics.median(samples[tenth:2 * tenth] or samples) / 2**20,
                "last_tenth_mib": statistics.median(samples[-tenth:]) / 2**20}


def limit(bench, work, events, threads):
    folder = tempfile.mkdtemp(dir=work)
    try:
        out = subprocess.run([bench, str(ROWS), str(events), "1048576", folder, "--threads", str(threads)], check=True, stdout=subprocess.PIPE,
                             text=True, timeout=600).stdout
        return json.loads(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def spread(values):
    return min(values), statistics.median(values), max(values)


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build" / "release" / "bin"), help="folder of weir and inprocess_bench")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--soak-events", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="200,000 events, one repeat, no soak")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.events, arguments.repeat, arguments.soak_events = 200_000, 1, 0
    weir, bench = arguments.build + "/weir", arguments.build + "/inprocess_bench"
    result, rows = {}, []

    def row(figure, values, unit, ratio=""):
        low, middle, high = spread(values)
        digits = 0 if high >= 1000 else 2
        rows.append((figure, f"{low:,.{digits}f}", f"{middle:,.{digits}f}", f"{high:,.{digits}f}", unit, ratio))
        result[figure] = {"min": low, "median": middle, "max": high, "unit": unit, "ratio_to_limit": ratio or None}
        print(f"  {figure}: {middle:,.{digits}f} {unit}", file=sys.stderr)

    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        runs = {"limit": [], "plain": [], "zstd": []}
        for _ in range(arguments.repeat):  # in turn, so that a drift of the machine meets all alike
            runs["limit"].append(limit(bench, work, arguments.events, 2))
            runs["plain"].append(ingest(weir, work, arguments.events, ["--compress", "none", "--batch-events", "100000"]))
            runs["zstd"].append(ingest(weir, work, arguments.events, ["--compress", "zstd", "--batch-events", "100000"]))
        base_rate = statistics.median(r["events_per_second"] for r in runs["limit"])
        base_cpu = statistics.median(r["cpu_seconds_per_million"] for r in runs["limit"])
        row("limit, 2 threads in process", [r["events_per_second"] for r in runs["limit"]], "events/s")
        row("limit, CPU", [r["cpu_seconds_per_million"] for r in runs["limit"]], "s/million")
        for name in ("plain", "zstd"):
            rates, server, client = zip(*runs[name])
            row(f"ingest, {name} 1 MB bodies", rates, "events/s", f"{statistics.median(rates) / base_rate:.2f}")
            row(f"ingest, {name}, server CPU", server, "s/million", f"{statistics.median(server) / base_cpu:.2f}")
            row(f"ingest, {name}, producer CPU", client, "s/million")
        half = statistics.median(r[0] for r in runs["plain"]) / 2
        waits = [freshness(weir, work, half, 50 if arguments.quick else 200) for _ in range(arguments.repeat)]
        row("freshness at half rate, p50", [percentile(w, 50) for w in waits], "ms")
        row("freshness at half rate, p99", [percentile(w, 99) for w in waits], "ms")
        if arguments.soak_events:
            soak = memory(weir, work, arguments.soak_events, ["--batch-events", "100000"])
            row(f"memory over {arguments.soak_events:,} events, max", [soak["max_mib"]], "MiB")
            row("memory, second tenth", [soak["second_tenth_mib"]], "MiB")
            row("memory, last tenth", [soak["last_tenth_mib"]], "MiB")
            row("rate over the soak", [soak["events_per_second"]], "events/s")
    if arguments.json:
        json.dump(result, sys.stdout, indent=1)
        print()
        return
    widths = [max(len(r[i]) for r in rows + [("figure", "min", "median", "max", "unit", "of limit")]) for i in range(6)]
    for line in [("figure", "min", "median", "max", "unit", "of limit")] + rows:
        print("  ".join(c.ljust(widths[i]) if i in (0, 4) else c.rjust(widths[i]) for i, c in enumerate(line)).rstrip())


if __name__ == "__main__":
    main()
