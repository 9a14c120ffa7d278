"""The events that every system reads, and the one answer that all must give."""
import collections
import csv
import dataclasses
import json
import pathlib

from .failures import WrongCounts

SPAN_MS = 600_000  # event time from the first event to the end
WINDOW_S = 300
# The whole minute that the events begin at lies so far back: the last window that holds one has then ended for every system.
AGE_MS = 16 * 60_000

# (start of the window in epoch ms, county) -> events
Counts = dict[tuple[int, str], int]


@dataclasses.dataclass(frozen=True)
class Feed:
    """Events on disk: `{"event_id", "ts" in epoch milliseconds, the row's columns as strings}`, one a line, in order of time, at a steady
    rate. With several files event i is in file i % len(files)."""
    files: tuple[pathlib.Path, ...]
    events: int
    start_ms: int
    panes: dict[int, collections.Counter]  # second since start_ms -> events per county

    def windows(self, slide_s: int) -> Counts:
        """The counts of every five-minute window, `slide_s` apart, that holds an event: those partly before the first and after the last too."""
        counts = {}
        for start in range(slide_s - WINDOW_S, SPAN_MS // 1000, slide_s):
            window = collections.Counter()
            for second in range(max(0, start), start + WINDOW_S):
                window.update(self.panes.get(second, {}))
            counts.update({(self.start_ms + start * 1000, county): n for county, n in window.items()})
        return counts

    def totals(self) -> dict[str, int]:
        return dict(sum(self.panes.values(), collections.Counter()))


def start_before(now_ms: int) -> int:
    return (now_ms - AGE_MS) // 60_000 * 60_000


def write(rows_csv: pathlib.Path, folder: pathlib.Path, events: int, start_ms: int, parts: int = 1) -> Feed:
    """Writes `events` events to `folder`: the file's rows in their order, again and again, with distinct ids."""
    with open(rows_csv, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tails = [json.dumps(row, separators=(",", ":"), ensure_ascii=False)[1:] + "\n" for row in rows]
    counties = [row["County"] for row in rows]
    panes = collections.defaultdict(collections.Counter)
    files = tuple(folder / f"events-{part}.json" for part in range(parts))
    outputs = [open(path, "w", encoding="utf-8", buffering=1 << 20) for path in files]
    for i in range(events):
        ms, row = i * SPAN_MS // events, i % len(rows)
        outputs[i % parts].write(f'{{"event_id":"peers-{i:012}","ts":{start_ms + ms},{tails[row]}')
        panes[ms // 1000][counties[row]] += 1
    for output in outputs:
        output.close()
    return Feed(files, events, start_ms, dict(panes))


def read_counts(*paths: pathlib.Path) -> Counts:
    """Lines `start of the window in ms,county,count`, in any order. Raises WrongCounts, also where a window has two counts for a county."""
    counts = {}
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            for line in csv.reader(file):
                try:
                    start, county, n = line
                    key, count = (int(start), county), int(n)
                except ValueError:
                    raise WrongCounts(f"{path.name}: {line} is no start, county and count") from None
                if key in counts:
                    raise WrongCounts(f"{path.name}: two counts for {county} in the window from {start}")
                counts[key] = count
    return counts


def write_counts(path: pathlib.Path, rows) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def difference(want: dict, got: dict) -> str | None:
    """None if they are equal, else how they differ, with one example."""
    wrong = sorted(key for key in want.keys() | got.keys() if want.get(key) != got.get(key))
    if not wrong:
        return None
    key = wrong[0]
    return f"{len(wrong)} of {len(want)} counts differ: {key} is {got.get(key)}, expected {want.get(key)}"
