"""Flink SQL in a local mini cluster, two slots; its jars come from PyPI."""
import pathlib

from . import events, install, measure
from .peer import Peer, Run, Variant

VERSION = "2.3.0"
SOURCE = pathlib.Path(__file__).with_name("FlinkCounts.java")
# What Flink reads by reflection; Java's modules want it said.
OPENED = ("java.lang java.lang.reflect java.io java.net java.nio java.text java.time java.util java.util.concurrent java.util.concurrent.atomic "
          "java.util.concurrent.locks sun.nio.ch").split()
WITHOUT_RAW = "checkpoint each 5 s; keeps no raw events"


class Flink(Peer):
    name = "Flink SQL"
    events = 10_000_000
    warms_up = True
    parts = 2            # a file for each reader, both in order of time
    variants = (Variant("HOP of 60 s", WITHOUT_RAW, "5 min each 60 s, as its watermark passes"),
                Variant("HOP of 60 s, raw kept", "checkpoint each 5 s, of raw files too", "5 min each 60 s, as its watermark passes"),
                Variant("HOP of 1 s", WITHOUT_RAW, "5 min each 1 s, as its watermark passes", slide=1))

    def install(self, cache):
        self.java = install.tool("java", "Flink needs Java 17 or newer")
        compiler = install.tool("javac", "Flink's job is compiled with a JDK of version 17 or newer")
        jars = install.python_source(cache, "apache-flink-libraries", VERSION) / "deps/lib"
        classes = cache / "flink-classes"
        install.call(compiler, "-nowarn", "-cp", f"{jars}/*", "-d", classes, SOURCE)
        (classes / "log4j2.properties").write_text("rootLogger.level = ERROR\n", encoding="utf-8")
        self.classpath = f"{classes}:{jars}/*"
        return VERSION

    def run(self, variant, feed, work):
        raw = work / "raw" if variant.name.endswith("raw kept") else None
        opened = [word for package in OPENED for word in ("--add-opens", f"java.base/{package}=ALL-UNNAMED")]
        cost = measure.job([self.java, "-Xmx4g", *opened, "-cp", self.classpath, "FlinkCounts", feed.files[0].parent, work / "counts",
                            work / "checkpoints", variant.slide, raw or "-"])
        stored = None if raw is None else sum(lines(path) for path in data_files(raw))
        return Run(**cost, counts=events.read_counts(*data_files(work / "counts")), stored=stored)


def data_files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
