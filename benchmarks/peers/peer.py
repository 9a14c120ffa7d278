"""What the run wants of a peer. One file a peer implements it; `__main__.py` lists them."""
import dataclasses
import pathlib

from .events import Counts, Feed


@dataclasses.dataclass(frozen=True)
class Variant:
    """One way to run a peer. `durable` and `windows` are the words of the table; `slide` is the step of the windows that it answers, in seconds."""
    name: str
    durable: str
    windows: str
    slide: int = 60


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run cost, from its first event to the point that `Variant.durable` names. `counts` is its answer; None: it answers only
    totals. `stored` is how many raw events it says it has; None: it keeps none."""
    seconds: float
    cpu_seconds: float
    peak_mib: float
    counts: Counts | None
    totals: dict[str, int] | None = None
    stored: int | None = None


class Peer:
    """`events`: how many by default. `parts`: how many files its events are dealt to. `warms_up`: with fewer events its figures are mostly
    those of its start."""
    name: str
    variants: tuple[Variant, ...]
    events = 1_000_000
    parts = 1
    warms_up = False

    def install(self, cache: pathlib.Path) -> str:
        """Installs it below `cache` if it is not there yet, and gives its version. Raises Unavailable."""
        raise NotImplementedError

    def run(self, variant: Variant, feed: Feed, work: pathlib.Path) -> Run:
        """Takes all events of `feed` once, on a fresh store below the empty folder `work`. Raises Failed."""
        raise NotImplementedError
