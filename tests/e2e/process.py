"""Running `weir`: every process has an end and an environment of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from events import ROOT
from ports import free_port

__all__ = ["BINARY", "PATIENCE", "Finished", "environment", "find_binary", "finish", "free_port", "start_weir", "temporary_folder", "weir"]


def find_binary():
    given = os.environ.get("WEIR_BINARY")
    if given:
        if not pathlib.Path(given).is_file():
            sys.exit(f"WEIR_BINARY is {given}, and there is no such file: build it (ninja weir)")
        return pathlib.Path(given).resolve()
    for preset in ("release", "dev"):
        candidate = ROOT / "build" / preset / "bin" / "weir"
        if candidate.exists():
            return candidate
    sys.exit("no weir binary: build it (ninja -C build/dev weir) or set WEIR_BINARY")


BINARY = find_binary()


def environment(extra=None):
    """The environment of every weir process: nothing of the caller's configuration leaks in."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("WEIR_") and k != "NO_COLOR"}
    env["XDG_CONFIG_HOME"] = "/nonexistent"
    env.update(extra or {})
    return env


class Finished:
    """A command that has ended."""

    def __init__(self, arguments, status, out, err, seconds):
        self.arguments, self.status, self.seconds = arguments, status, seconds
        self.out_bytes, self.err_bytes = out, err

    @property
    def out(self):
        return self.out_bytes.decode("utf-8", "replace")

    @property
    def err(self):
        return self.err_bytes.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return (
            f"weir {' '.join(self.arguments)}\n  exit {self.status} after {self.seconds:.2f} s"
            f"\n  stdout: {self.out[:3000]}\n  stderr: {self.err[-3000:]}"
        )


def start_weir(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=None, cwd=None):
    arguments = [str(a) for a in arguments]
    process = subprocess.Popen(
        [str(BINARY), *arguments], stdin=stdin, stdout=stdout, stderr=stderr, env=environment(env), cwd=cwd or tempfile.gettempdir()
    )
    process.weir_arguments = arguments
    process.weir_started = time.monotonic()
    return process


# How much slower than usual everything may be: a sanitizer's build takes its time.
PATIENCE = float(os.environ.get("WEIR_TEST_PATIENCE", "1"))


def finish(process, timeout=60.0, input=None):
    """Waits for a started command; one that does not end in time is killed and the test fails."""
    timeout *= PATIENCE
    try:
        out, err = process.communicate(input, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        shown = f"\nstdout: {out[-2000:]!r}\nstderr: {err[-2000:]!r}"
        raise AssertionError(f"weir {' '.join(process.weir_arguments)} did not end within {timeout} s{shown}") from None
    seconds = time.monotonic() - process.weir_started
    return Finished(process.weir_arguments, process.returncode, out or b"", err or b"", seconds)


def weir(*arguments, input=None, timeout=60.0, env=None, cwd=None):
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    return finish(start_weir(*arguments, stdin=stdin, env=env, cwd=cwd), timeout, input)


@contextlib.contextmanager
def temporary_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-e2e-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
