"""Prometheus' text format (exposition_formats.md, version 0.0.4), read strictly, and the rules of `promtool check metrics`."""

import dataclasses
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")


@dataclasses.dataclass
class Family:
    """What stands under one `# TYPE`."""

    name: str
    help: str = ""
    type: str = "untyped"
    samples: list = dataclasses.field(default_factory=list)  # (name, {label: value}, number)


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"labels that cannot be read: {text}"
        assert found[1] not in labels, f"a label twice: {text}"
        labels[found[1]] = found[2]
        at = found.end()
    return labels


def parse(text):
    assert text.endswith("\n"), "the last line has no end"
    families = {}
    current = None
    seen = set()
    for line in text.splitlines():
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            _, kind, name, rest = line.split(" ", 3)
            if current is None or current.name != name:
                assert name not in families, f"{name} stands in two places"
                current = families[name] = Family(name)
            if kind == "HELP":
                assert not current.help, f"HELP twice: {name}"
                current.help = rest
            else:
                assert rest in TYPES and not current.samples, line
                current.type = rest
            continue
        found = SAMPLE.match(line)
        assert found, f"no sample: {line}"
        name, labels, number = found[1], labels_of(found[2] or ""), float(found[3])
        assert current and name in names_of(current), f"{name} does not stand under its TYPE"
        key = (name, tuple(sorted(labels.items())))
        assert key not in seen, f"twice: {line}"
        seen.add(key)
        current.samples.append((name, labels, number))
    return families


def names_of(family):
    """The names of the family's samples."""
    if family.type == "histogram":
        return tuple(family.name + suffix for suffix in ("_bucket", "_sum", "_count"))
    return (family.name,)


# promtool's own lists (client_golang, testutil/promlint).
UNITS = {
    "milliseconds": "seconds", "microseconds": "seconds", "nanoseconds": "seconds", "minutes": "seconds", "hours": "seconds", "days": "seconds",
    "kilobytes": "bytes", "megabytes": "bytes", "gigabytes": "bytes", "kibibytes": "bytes", "mebibytes": "bytes", "bits": "bytes",
    "percent": "ratio", "percents": "ratio", "kelvins": "celsius", "millimeters": "meters", "grams": "grams",
}  # fmt: skip
ABBREVIATIONS = ("s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d")


def faults(family):
    """What `promtool check metrics` finds wrong with it, in our words."""
    name, parts = family.name, family.name.split("_")
    if not family.help:
        yield "no help text"
    if family.type == "untyped":
        yield "no type"
    for part in parts:
        if part in UNITS and UNITS[part] != part:
            yield f"use base unit {UNITS[part]} instead of {part}"
        if part in ABBREVIATIONS:
            yield f"abbreviated unit {part}"
        if part in TYPES:
            yield f"its type is in its name: {part}"
    if (family.type == "counter") != name.endswith("_total"):
        yield "counters end with _total, and nothing else does"
    if family.type != "histogram" and re.search(r"_(bucket|sum|count)$", name):
        yield "a reserved suffix"
    if ":" in name:
        yield "a colon"
    if re.search(r"[a-z][A-Z]", name):
        yield "camelCase"
    for _, labels, _ in family.samples:
        for label in labels:
            if label == "le" and family.type != "histogram" or label == "quantile":
                yield f"reserved label {label}"
            if re.search(r"[a-z][A-Z]", label):
                yield f"camelCase label {label}"
    if family.type == "histogram":
        yield from histogram_faults(family)


def histogram_faults(family):
    series = {}
    for name, labels, number in family.samples:
        rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series.setdefault(rest, {}).setdefault(name, []).append((labels.get("le"), number))
    for labels, samples in series.items():
        buckets = samples.get(family.name + "_bucket", [])
        bounds = [float(le) for le, _ in buckets]
        counts = [number for _, number in buckets]
        if bounds != sorted(set(bounds)) or counts != sorted(counts):
            yield f"buckets out of order {labels}"
        if not bounds or bounds[-1] != float("inf") or counts[-1] != samples[family.name + "_count"][0][1]:
            yield f"no +Inf bucket that holds the count {labels}"
