#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not: includes go only downwards per src/layers.txt, headers guard
themselves, files stay small, and no file names a machine."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
MAX_LINES = 500
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def layers():
    """Module -> its height; modules on one line of src/layers.txt share one."""
    lines = [l.split() for l in (SRC / "layers.txt").read_text().splitlines() if l.strip() and not l.startswith("#")]
    return {module: len(lines) - i for i, modules in enumerate(lines) for module in modules}


def violations(module, includes, heights):
    """The included modules that `module` may not include."""
    bad = []
    for include in includes:
        other = include.split("/")[0]
        if other not in heights:
            bad.append(f"{include}: not a module of src/layers.txt")
        elif other != module and heights[other] >= heights[module]:
            bad.append(f"{include}: {other} is not below {module}")
    return bad


def sources(*folders):
    return [p for f in folders for p in sorted((ROOT / f).rglob("*")) if p.suffix in (".cpp", ".h")]


class Layers(unittest.TestCase):
    def test_a_wrong_include_is_seen(self):
        heights = {"cli": 3, "store": 2, "transport": 2, "base": 1}
        self.assertEqual(violations("store", ["base/time.h", "store/store.h"], heights), [])
        self.assertTrue(violations("base", ["store/store.h"], heights))
        self.assertTrue(violations("store", ["transport/transport.h"], heights))
        self.assertTrue(violations("store", ["nowhere/x.h"], heights))

    def test_every_folder_is_a_layer(self):
        self.assertEqual({p.name for p in SRC.iterdir() if p.is_dir()}, set(layers()))

    def test_includes_go_only_downwards(self):
        heights, bad = layers(), []
        for path in sources("src"):
            module = path.relative_to(SRC).parts[0]
            if module in heights:
                bad += [f"{path.relative_to(ROOT)}: {v}" for v in violations(module, INCLUDE.findall(path.read_text()), heights)]
        self.assertEqual(bad, [])

    def test_link_dependencies_go_only_downwards(self):
        heights, bad = layers(), []
        for module in heights:
            text = (SRC / module / "CMakeLists.txt").read_text()
            names = re.findall(r"weir_module\(\s*\w+\s+DEPENDS\s+([\w\s]+?)(?:LIBRARIES|PRIVATE_LIBRARIES|\))", text)
            bad += [f"src/{module}/CMakeLists.txt: {n}" for n in " ".join(names).split() if heights[n] >= heights[module]]
        self.assertEqual(bad, [])


class House(unittest.TestCase):
    def test_headers_are_guarded(self):
        bad = [str(p.relative_to(ROOT)) for p in sources("src", "tests") if p.suffix == ".h" and "#pragma once" not in p.read_text()]
        self.assertEqual(bad, [])

    def test_no_namespace_is_opened_wholesale(self):
        bad = [str(p.relative_to(ROOT)) for p in sources("src") if re.search(r"using namespace (?!std::(chrono_)?literals)", p.read_text())]
        self.assertEqual(bad, [])

    def test_files_stay_small(self):
        long = {str(p.relative_to(ROOT)): n for p in sources("src", "tests", "fuzz", "benchmarks")
                if (n := p.read_text().count("\n")) > MAX_LINES}
        self.assertEqual(long, {})

    def test_modules_say_what_they_are_for(self):
        for module in layers():
            text = (SRC / module / "README.md")
            self.assertTrue(text.exists(), text)
            self.assertLessEqual(len(text.read_text().splitlines()), 12, text)


if __name__ == "__main__":
    sys.exit(unittest.main())
