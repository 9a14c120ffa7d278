#!/usr/bin/env python3
"""Measures the store function under AWS' own Lambda Runtime Interface Emulator, beside the same work in Python, and prints one table:
minimum / median / maximum of the repeats, and Python's median as a multiple. What is and is not measured: benchmarks/README.md.
    build/aws_venv/bin/python benchmarks/aws/run.py [--repeats N] [--quick] [--json] [--check]      (script/package first)"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tests/aws_e2e")]

from emulator import PYTHON, Emulator, unpack  # noqa: E402
from ministack import ZIP  # noqa: E402

ROWS = ROOT / "data/recommended_fishing_rivers_and_streams.csv"
TICK = os.sysconf("SC_CLK_TCK")
BATCH = 1000
MAX_ZIP_BYTES = 6 * 2**20
# figure: (unit, goal, floor). Goal and floor are Python's part; --check wants the floor, far enough below the goal that only a large
# regression falls under it, whatever else the machine does.
FIGURES = {"init": ("ms", None, 10), "first answer": ("ms", 10, 10), "CPU to it": ("ms", None, None), "warm, one event": ("ms", None, None),
           "warm, 1,000 events": ("ms", None, None), "peak memory": ("MiB", 4, 3), "CPU per million events": ("s", 20, 12)}
PYTHON_ROWS = "python, rows"


def real_rows(weir):
    """The rows of the data as weir's events, as dictionaries."""
    run = subprocess.run([weir, "stream", ROWS, "--limit", str(BATCH), "--to", "-", "--format", "json", "--progress", "never"],
                         capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


class Messages:
    """Events for the function, as Lambda makes them; no two alike."""

    def __init__(self, rows):
        self.rows, self.made = rows, 0

    def event(self, events):
        self.made += 1
        now = time.time()
        ts = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        lines = [json.dumps(row | {"event_id": f"bench{self.made}-{n:06}", "ts": ts}) for n, row in enumerate(self.rows[:events], 1)]
        envelope = f'{{"weir":1,"batch_id":"bench{self.made}-b1","content_type":"application/x-ndjson"}}'
        return json.dumps({"Records": [{
            "messageId": f"00000000-0000-4000-8000-{self.made:012}", "receiptHandle": "handle", "body": envelope + "\n" + "\n".join(lines),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(now * 1000)), "SenderId": "1"},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
            "awsRegion": "us-east-1"}]}).encode()


def wait_to_listen(port):
    limit = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.005)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def scheduled_ms(pid):
    """Time on a processor of the threads that there are, finer than the kernel's clock ticks."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def init_ms(log):
    """What the emulator says of the start: from the process's to its first request for an invocation."""
    return float(re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", log).group(1))


def requests_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/requests")
    return collections.Counter(json.loads(connection.getresponse().read()))


def measure(command, environment, messages, stub_port, calls):
    """One environment of the function, from its start."""
    def timed(event):
        start = time.monotonic()
        answer = function.invoke(event)
        if answer != {"batchItemFailures": []}:
            raise SystemExit(f"benchmarks/aws/run.py: {command}: {answer}\n{function.text()}")
        return (time.monotonic() - start) * 1000

    with Emulator(command, environment) as function:
        wait_to_listen(function.port)
        figures = {"first answer": timed(messages.event(1))}
        figures["init"] = init_ms(function.text())
        figures["CPU to it"] = scheduled_ms(function.runtime)
        figures["warm, one event"] = statistics.median(timed(messages.event(1)) for _ in range(20))
        timed(messages.event(BATCH))  # buffers grow once
        events = [messages.event(BATCH) for _ in range(calls)]
        stored, before = requests_of(stub_port), cpu_seconds(function.runtime)
        figures["warm, 1,000 events"] = statistics.median(timed(event) for event in events)
        figures["CPU per million events"] = (cpu_seconds(function.runtime) - before) * 1e6 / (calls * BATCH)
        figures["peak memory"] = peak_mib(function.runtime)
        return figures, requests_of(stub_port) - stored


def check_same_work(name, done, calls):
    """That every function has sent what it should have."""
    least = calls * (2 if name == "weir, blocks" else BATCH + 1)
    if done["items"] < least or done["PutItem"] < calls:
        raise SystemExit(f"benchmarks/aws/run.py: {name} wrote {dict(done)}; {calls} markers and {least} items were expected")


def table(results, archive):
    def text(value):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    lines = ["| figure | | min | median | max | Python's is | goal |", "|---|---|---|---|---|---|---|"]
    for figure, (unit, goal, _) in FIGURES.items():
        python = statistics.median(results[PYTHON_ROWS][figure])
        for name, figures in results.items():
            values = figures[figure]
            ratio = python / statistics.median(values)
            mine = name != PYTHON_ROWS
            lines.append(f"| {figure}, {unit} | {name} | {text(min(values))} | {text(statistics.median(values))} | {text(max(values))} | "
                         f"{f'{ratio:.1f} x' if mine else ''} | {f'{goal} x' if mine and goal else ''} |")
    lines.append(f"| zip, MiB | weir | | {archive.stat().st_size / 2**20:.2f} | | | at most {MAX_ZIP_BYTES / 2**20:.0f} |")
    return "\n".join(lines)


def below_floors(results, zip_bytes):
    """One line for each figure that is worse than its floor."""
    lines = [f"the zip has {zip_bytes:,} bytes; at most {MAX_ZIP_BYTES:,} are let pass"] if zip_bytes > MAX_ZIP_BYTES else []
    for figure, (unit, _, floor) in FIGURES.items():
        python = statistics.median(results[PYTHON_ROWS][figure])
        for name in sorted(set(results) - {PYTHON_ROWS} if floor else ()):
            mine = statistics.median(results[name][figure])
            if mine * floor > python:
                lines.append(f"{figure}, {name}: {mine:.2f} {unit} beside Python's {python:.2f}: {python / mine:.1f} x, at least {floor} x is wanted")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one repeat")
    parser.add_argument("--json", action="store_true", help="all figures, for machines")
    parser.add_argument("--check", action="store_true", help="end with 1 when a figure is below its floor (far below the goals)")
    parser.add_argument("--weir", default=ROOT / "build/release/bin/weir", help="the program that makes the events")
    parser.add_argument("--zip", type=pathlib.Path, default=ZIP, help="the functions' program")
    arguments = parser.parse_args()
    messages = Messages(real_rows(arguments.weir))
    results = collections.defaultdict(lambda: collections.defaultdict(list))
    stub = subprocess.Popen([sys.executable, "-B", HERE / "dynamodb_stub.py"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(stub.stdout.readline())
        environment = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
                       "AWS_EC2_METADATA_DISABLED": "true", "WEIR_EVENTS_TABLE": "events", "WEIR_AGGREGATES_TABLE": "aggregates"}
        with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
            program = unpack(folder, arguments.zip)
            functions = {
                "weir, rows": ([program, "store"], {"WEIR_LAYOUT": "rows"}, 100),
                "weir, blocks": ([program, "store"], {"WEIR_LAYOUT": "blocks"}, 100),
                PYTHON_ROWS: ([PYTHON, "-m", "awslambdaric", "store.handler"], {"PYTHONPATH": str(HERE / "python_handler")}, 20),
            }
            repeats = 1 if arguments.quick else arguments.repeats
            for repeat in range(1, repeats + 1):
                for name, (command, more, calls) in functions.items():
                    figures, done = measure(command, environment | more, messages, port, calls)
                    check_same_work(name, done, calls)
                    print(f"{repeat} of {repeats}: {name}", file=sys.stderr, flush=True)
                    for figure, value in figures.items():
                        results[name][figure].append(value)
    finally:
        stub.terminate()
        stub.wait()
    print(json.dumps(results, indent=1) if arguments.json else table(results, arguments.zip))
    missed = below_floors(results, arguments.zip.stat().st_size) if arguments.check else []
    print(*missed, sep="\n", end="\n" if missed else "", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
