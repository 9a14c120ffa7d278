"""Completion in real shells, the manual page, and what `cmake --install` puts where."""

import shlex
import shutil
import subprocess
import unittest

import harness
from harness import BINARY, TestCase, environment, weir
from terminal import HAS_TMUX, Terminal

COMMANDS = ("serve", "stream", "query", "top", "aggregate", "verify", "audit", "export", "dead-letters", "cost", "completion", "man")
BUILD = BINARY.parent.parent


def has(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed")


class Bash(TestCase):
    def complete(self, *words, cwd=None):
        """What a bash would offer for the last word, by its own way to ask: COMP_WORDS and the function of `complete -p`."""
        script = f"""
            source <({shlex.quote(str(BINARY))} completion bash)
            COMP_WORDS=({shlex.join(words)})
            COMP_CWORD={len(words) - 1}
            function=$(complete -p weir | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            "$function"
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "--norc", "-uc", script], capture_output=True, text=True, cwd=cwd, env=environment())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split("\n")[:-1]

    def test_commands(self):
        self.assertEqual(set(self.complete("weir", "")), {*COMMANDS, "help", "--help", "--version"})
        self.assertEqual(self.complete("weir", "se"), ["serve"])
        self.assertEqual(set(self.complete("weir", "help", "a")), {"aggregate", "audit"})

    def test_options_are_those_of_the_help(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = weir(command, "--help").out
                offered = self.complete("weir", command, "--")
                self.assertEqual(len(set(offered)), len(offered))
                for flag in offered:
                    if flag != "--help":
                        self.assertRegex(text, rf"(?m)^  (-\w, )?{flag}\b")
                self.assertEqual(len(offered) - 1, sum(line.startswith(("  --", "  -")) for line in text.splitlines()))

    def test_words_of_a_value(self):
        self.assertEqual(self.complete("weir", "serve", "--log-format", ""), ["text", "json"])
        self.assertEqual(self.complete("weir", "serve", "--log-format", "j"), ["json"])
        self.assertEqual(self.complete("weir", "serve", "--log-format", "=", "j"), ["json"])
        self.assertEqual(self.complete("weir", "serve", "--log-format", "="), ["text", "json"])
        self.assertEqual(self.complete("weir", "query", "latest", "-o", ""), ["table", "json", "ndjson", "csv"])
        self.assertEqual(self.complete("weir", "serve", "--listen", ""), [""])

    def test_first_words(self):
        self.assertEqual(self.complete("weir", "query", ""), ["latest", "at", "range", "live"])
        self.assertEqual(self.complete("weir", "dead-letters", "e"), ["export"])
        self.assertEqual(self.complete("weir", "completion", ""), ["bash", "zsh", "fish"])

    def test_files_and_folders(self):
        folder = self.folder()
        (folder / "two words.csv").touch()
        (folder / "data").mkdir()
        self.assertEqual(set(self.complete("weir", "stream", "", cwd=folder)), {"two words.csv", "data"})
        self.assertEqual(self.complete("weir", "stream", "two", cwd=folder), ["two words.csv"])
        self.assertEqual(self.complete("weir", "serve", "--data-dir", "", cwd=folder), ["data"])
        self.assertEqual(set(self.complete("weir", "serve", "--token-file", "", cwd=folder)), {"two words.csv", "data"})

    @unittest.skipUnless(HAS_TMUX, "tmux is not installed")
    def test_a_person_presses_tab(self):
        folder = self.folder()
        (folder / "readings of today.csv").touch()
        with Terminal(env={"PATH": f"{BINARY.parent}:/usr/bin:/bin"}) as terminal:
            terminal.type(f"cd {folder}; source <(weir completion bash); clear; echo ready", "Enter")
            terminal.until("ready", gone=("source",))
            terminal.type("weir dea")
            terminal.press("Tab")
            terminal.until("$ weir dead-letters")
            terminal.type("rep")
            terminal.press("Tab")
            terminal.until("$ weir dead-letters replay")
            terminal.press("C-u")
            terminal.type("weir serve --log-f")
            terminal.press("Tab")
            terminal.until("$ weir serve --log-format")
            terminal.type("=j")
            terminal.press("C-u")
            terminal.type("weir stream rea")
            terminal.press("Tab")
            terminal.until(r"$ weir stream readings\ of\ today.csv")


class OtherShells(TestCase):
    @has("zsh")
    def test_zsh_reads_its_script_and_knows_the_command(self):
        folder = self.folder()
        (folder / "_weir").write_text(weir("completion", "zsh").out)
        script = f"fpath=({shlex.quote(str(folder))} $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[weir]; autoload +X _weir"
        done = subprocess.run(["zsh", "-fc", script], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "_weir\n", ""))
        self.assertEqual(subprocess.run(["zsh", "-fn", str(folder / "_weir")], capture_output=True, text=True).stderr, "")

    @has("zsh")
    @unittest.skipUnless(HAS_TMUX, "tmux is not installed")
    def test_zsh_completes(self):
        folder = self.folder()
        (folder / "_weir").write_text(weir("completion", "zsh").out)
        with Terminal(env={"PATH": f"{BINARY.parent}:/usr/bin:/bin"}) as terminal:
            terminal.type("PS1='zsh%% ' zsh -f", "Enter")
            terminal.until("\nzsh%")
            terminal.type(f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -D -u; clear; print ready", "Enter")
            terminal.until("ready", gone=("compinit",))
            for typed, completed in (
                ("weir dea", "% weir dead-letters"), ("weir query la", "% weir query latest"),
                ("weir serve --log-f", "% weir serve --log-format="), ("weir serve --log-format=j", "% weir serve --log-format=json"),
                ("weir help au", "% weir help audit"),
            ):  # fmt: skip
                terminal.press("C-u")
                terminal.type(typed)
                terminal.press("Tab")
                terminal.until(completed)

    @has("fish")
    def test_fish_completes(self):
        folder = self.folder()
        script = folder / "weir.fish"
        script.write_text(weir("completion", "fish").out)

        def complete(line):
            # fish makes folders for its settings and its history where these say.
            homes = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
            words = f"source {script}; complete -C {shlex.quote(line)}"
            done = subprocess.run(["fish", "--no-config", "-c", words], capture_output=True, text=True, env={**environment(), **homes})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

        self.assertEqual(set(complete("weir ")), {*COMMANDS, "help"})
        self.assertEqual(complete("weir dead-letters rep"), ["replay"])
        self.assertEqual(complete("weir serve --log-f"), ["--log-format"])
        self.assertEqual(set(complete("weir serve --log-format ")), {"text", "json"})
        self.assertEqual(complete("weir serve --listen "), [])

    def test_another_shell_is_an_error(self):
        done = weir("completion", "zhs")
        self.assert_status(done, 2)
        self.assertIn("did you mean zsh?", done.err)


class Manual(TestCase):
    def formatted(self, page):
        done = subprocess.run(
            ["man", "--warnings=w", "-E", "UTF-8", "-l", "-"], input=page, capture_output=True, text=True, env={**environment(), "MANWIDTH": "100", "MANROFFOPT": "-c"}
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    @has("man")
    def test_it_is_a_page_without_a_fault(self):
        page = weir("man").out
        text = self.formatted(page)
        self.assertTrue(text.startswith("WEIR(1)"), text[:100])
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS"):
            self.assertRegex(text, rf"(?m)^{title}$")
        self.assertTrue(page.isascii())

    @has("man")
    def test_it_says_what_the_help_says(self):
        text = " ".join(self.formatted(weir("man").out).split())
        for command in COMMANDS:
            with self.subTest(command):
                help_text = weir(command, "--help").out
                self.assertIn(f"weir {command}", text)
                for line in help_text.split("Examples:\n")[1].split("\n\n")[0].splitlines():
                    self.assertIn(" ".join(line.split()), text)
                for line in help_text.splitlines():
                    if line.startswith(("  -", "  --")) and "Everywhere" not in line:
                        self.assertIn(line.split()[-1 if line.split()[0] in ("-o,",) else 0].rstrip(","), text)

    @has("mandoc")
    def test_mandoc_has_nothing_to_say(self):
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning"], input=weir("man").out, capture_output=True, text=True)
        # A date would make two builds of one source differ.
        self.assertEqual([line for line in done.stdout.splitlines() if "missing date" not in line], [])


class Install(TestCase):
    @unittest.skipUnless((BUILD / "CMakeCache.txt").exists() and shutil.which("cmake"), "the binary lies in no build folder")
    def test_everything_is_where_it_is_looked_for(self):
        prefix = self.folder()
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(prefix)], check=True, capture_output=True)
        version = subprocess.run([str(prefix / "bin" / "weir"), "--version"], capture_output=True, text=True)
        self.assertEqual(version.stdout, weir("--version").out)
        share = prefix / "share"
        for path, made in (
            ("man/man1/weir.1", ("man",)), ("bash-completion/completions/weir", ("completion", "bash")),
            ("zsh/site-functions/_weir", ("completion", "zsh")), ("fish/vendor_completions.d/weir.fish", ("completion", "fish")),
        ):  # fmt: skip
            self.assertEqual((share / path).read_text(), weir(*made).out)
        self.assertEqual(sorted(p.name for p in prefix.iterdir()), ["bin", "share"])


if __name__ == "__main__":
    harness.main()
