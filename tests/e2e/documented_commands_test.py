"""Every `weir` command that the documentation shows has the flags that it shows. What the examples of --help do is tested in tests/cli."""
import functools
import pathlib
import re

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "CHANGELOG.md"]
COMMAND = re.compile(r"(?:^ {4}|^\$ |`|&& )weir ([a-z]+(?:-[a-z]+)*)((?: [a-z]+(?:-[a-z]+)*)?)\b([^`\n|]*)", re.MULTILINE)


@functools.cache
def help_of(*words):
    done = harness.weir(*words, "--help")
    return done.out if done.status == 0 else None


class DocumentedCommands(harness.unittest.TestCase):
    def test_have_the_flags_that_are_shown(self):
        commands = 0
        for page in PAGES:
            for match in COMMAND.finditer(page.read_text()):
                command, word, rest = match.group(1), match.group(2).strip(), match.group(3)
                if command == "help":
                    continue
                with self.subTest(f"{page.name}: {match.group(0).strip()}"):
                    text = help_of(command)
                    self.assertIsNotNone(text, "no such command")
                    text += (help_of(command, word) or "") if word else ""
                    for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.split("#")[0]):
                        self.assertRegex(text, rf"{flag}\b", f"--help does not know {flag}")
                    commands += 1
        self.assertGreater(commands, 60)


if __name__ == "__main__":
    harness.main()
