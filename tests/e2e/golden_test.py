#!/usr/bin/env python3
"""The conversations in tests/golden, each a text that says what is typed and what is answered.

Lines that start with four spaces are the test, all others explain it:

        $ duologue show a.duo      a command, run by sh in the test's folder
        > more of it               its next line
        what it prints             stdout and stderr, in this order
        [2]                        its exit code, if it isn't 0

The folder is called /here. In an expected line `...` stands for anything; a line of only `...` for any number of lines.
GOLDEN_UPDATE=1 writes what came instead of what didn't fit.
"""

import os
import re
import subprocess
import unittest

import harness
from harness import Case

FOLDER = os.path.join(harness.ROOT, "tests", "golden")
INDENT = "    "


class Command:
    def __init__(self, line):
        self.lines, self.expected, self.first = [line], [], 0


def parse(text):
    """The file as a list of lines of prose and Commands."""
    parts, blank = [], []
    for line in text.splitlines():
        command = parts[-1] if parts and isinstance(parts[-1], Command) else None
        body = line[len(INDENT) :]
        if not line.strip():
            blank.append("")
            continue
        if line.startswith(INDENT + "$ "):
            parts += [*blank, Command(body[2:])]
        elif line.startswith(INDENT + ">") and command and not command.expected and not blank:
            command.lines.append(body[2:])
        elif line.startswith(INDENT) and command:
            command.expected += [*blank, body]  # what a command prints may hold empty lines
        else:
            parts += [*blank, line]
        blank = []
    return parts


def fits(expected, found):
    """Whether the lines are as expected, `...` standing for anything."""
    if not expected:
        return not found
    if expected[0] == "...":
        return any(fits(expected[1:], found[skip:]) for skip in range(len(found) + 1))
    if not found:
        return False
    pattern = ".*".join(re.escape(piece) for piece in expected[0].split("..."))
    return re.fullmatch(pattern, found[0]) is not None and fits(expected[1:], found[1:])


class GoldenTest(Case):
    def run_command(self, command):
        env = {**self.env, "PATH": self.path("bin") + ":" + self.env["PATH"]}
        process = subprocess.Popen(
            ["sh", "-c", "\n".join(command.lines)],
            env=env,
            cwd=self.path("here"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.addCleanup(harness.stop, process)
        out, err = process.communicate(timeout=harness.DEADLINE_S)
        said = (out + err).decode("utf-8", "replace").replace(self.path("here"), "/here")
        lines = said.rstrip("\n").split("\n") if said else []
        return lines + ([f"[{process.returncode}]"] if process.returncode else [])

    def play(self, name):
        path = os.path.join(FOLDER, name)
        with open(path, encoding="utf-8") as file:
            parts = parse(file.read())
        os.mkdir(self.path("here"))
        os.mkdir(self.path("bin"))
        os.symlink(harness.BINARY, self.path("bin", "duologue"))
        wrong, written = [], []
        for part in parts:
            if isinstance(part, str):
                written.append(part)
                continue
            found = self.run_command(part)
            written += [(INDENT + ("$ " if at == 0 else "> ") + line).rstrip() for at, line in enumerate(part.lines)]
            good = fits(part.expected, found)
            written += [(INDENT + line).rstrip() for line in (part.expected if good else found)]
            if not good:
                wrong.append(
                    "$ "
                    + "\n> ".join(part.lines)
                    + "\n--- expected\n"
                    + "\n".join(part.expected)
                    + "\n--- found\n"
                    + "\n".join(found)
                )
        self.assertTrue(any(isinstance(part, Command) for part in parts), f"{path} tests nothing")
        if wrong and os.environ.get("GOLDEN_UPDATE"):
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(written) + "\n")
        self.assertFalse(wrong, f"{path}:\n" + "\n\n".join(wrong))


def add_tests():
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".txt"):
            test = "test_" + re.sub(r"\W", "_", name[:-4])
            setattr(GoldenTest, test, lambda self, name=name: self.play(name))


add_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
