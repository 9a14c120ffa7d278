"""All runs of one call, and whether anything was wrong."""
import pathlib
import tempfile
import time

from . import events, table
from .failures import Failed, Unavailable, WrongCounts
from .measure import progress
from .peer import Run
from .weir import Weir


def check(run: Run, variant, feed) -> None:
    """Raises WrongCounts unless the answer is exactly the expected one."""
    if run.stored is not None and run.stored != feed.events:
        raise WrongCounts(f"{run.stored} raw events are stored, expected {feed.events}")
    want, got = (feed.windows(variant.slide), run.counts) if run.totals is None else (feed.totals(), run.totals)
    if difference := events.difference(want, got):
        raise WrongCounts(difference)


class Session:
    """`rows`: what was measured. `notes`: system or variant -> what is to be said of it, above all why it has no row. `wrong`: a count was
    wrong, or weir failed."""

    def __init__(self, work: pathlib.Path, rows_csv: pathlib.Path, repeats: int):
        self.work, self.rows_csv, self.repeats = work, rows_csv, repeats
        self.rows, self.notes, self.wrong = [], {}, False

    def install(self, peer, cache: pathlib.Path) -> str | None:
        """Its version; None if it cannot be had."""
        try:
            return peer.install(cache)
        except (Unavailable, Failed) as reason:
            self._note(peer, peer.name, f"not installed: {reason}")
            return None

    def measure(self, peers: list, count: int, parts: int) -> None:
        """Runs all variants of `peers`, pairs of a peer and its version, by turns, so that a drift of the machine meets all alike."""
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            progress(f"writing {count:,} events")
            feed = events.write(self.rows_csv, pathlib.Path(folder), count, events.start_before(int(time.time() * 1000)), parts)
            runs = {(peer, version, variant): [] for peer, version in peers for variant in peer.variants}
            for _ in range(self.repeats):
                for (peer, _version, variant), done in runs.items():
                    label = f"{peer.name}, {variant.name}"
                    if label not in self.notes and (run := self._one(peer, variant, feed, label)):
                        done.append(run)
        self.rows += [table.Row(peer.name, variant, version, count, tuple(done)) for (peer, version, variant), done in runs.items()
                      if f"{peer.name}, {variant.name}" not in self.notes]
        for peer, _version in peers:
            if peer.warms_up and count < peer.events:
                self.notes[peer.name] = f"with fewer than {peer.events:,} events mostly its start and warm-up were measured"

    def _one(self, peer, variant, feed, label) -> Run | None:
        try:
            with tempfile.TemporaryDirectory(dir=self.work) as folder:
                run = peer.run(variant, feed, pathlib.Path(folder))
                check(run, variant, feed)
        except WrongCounts as reason:
            self.wrong = True
            self._note(peer, label, f"WRONG COUNTS: {reason}")
        except Failed as reason:
            self._note(peer, label, f"failed: {reason}")
        except Exception as error:  # a surprise in one peer is no reason to lose the others' figures
            self._note(peer, label, f"failed: {type(error).__name__}: {error}")
        else:
            progress(f"  {label}: {feed.events / run.seconds:,.0f} events/s, {run.cpu_seconds / feed.events * 1e6:.2f} CPU s/million, counts correct")
            return run
        return None

    def _note(self, peer, label, text) -> None:
        self.wrong |= isinstance(peer, Weir)
        self.notes[label] = text
        progress(f"  {label}: {text}")
