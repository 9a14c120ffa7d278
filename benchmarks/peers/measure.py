"""Running things and saying what they cost. All times in seconds."""
import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

from .failures import Failed

RUN_LIMIT = 900.0
STOP_LIMIT = 60.0
TICK = os.sysconf("SC_CLK_TCK")
PACKAGES = pathlib.Path(__file__).resolve().parent.parent


def gist(text: str) -> str:
    """Of what a failed program said, the line that says most: the last that names an error, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if re.match(r"(Caused by|ERROR|[\w.]+(Error|Exception))\b", line)), (lines or ["it said nothing"])[-1])


def cpu_seconds(pid: int) -> float:
    """User and system time of a running process, as the kernel accounts it."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


class Stopwatch:
    """Wall and processor time of this process, all its threads, over the stretches within `with`; for jobs, which print `cost()`."""

    def __init__(self):
        self.seconds = self.cpu_seconds = 0.0

    def __enter__(self):
        self._started = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self._started[0]
        self.cpu_seconds += time.process_time() - self._started[1]

    def cost(self, **more) -> str:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return json.dumps({"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_mib": peak, **more})


def job(command: list, limit: float = RUN_LIMIT) -> dict:
    """Runs a program that does the whole job in its own process; the JSON object that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"stopped: it had not ended after {limit:.0f} s") from None
    if done.returncode != 0:
        raise Failed(f"ended with {done.returncode}: {gist(done.stderr)}")
    return json.loads(done.stdout)


def python_job(python, module: str, *arguments, limit: float = RUN_LIMIT) -> dict:
    """The `job()` at the end of a peer's own file, under the Python that has the peer's package."""
    return job([python, "-m", module, *arguments], limit)


@contextlib.contextmanager
def server(command: list, log: pathlib.Path, ready, limit: float = 30.0):
    """Starts a server and gives (its process, what `ready(log's text)` gave) once that is true; ends it, by its id, at the end."""
    with open(log, "wb") as output:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + limit
        while not (answer := ready(log.read_text(errors="replace"))):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"the server did not start: {gist(log.read_text(errors='replace'))}")
            time.sleep(0.05)
        yield process, answer
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
