"""Goals 3, 8, 9 and 10: single steps, the producer, the start."""
import json
import os
import resource
import subprocess
import time

from .machine import ROWS, Failed, Server, percentile


def measure_core(machine, figures):
    """How fast this core is, by the work that the goals are scaled with."""
    seconds = machine.times(lambda: machine.tool("micro_bench", "zstd", ROWS)["cpu_seconds_per_million"])
    figures.add("0", "zstd level 1 of a million events with random ids", seconds, "CPU s", note="goals are for 0.9")
    figures.scale = figures.rows[-1]["median"] / 0.9


def measure_windows(machine, figures):
    few = machine.times(lambda: machine.tool("micro_bench", "panes", 62))
    figures.add("3", "count an event into its pane, 62 keys", [r["ns_per_event"] for r in few], "ns", most=10, scaled=True)
    figures.add("3", "move the window by a pane and take its top 10, 62 keys", [r["emit_ms"] for r in few], "ms")
    many = machine.times(lambda: machine.tool("micro_bench", "panes", 1_000_000))
    figures.add("3", "count an event into its pane, 1 M keys", [r["ns_per_event"] for r in many], "ns", most=60, scaled=True)
    figures.add("3", "move the window by a pane and take its top 10, 1 M keys", [r["emit_ms"] for r in many], "ms", most=0.5, scaled=True)
    figures.add("3", "a map of all keys of the window, 1 M keys", [r["sum_ms"] for r in many], "ms", note="for a stored row")
    figures.add("3", "  the store is locked meanwhile for", [r["locked_ms"] for r in many], "ms")
    figures.add("3", "memory of the panes, 1 M keys", [r["resident_bytes"] / 2**20 for r in many], "MiB", most=1300)


def measure_claims(machine, figures):
    runs = machine.times(lambda: machine.tool("micro_bench", "claims", 10_000))
    figures.add("8", "stored before? by producer and sequence, 10,000 producers", [r["ns_per_event"] for r in runs], "ns/event", most=15,
                scaled=True)
    figures.add("8", "  all producers mixed in every batch", [r["mixed_ns_per_event"] for r in runs], "ns/event")


def producing(machine, *flags):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([machine.weir, "stream", ROWS, "--to", "-", "--output", "json", "--progress", "never", *flags],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(run.stderr), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lateness(machine, rate, seconds):
    """Milliseconds that events come out after they were due (their ts), read from the producer's standard output."""
    stream = subprocess.Popen([machine.weir, "stream", ROWS, "--to", "-", "--limit", str(rate * seconds), "--rate", f"{rate}/s",
                               "--batch-events", "100", "--linger", "1ms", "--compress", "none", "--output", "json", "--progress", "never"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    waits, tail = [], b""
    while chunk := os.read(stream.stdout.fileno(), 1 << 16):
        now = time.time()
        last = (tail + chunk).rfind(b'"ts":"')
        if last >= 0 and len(tail + chunk) - last > 30:
            text = (tail + chunk)[last + 6:last + 30].decode()
            due = time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(text[19:23])
            waits.append((now - due) * 1e3)
        tail = chunk[-200:]
    summary = json.loads(stream.stderr.read())
    stream.wait(timeout=60)
    return waits, summary


def measure_producer(machine, figures):
    events = machine.events(1_000_000)
    cpu = []
    for _ in range(machine.repeat):
        summary, seconds = producing(machine, "--limit", str(events), "--rate", "max", "--batch-events", "100000")
        if summary["sent"] != events:
            raise Failed("weir stream did not send all")
        cpu.append(events / seconds)
    figures.add("9", "producer: events prepared per CPU second", cpu, "events/s", least=1_000_000, scaled=True)
    waits, summary = lateness(machine, 100_000, 2 if machine.quick else 10)
    figures.add("9", "  --rate 100000/s is off by", abs(summary["rate"] / 100_000 - 1) * 100, "%", most=0.5)
    figures.add("9", "  p99 lateness of an event", percentile(waits, 99), "ms", most=5)


def measure_start(machine, figures):
    def start():
        with Server(machine) as server:
            return server.seconds_to_listen * 1e3

    def help_text():
        began = time.perf_counter()
        machine.run_weir("--help")
        return (time.perf_counter() - began) * 1e3

    figures.add("10", "weir serve on an empty folder answers after", [start() for _ in range(10)], "ms", most=25)
    figures.add("10", "weir --help", [help_text() for _ in range(20)], "ms", most=10)
