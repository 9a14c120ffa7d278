"""Which metrics and labels a PromQL expression asks for. No parser: names and selectors, told from words by what stands around them."""

import re

FUNCTIONS = {
    "avg", "changes", "count", "histogram_quantile", "increase", "label_values", "max", "min", "predict_linear", "rate", "sum", "time",
}  # fmt: skip
WORDS = {"by", "and", "or", "unless", "without"}
GROUPING = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\})?")


def matchers_of(text):
    out, at = [], 0
    while at < len(text):
        found = MATCHER.match(text, at)
        assert found, f"matchers that cannot be read: {text}"
        out.append(found.groups())
        at = found.end()
    return out


def selectors_of(expression):
    """[(metric, [(label, operator, value)])] and the labels that are grouped by."""
    groups = [label.strip() for found in GROUPING.finditer(expression) for label in found[1].split(",") if label.strip()]
    bare = re.sub(r"\[[^\]]*\]", "", GROUPING.sub(" ", expression))
    selectors = []
    for found in SELECTOR.finditer(bare):
        name = found[1]
        if found.start() and re.match(r"[\w.$]", bare[found.start() - 1]) or name in WORDS:
            continue
        if inside_text(bare, found.start()):
            continue
        if bare[found.end() :].lstrip().startswith("(") and not found[2]:
            assert name in FUNCTIONS, f"an unknown function {name} in {expression}"
            continue
        selectors.append((name, matchers_of(found[2][1:-1]) if found[2] else []))
    return selectors, groups


def inside_text(expression, at):
    return any(found.start() < at < found.end() for found in TEXT.finditer(expression))
