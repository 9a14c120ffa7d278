"""Goals 4, 6 and 7: reading, disk and memory, on one server that takes twenty million events."""
import http.client
import statistics
import threading
import time

from .ingest import LARGE
from .machine import Failed, Server, percentile


class Watch:
    """Resident bytes of a server, each half second."""

    def __init__(self, server):
        self.samples, self.done, self.server = [], threading.Event(), server
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while not self.done.wait(0.5):
            self.samples.append(self.server.resident_bytes() / 2**20)

    def end(self):
        self.done.set()
        self.thread.join()
        return self.samples or [self.server.resident_bytes() / 2**20]


def ask(port, path, times):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    waits = []
    for _ in range(times):
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise Failed(f"GET {path} was answered {answer.status}")
        waits.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.002)
    return waits


def measure_queries(machine, figures, rate):
    """The latest row and the live window while events come at half the highest rate."""
    with Server(machine, "--slide", "1s") as server:
        seconds = 4 if machine.quick else 8
        load = threading.Thread(target=lambda: machine.load(server, int(rate / 2 * seconds), LARGE, 2, "--rate", int(rate / 2)))
        load.start()
        time.sleep(3)
        for name, path in (("latest row", "/v1/rows/latest"), ("live window", "/v1/windows/live")):
            waits = ask(server.port, path, 200 if machine.quick else 600)
            figures.add("4", f"{name} at half the rate, p50", percentile(waits, 50), "ms")
            figures.add("4", "  p99", percentile(waits, 99), "ms", most=1)
        load.join()


def measure_storage(machine, figures):
    """Twenty million events, the older half given up for their age meanwhile; killed, opened again, exported and audited."""
    part = machine.events(1_000_000)
    parts = 20
    server = Server(machine)
    try:
        watch = Watch(server)
        sent = 0
        for _ in range(parts):
            machine.load(server, part, LARGE, 4)
            sent += part
        samples = watch.end()
        tenth = max(1, len(samples) // 10)
        figures.add("7", "resident at full rate, most", max(samples), "MiB", most=256)
        figures.add("7", "  last tenth against second tenth", statistics.median(samples[-tenth:]) / statistics.median(samples[tenth:2 * tenth]
                    or samples), "ratio", note=f"{sent:,} events")
        stored = server.stored_bytes()
        figures.add("6", "on disk", stored / sent, "bytes/event", most=70)
        figures.add("6", "written", server.written_bytes() / stored, "of stored", most=2.2)
        server.kill()
        began = time.perf_counter()
        again = Server(machine, data=server.data)
        figures.add("6", f"open again after SIGKILL, {sent:,} events", time.perf_counter() - began, "s", most=2)
        with again:
            reading(machine, figures, again, sent)
    finally:
        server.__exit__()


def reading(machine, figures, server, stored):
    began = time.perf_counter()
    machine.run_weir("export", "--server", server.url, "--out", "/dev/null")
    seconds = time.perf_counter() - began
    figures.add("4", "weir export", stored * 600 / seconds / 1e6, "MB/s", least=500, scaled=True, note="600 bytes an event")
    cpu = server.cpu_seconds()
    began = time.perf_counter()
    machine.run_weir("audit", "--server", server.url)
    seconds = time.perf_counter() - began
    figures.add("4", "weir audit of ten million events", seconds * 1e7 / stored, "s", most=10, scaled=True,
                note=f"server CPU {(server.cpu_seconds() - cpu) * 1e7 / stored:.1f} s")
