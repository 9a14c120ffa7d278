"""Fetching the peers, once, into the cache folder, with whatever index the machine's tools are set to."""
import os
import pathlib
import shutil
import subprocess
import sys

from .failures import Unavailable
from .measure import gist, progress

LIMIT_SECONDS = 1200
DONE = ".installed"


def tool(name: str, what_for: str) -> str:
    if not (path := shutil.which(name)):
        raise Unavailable(f"{name} is not installed; {what_for}")
    return path


def call(*command, folder: pathlib.Path | None = None, environment: dict | None = None) -> None:
    try:
        done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} had not ended after {LIMIT_SECONDS} s") from None
    if done.returncode != 0:
        raise Unavailable(f"{pathlib.Path(str(command[0])).name} ended with {done.returncode}: {gist(done.stderr or done.stdout)}")


def once(folder: pathlib.Path, make) -> pathlib.Path:
    """`folder`, made by `make(folder)` unless an earlier run finished that; half-made ones are made anew."""
    if not (folder / DONE).exists():
        progress(f"installing {folder.name}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        (folder / DONE).touch()
    return folder


def python_package(cache: pathlib.Path, name: str, version: str) -> pathlib.Path:
    """A virtual environment with one package of PyPI; its Python."""
    def make(folder):
        call(sys.executable, "-m", "venv", folder)
        call(folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-cache-dir", f"{name}=={version}")
    return once(cache / f"{name}-{version}", make) / "bin/python"


def python_source(cache: pathlib.Path, name: str, version: str) -> pathlib.Path:
    """The unpacked source archive of a package of PyPI."""
    def make(folder):
        call(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--no-cache-dir", "--dest", folder,
             f"{name}=={version}")
        [archive] = folder.glob("*.tar.gz")
        call("tar", "-xzf", archive, "-C", folder)
        archive.unlink()
    [source] = (entry for entry in once(cache / f"{name}-{version}", make).iterdir() if entry.is_dir())
    return source


def go_program(cache: pathlib.Path, module: str, version: str) -> pathlib.Path:
    """The program that a Go module's main package is built to."""
    go, name = tool("go", f"{module} is built from source"), module.rsplit("/", 1)[-1]

    def make(folder):
        build = folder / "build"  # all that Go would else leave in the home folder
        call(go, "install", "-modcacherw", f"{module}@v{version}", folder=folder,
             environment={**os.environ, "GOBIN": str(folder), "GOPATH": str(build), "GOCACHE": str(build / "cache")})
        shutil.rmtree(build)
    return once(cache / f"{name}-{version}", make) / name
