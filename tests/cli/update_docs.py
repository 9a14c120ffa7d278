#!/usr/bin/env python3
"""Puts what `weir … --help` prints into docs/cli.md, between <!-- help: COMMAND --> and <!-- end -->.

Usage: tests/cli/update_docs.py PATH-OF-WEIR
"""
import pathlib
import re
import subprocess
import sys

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def help_of(program: str, command: str) -> str:
    words = [program, "--help"] if command == "weir" else [program, command, "--help"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def main() -> None:
    program = sys.argv[1]

    def block(match: re.Match[str]) -> str:
        command = match.group(1)
        return f"<!-- help: {command} -->\n```\n{help_of(program, command)}```\n<!-- end -->"

    text = REFERENCE.read_text()
    REFERENCE.write_text(re.sub(r"<!-- help: ([a-z-]+) -->\n.*?<!-- end -->", block, text, flags=re.S))


if __name__ == "__main__":
    main()
