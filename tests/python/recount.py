#!/usr/bin/env python3
"""Recounts exported raw events, without anything of weir, and says whether a stored answer agrees.

    weir export | recount.py --row row.json
    recount.py --events events.ndjson --row row.json
    recount.py --events events.ndjson --panes panes.json --from TIME --to TIME

`row.json` is an aggregate row (GET /v1/runs/ID, `weir aggregate --output json`), counted over [updated - window, updated).
`panes.json` is the answer of GET /v1/panes. The export must cover the time that is compared; events outside are passed over.
Exit status: 0 agrees, 1 does not (the differences are on standard output), 2 cannot tell.
Python's standard library only.
"""

import argparse
import collections
import datetime
import json
import re
import sys

BLANK = "(blank)"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|\+00:00)")
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MAX_LISTED = 100


class CannotTell(Exception):
    """The input is not what it claims to be."""


def milliseconds(value):
    """Epoch milliseconds of an RFC 3339 UTC time, or of an integer, which is that already."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise CannotTell(f"{value!r} is not an RFC 3339 time in UTC")
    day, clock, fraction = match.groups()
    try:
        moment = datetime.datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError as error:
        raise CannotTell(f"{value!r} is not a time: {error}") from error
    seconds = (moment - EPOCH) // datetime.timedelta(seconds=1)
    return seconds * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def duration(text):
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if match is None or int(match[1]) == 0:
        raise CannotTell(f"{text!r} is not a duration such as 1s or 5m")
    return int(match[1]) * UNITS[match[2]]


def key_of(event, group_by):
    value = event.get(group_by)
    if value is None or value == "":
        return BLANK
    if not isinstance(value, str):
        raise CannotTell(f"event {event.get('event_id')!r} has the {group_by} {value!r}, which is no text")
    return value


def read_events(lines, group_by):
    """Yields (event_id, time in milliseconds, key) of every line."""
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            if not isinstance(event, dict):
                raise CannotTell("it is no object")
            if not isinstance(event.get("event_id"), str):
                raise CannotTell("it has no event_id")
            yield event["event_id"], milliseconds(event.get("ts")), key_of(event, group_by)
        except (ValueError, CannotTell) as error:
            raise CannotTell(f"line {number} of the export is no event: {error}") from error


class Recount:
    """Counts per key, or per (pane, key) when `pane` is given, of the events with start <= ts < end."""

    def __init__(self, start, end, pane=None):
        self.start, self.end, self.pane = start, end, pane
        self.counts = collections.Counter()
        self.ids = collections.Counter()

    def add(self, event_id, ts, key):
        self.ids[event_id] += 1
        if self.start <= ts < self.end:
            self.counts[key if self.pane is None else (ts // self.pane * self.pane, key)] += 1

    def total(self):
        return sum(self.counts.values())

    def doubled(self):
        return sorted(event_id for event_id, times in self.ids.items() if times > 1)


def compare(recount, stored):
    """Sentences about every count that differs, and every id that stands twice."""
    problems = [f"event {event_id} is in the export {recount.ids[event_id]} times" for event_id in recount.doubled()]
    for key in sorted(recount.counts.keys() | stored.keys()):
        if recount.counts[key] != stored.get(key, 0):
            problems.append(f"{key}: the raw events say {recount.counts[key]}, stored is {stored.get(key, 0)}")
    return problems


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise CannotTell(f"{path}: {error}") from error


def checked_counts(counts):
    for key, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int):
            raise CannotTell(f"the count of {key!r} is {count!r}")
    return counts


def check_row(row, lines, group_by):
    """What is wrong with an aggregate row, given the export's lines, and how many events it was held against."""
    try:
        start, updated = milliseconds(row["window_start"]), milliseconds(row["updated"])
        counts, total = checked_counts(row["counts"]), row["total"]
        window_end = milliseconds(row["window_end"])
    except (KeyError, TypeError, AttributeError) as error:
        raise CannotTell(f"the row is no aggregate row: {error!r}") from error
    recount = Recount(start, updated)
    for event in read_events(lines, group_by):
        recount.add(*event)
    problems = compare(recount, counts)
    if window_end != updated:
        problems.append(f"window_end is {row['window_end']} and updated {row['updated']}")
    if sum(counts.values()) != total:
        problems.append(f"the row's total is {total}, its counts sum to {sum(counts.values())}")
    problems += [f"{key}: a row never holds a zero" for key, count in counts.items() if count == 0]
    return problems, recount.total()


def check_panes(panes, lines, group_by, start, end, length):
    """The same for the answer of GET /v1/panes over [start, end)."""
    stored = collections.Counter()
    try:
        for entry in panes["panes"]:
            stored[(milliseconds(entry["pane"]), entry["key"])] += entry["count"]
    except (KeyError, TypeError) as error:
        raise CannotTell(f"the panes cannot be read: {error!r}") from error
    recount = Recount(start, end, length)
    for event in read_events(lines, group_by):
        recount.add(*event)
    return compare(recount, stored), recount.total()


def check(arguments, lines):
    if arguments.row is not None:
        return check_row(load(arguments.row), lines, arguments.group_by)
    if arguments.start is None or arguments.end is None:
        raise CannotTell("--panes needs --from and --to")
    start, end = milliseconds(arguments.start), milliseconds(arguments.end)
    return check_panes(load(arguments.panes), lines, arguments.group_by, start, end, duration(arguments.pane))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", default="-", help="the NDJSON export (default: standard input)")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--row", help="a file with an aggregate row")
    what.add_argument("--panes", help="a file with panes")
    parser.add_argument("--from", dest="start", help="where the panes begin")
    parser.add_argument("--to", dest="end", help="where the panes end")
    parser.add_argument("--pane", default="1s", help="how long a pane is (default: 1s)")
    parser.add_argument("--group-by", default="County", help="the field that is counted (default: County)")
    parser.add_argument("--allow-empty", action="store_true", help="agree also when there is not one event to count")
    arguments = parser.parse_args(argv)
    try:
        if arguments.events == "-":
            problems, total = check(arguments, sys.stdin.buffer)
        else:
            with open(arguments.events, "rb") as lines:
                problems, total = check(arguments, lines)
    except (CannotTell, OSError) as error:
        print(f"recount: {error}", file=sys.stderr)
        return 2
    if total == 0 and not arguments.allow_empty:
        problems.append("there is not one event in that time, which proves nothing (see --allow-empty)")
    for problem in problems[:MAX_LISTED]:
        print(problem)
    if problems:
        print(f"{len(problems)} differences over {total} events")
        return 1
    print(f"agrees: {total} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
