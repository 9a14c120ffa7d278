"""Goals 1, 2 and 5: large batches, small requests, freshness."""
import http.client
import json
import statistics
import subprocess
import time

from .machine import ROWS, Failed, Server, percentile

LARGE = 1700  # events of about 600 bytes in a body of 1 MB


def loaded(machine, events, per_request, connections, *flags):
    """One run into a fresh server: what the generator says, and the server's CPU seconds per million events."""
    with Server(machine) as server:
        before = server.cpu_seconds()
        result = machine.load(server, events, per_request, connections, *flags)
        result["server_cpu"] = (server.cpu_seconds() - before) / events * 1e6
        return result


def measure_ingest(machine, figures):
    million = machine.events(1_000_000)
    kinds = {"limit": lambda: machine.in_process(million),
             "plain": lambda: loaded(machine, million, LARGE, 4),
             "zstd": lambda: loaded(machine, million, LARGE, 4, "--zstd"),
             "hundred": lambda: loaded(machine, million // 2, 100, 64),
             "small": lambda: loaded(machine, million, 12_500, 4, "--payload", "small"),
             "random": lambda: loaded(machine, machine.events(500_000), 1100, 4, "--payload", "random")}
    runs = {kind: [] for kind in kinds}
    for _ in range(machine.repeat):  # by turns, so that a drift of the machine meets all alike
        for kind, run in kinds.items():
            runs[kind].append(run())

    def of(kind, name):
        return [run[name] for run in runs[kind]]

    rate, cpu = figures.add("1", "in-process limit, 2 threads", of("limit", "events_per_second"), "events/s"), None
    cpu = figures.add("1", "in-process limit, CPU", of("limit", "cpu_seconds_per_million"), "s/million")
    plain = figures.add("1", "1 MB bodies, plain", of("plain", "events_per_second"), "events/s")
    figures.add("1", "  of the in-process rate", plain / rate, "ratio", least=0.7)
    used = figures.add("1", "  server CPU", of("plain", "server_cpu"), "s/million", most=1.6, scaled=True)
    figures.add("1", "  of the in-process CPU", used / cpu, "ratio", most=1.15)
    figures.add("1", "1 MB bodies, zstd", of("zstd", "events_per_second"), "events/s")
    figures.add("1", "  server CPU", of("zstd", "server_cpu"), "s/million", most=0.9, scaled=True)
    figures.add("1", "small events (80 bytes), 1 MB bodies", of("small", "events_per_second"), "events/s")
    figures.add("1", "  server CPU", of("small", "server_cpu"), "s/million", most=0.5, scaled=True)
    figures.add("1", "300 random bytes more in each event", of("random", "events_per_second"), "events/s")
    figures.add("1", "  server CPU", of("random", "server_cpu"), "s/million")
    hundred = figures.add("2", "100 events a request, 64 connections", of("hundred", "events_per_second"), "events/s")
    figures.add("2", "  of the large-batch rate", hundred / plain, "ratio", least=0.75)
    used = figures.add("2", "  server CPU", of("hundred", "server_cpu"), "s/million")
    figures.add("2", "  of the in-process CPU", used / cpu, "ratio", most=1.25)
    return plain


def measure_small_requests(machine, figures):
    runs = machine.times(lambda: loaded(machine, machine.events(200_000), 1, 64))
    figures.add("2", "one event a request, 64 connections", [r["requests_per_second"] for r in runs], "requests/s", least=30_000, scaled=True)
    figures.add("2", "  server CPU", [r["server_cpu"] for r in runs], "us/request", most=25, scaled=True)
    figures.add("2", "  p99", [r["p99_ms"] for r in runs], "ms", most=10)
    disk, alone = [], []
    for _ in range(machine.repeat):
        disk.append(machine.tool("micro_bench", "fdatasync", machine.work)["p50_ms"])
        alone.append(loaded(machine, machine.events(5_000), 1, 1)["p50_ms"])
    sync = figures.add("2", "one fdatasync of 700 bytes, p50", disk, "ms")
    figures.add("2", "one connection alone, p50", alone, "ms")
    figures.add("2", "  of one fdatasync", statistics.median(alone) / sync, "ratio", most=1.6)


def freshness(machine, rate, probes):
    """Milliseconds from a probe's acknowledgement to the first live window that counts it, under load at `rate`."""
    with Server(machine) as server:
        load = subprocess.Popen([machine.weir, "stream", ROWS, "--to", server.url, "--loop", "--rate", f"{int(rate)}/s", "--progress", "never"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            sender, reader = (http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(2))
            waits = []
            for n in range(1, probes + 1):
                now = int(time.time() * 1000)
                sender.request("POST", "/v1/events", json.dumps({"event_id": f"probe-{n:06}", "ts": now, "County": "probe"}),
                               {"Content-Type": "application/x-ndjson"})
                answer = sender.getresponse()
                answer.read()
                acknowledged = time.perf_counter()
                if answer.status != 200:
                    raise Failed(f"a probe was answered {answer.status}")
                while True:
                    reader.request("GET", "/v1/windows/live")
                    if json.loads(reader.getresponse().read())["counts"].get("probe", 0) >= n:
                        break
                waits.append((time.perf_counter() - acknowledged) * 1e3)
                time.sleep(0.005)
            return waits
        finally:
            load.terminate()
            load.wait(timeout=60)


def measure_freshness(machine, figures, rate):
    waits = machine.times(lambda: freshness(machine, rate / 2, 50 if machine.quick else 200))
    figures.add("5", "acknowledged to visible at half the rate, p50", [percentile(w, 50) for w in waits], "ms", most=2)
    figures.add("5", "  p99", [percentile(w, 99) for w in waits], "ms", most=20)
