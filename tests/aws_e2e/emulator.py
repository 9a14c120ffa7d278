"""AWS' own Lambda Runtime Interface Emulator around a program, on loopback. Its binary comes with the Python package aws-sam-cli (of
which nothing else is used), which goes into an environment of its own, build/sam_venv, with the runtime for functions in Python."""
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

from ministack import REGION, ROOT, ZIP, free_port

VENV = ROOT / "build/sam_venv"
REQUIREMENTS = pathlib.Path(__file__).parent / "requirements_emulator.txt"
PYTHON = VENV / "bin/python"


@functools.cache
def emulator():
    """The emulator's path. It is installed first where it is missing or REQUIREMENTS have changed since, by one process at a time."""
    installed, wanted = VENV / ".installed", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    VENV.parent.mkdir(exist_ok=True)
    with open(f"{VENV}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text().strip() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
            for requirement in REQUIREMENTS.read_text().split("\n"):  # pip takes --no-deps for all of a file or for nothing
                if requirement:
                    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *requirement.split()], check=True)
            installed.write_text(wanted + "\n")
    program = next(VENV.glob("lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"))
    program.chmod(0o755)
    return program


def unpack(folder, archive=ZIP):
    """The program of weir-lambda.zip, as Lambda lays it out."""
    with zipfile.ZipFile(archive) as archive:
        archive.extractall(folder)
    program = pathlib.Path(folder) / "bootstrap"
    program.chmod(0o755)
    return program


class Emulator:
    """`command`: the program and, last, the handler's name. Started with the given environment alone."""

    def __init__(self, command, environment, timeout_seconds=60):
        self.command = [str(part) for part in command]
        self.environment = {"PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds),
                            "AWS_LAMBDA_FUNCTION_NAME": "tested", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION} | environment
        self.timeout_seconds = timeout_seconds

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-rie-"))
        program = emulator()
        self.port = free_port()
        self.log = open(self.folder / "log", "wb")
        self.started = time.monotonic()
        # Without these addresses it would listen on all interfaces.
        self.process = subprocess.Popen(
            [program, "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}", "--runtime-api-address", f"127.0.0.1:{free_port()}",
             *self.command], env=self.environment, cwd=self.folder, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
            start_new_session=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def invoke(self, event):
        """The function's answer, as JSON."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations", body)
        limit = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(request, timeout=self.timeout_seconds + 10) as answer:
                    data = answer.read()
                self.children = self._children()
                return json.loads(data)
            except urllib.error.HTTPError as error:
                return json.loads(error.read())
            except urllib.error.URLError as error:  # it does not listen yet
                if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > limit:
                    raise
                time.sleep(0.001)

    children = ()

    def _children(self):
        path = f"/proc/{self.process.pid}/task"
        return [int(pid) for task in os.listdir(path) for pid in pathlib.Path(path, task, "children").read_text().split()]

    @property
    def runtime(self):
        """The pid of the function's process; known once it was invoked."""
        if len(self.children) != 1:
            raise AssertionError(f"one process was expected beneath the emulator, there are {self.children}: {self.text()}")
        return self.children[0]

    def text(self):
        """What it and the function wrote."""
        self.log.flush()
        return (self.folder / "log").read_text(errors="replace")


if __name__ == "__main__":
    print(emulator())
