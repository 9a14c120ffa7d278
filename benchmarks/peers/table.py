"""From runs to rows, and from rows to a table or JSON."""
import dataclasses
import statistics

from .peer import Run, Variant

HEADERS = ("system", "version", "events", "events/s min", "median", "max", "CPU s/million", "durable", "windows", "rate : weir", "CPU : weir")
WORDS = (0, 1, 7, 8)  # the columns that are no numbers


@dataclasses.dataclass(frozen=True)
class Row:
    """One variant of one system over all its repeats."""
    system: str
    variant: Variant
    version: str
    events: int
    runs: tuple[Run, ...]

    @property
    def rates(self) -> list[float]:
        return sorted(self.events / run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median CPU seconds per million events."""
        return statistics.median(run.cpu_seconds for run in self.runs) / self.events * 1e6


def ratios(row: Row, baseline: Row | None) -> tuple[float, float] | None:
    """(events/s, CPU an event) as multiples of the baseline's medians."""
    if baseline is None or not baseline.cpu:
        return None
    return statistics.median(row.rates) / statistics.median(baseline.rates), row.cpu / baseline.cpu


def cells(row: Row, baseline: Row | None) -> tuple[str, ...]:
    low, middle, high = row.rates[0], statistics.median(row.rates), row.rates[-1]
    compared = ratios(row, baseline)
    return (f"{row.system}, {row.variant.name}", row.version, f"{row.events:,}", f"{low:,.0f}", f"{middle:,.0f}", f"{high:,.0f}", f"{row.cpu:.2f}",
            row.variant.durable, row.variant.windows, *(f"{ratio:.2f}" for ratio in compared or ()), *(("",) * 2 if not compared else ()))


def text(rows: list[Row], baseline: Row | None, notes: dict[str, str]) -> str:
    table = [HEADERS] + [cells(row, baseline) for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADERS))]
    lines = ["  ".join(cell.ljust(widths[i]) if i in WORDS else cell.rjust(widths[i]) for i, cell in enumerate(line)).rstrip() for line in table]
    return "\n".join(lines + [f"{name}: {reason}" for name, reason in notes.items()])


def machine(rows: list[Row], baseline: Row | None, notes: dict[str, str]) -> dict:
    """The same for machines."""
    def one(row):
        compared = ratios(row, baseline) or (None, None)
        return {"system": row.system, "variant": row.variant.name, "version": row.version, "events": row.events,
                "events_per_second": {"min": row.rates[0], "median": statistics.median(row.rates), "max": row.rates[-1]},
                "cpu_seconds_per_million": row.cpu, "peak_mib": max(run.peak_mib for run in row.runs), "durable": row.variant.durable,
                "windows": row.variant.windows, "rate_to_weir": compared[0], "cpu_to_weir": compared[1]}
    return {"systems": [one(row) for row in rows], "notes": notes}
