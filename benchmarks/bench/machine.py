"""The programs that are measured, and what the kernel says of them."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = str(ROOT / "data" / "recommended_fishing_rivers_and_streams.csv")
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Failed(Exception):
    """A program that is measured did not do what it should: its figures would mean nothing."""


class Machine:
    """Where the programs and the temporary folders are, and how large the runs are to be."""

    def __init__(self, build, work, quick, repeat):
        self.build, self.work, self.quick, self.repeat = pathlib.Path(build), work, quick, repeat
        self.weir = str(self.build / "weir")

    def events(self, number):
        return number // 10 if self.quick else number

    def times(self, measure):
        return [measure() for _ in range(self.repeat)]

    def folder(self):
        return tempfile.mkdtemp(dir=self.work)

    def tool(self, name, *arguments, timeout=600):
        """Runs one of the benchmarks' programs; what it printed, as an object."""
        run = subprocess.run([str(self.build / name), *map(str, arguments)], stdout=subprocess.PIPE, text=True, timeout=timeout, check=False)
        if run.returncode != 0:
            raise Failed(f"{name} ended with {run.returncode}")
        return json.loads(run.stdout)

    def load(self, server, events, per_request, connections, *more):
        return self.tool("load_generator", ROWS, f"127.0.0.1:{server.port}", "--events", events, "--per-request", per_request,
                         "--connections", connections, *more)

    def in_process(self, events, threads=2, body=1 << 20, payload="rows"):
        folder = self.folder()
        try:
            return self.tool("inprocess_bench", ROWS, events, body, folder, "--threads", threads, "--payload", payload)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run_weir(self, *arguments, timeout=900, ok=(0,)):
        run = subprocess.run([self.weir, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout,
                             check=False)
        if run.returncode not in ok:
            raise Failed(f"weir {arguments[0]} ended with {run.returncode}: {run.stderr.strip() or run.stdout.strip()}")
        return run


class Server:
    """A `weir serve` on a free port; its folder is removed at the end unless it was given."""

    def __init__(self, machine, *flags, data=None):
        self.folder = None if data else machine.folder()
        self.data = data or self.folder + "/data"
        self.started = time.perf_counter()
        self.process = subprocess.Popen([machine.weir, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data, *flags],
                                        stderr=subprocess.PIPE, text=True)
        self.port = None
        for line in self.process.stderr:
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                break
        self.seconds_to_listen = time.perf_counter() - self.started
        if not self.port:
            raise Failed("weir serve did not start")
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE

    def written_bytes(self):
        return int(re.search(r"^write_bytes: (\d+)", pathlib.Path(f"/proc/{self.process.pid}/io").read_text(), re.M).group(1))

    def stored_bytes(self):
        total = 0
        for path in pathlib.Path(self.data).iterdir():
            try:
                total += path.stat().st_blocks * 512
            except FileNotFoundError:
                pass
        return total

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=120)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p / 100))]
