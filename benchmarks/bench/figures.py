"""The table: figure, minimum / median / maximum, goal, whether it is reached."""
import statistics
import sys


class Figures:
    """Collects figures. `scale`: how much this core's time is of that which the goals were written for; goals of CPU time scale with
    it, rates against it, and what the disk or the clock decides does not."""

    def __init__(self):
        self.scale, self.rows = 1.0, []

    def add(self, group, name, values, unit, most=None, least=None, scaled=False, note=""):
        values = [float(v) for v in (values if isinstance(values, (list, tuple)) else [values])]
        low, middle, high = min(values), statistics.median(values), max(values)
        goal, reached, factor = None, None, self.scale if scaled else 1.0
        if most is not None:
            goal = most * factor
            reached = middle <= goal
        elif least is not None:
            goal = least / factor
            reached = middle >= goal
        row = {"group": group, "figure": name, "min": low, "median": middle, "max": high, "unit": unit, "goal": goal,
               "goal_is": "at most" if most is not None else "at least" if least is not None else None,
               "ratio": middle / goal if goal else None, "reached": reached, "note": note}
        self.rows.append(row)
        print(f"  {group}. {name}: {number(middle)} {unit}{verdict(row)}", file=sys.stderr, flush=True)
        return middle

    def text(self):
        head = ("", "figure", "min", "median", "max", "unit", "goal", "of goal", "reached")
        lines = [head] + [(r["group"], r["figure"] + (f" ({r['note']})" if r["note"] else ""), number(r["min"]), number(r["median"]),
                           number(r["max"]), r["unit"], goal_text(r), f"{r['ratio']:.2f}" if r["ratio"] is not None else "",
                           {True: "yes", False: "NO", None: ""}[r["reached"]]) for r in self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        left = {0, 1, 5, 8}
        return "\n".join("  ".join(c.ljust(widths[i]) if i in left else c.rjust(widths[i]) for i, c in enumerate(line)).rstrip()
                         for line in lines)

    def missed(self):
        return [r for r in self.rows if r["reached"] is False]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def goal_text(row):
    return "" if row["goal"] is None else f"{row['goal_is']} {number(row['goal'])}"


def verdict(row):
    return "" if row["reached"] is None else f" (goal {goal_text(row)}: {'reached' if row['reached'] else 'MISSED'})"
