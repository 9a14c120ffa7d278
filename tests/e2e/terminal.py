"""A program in a real terminal: tmux, on a server and a socket of its own."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

from process import BINARY, environment
from server import wait_until

HAS_TMUX = shutil.which("tmux") is not None


class Terminal:
    """A shell in a tmux window of a fixed size. What stands on its screen is what a person would see."""

    def __init__(self, columns=80, rows=24, env=None):
        self.folder = tempfile.mkdtemp(prefix="weir-tmux-")
        variables = environment({"LANG": "C.UTF-8", "PS1": "$ ", "TERM": "tmux-256color", "HISTFILE": "/dev/null", **(env or {})})
        for name in ("TMUX", "LC_ALL", "LC_CTYPE"):
            if name not in (env or {}):
                variables.pop(name, None)
        shell = ["env", "-i", *(f"{k}={v}" for k, v in variables.items()), "bash", "--norc", "--noprofile"]
        self.tmux(
            "-u", "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), shlex.join(shell),
            ";", "set-option", "-g", "status", "off", ";", "set-option", "-sg", "escape-time", "0",
        )
        self.until("$")

    def tmux(self, *arguments):
        socket = os.path.join(self.folder, "socket")
        done = subprocess.run(["tmux", "-S", socket, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def close(self):
        try:
            self.tmux("kill-server")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def weir(self, *arguments, before=""):
        """Types the command; its exit status is shown when it has ended."""
        command = shlex.join([str(BINARY), *map(str, arguments)])
        self.type(f"clear; stty -g >{self.folder}/before; {before}{command}; echo ended=$?; stty -g >{self.folder}/after", "Enter")

    def type(self, text, *keys):
        if text:
            self.tmux("send-keys", "-l", text)
        if keys:
            self.press(*keys)

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def lines(self):
        """The screen as text."""
        return self.tmux("capture-pane", "-p").split("\n")[:-1]

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def drawn(self):
        """The screen with its colours, as escape sequences."""
        return self.tmux("capture-pane", "-p", "-e")

    @property
    def cursor_is_shown(self):
        return self.tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"

    @property
    def on_other_screen(self):
        return self.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def settings_before_and_after(self):
        """What `stty` said of the terminal before and after the command."""
        after = pathlib.Path(self.folder, "after")
        wait_until(lambda: after.exists() and after.read_text().endswith("\n"), what="stty after the command")
        return pathlib.Path(self.folder, "before").read_text(), after.read_text()

    def pid_of_weir(self):
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        children = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0])

    def until(self, *words, gone=(), timeout=60.0):
        """Waits until all the words stand on the screen, and none of the others does."""

        def there(text):
            return all(word in text for word in words) and not any(word in text for word in gone)

        self._wait(there, timeout, f"{words} on the screen")

    def until_match(self, pattern, timeout=60.0):
        """Waits until the pattern matches the whole screen's text somewhere."""
        self._wait(re.compile(pattern, re.M).search, timeout, f"{pattern} on the screen")

    def _wait(self, there, timeout, what):
        try:
            wait_until(lambda: there(self.text), timeout, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None
