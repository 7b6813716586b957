"""A terminal for tests: a private tmux server that runs one program, is typed into, and is looked at.

The server runs in the foreground as a child of the test (`tmux -D`), with a socket in the test's own folder and no
configuration: it goes when the test goes, and never meets another tmux. All bytes that the program writes are kept too
(`pipe-pane`), since a screen can't show what a terminal was told to do.
"""

import os
import shlex
import signal
import subprocess
import time

import harness


class Terminal:
    def __init__(self, case, *args, env=None, columns=80, rows=24, before="true", after=""):
        """Starts the binary with `args` in a new terminal's shell; `before` and `after` are shell words around it."""
        self.case = case
        self.socket, self.pid = case.path("tmux.socket"), 0
        self.raw_path = case.path("tmux.raw")
        self.code_path = case.path("tmux.code")
        self.env = {**case.env, **(env or {})}
        server_env = {name: value for name, value in self.env.items() if name not in ("TERM", "NO_COLOR")}
        self.server = subprocess.Popen(
            ["tmux", "-u", "-S", self.socket, "-f", "/dev/null", "-D"],
            env=server_env,
            cwd=case.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        case.addCleanup(self.close)
        case.wait_until("the tmux server", lambda: os.path.exists(self.socket))
        sets = "".join(
            f"export {name}={shlex.quote(value)}; "
            for name, value in {"TERM": "tmux-256color", **(env or {})}.items()
        )
        words = " ".join(shlex.quote(word) for word in (harness.BINARY, *args))
        # `read` keeps the pane for a last look after the end. Ctrl-C is for the program: the shell only notes it.
        code = shlex.quote(self.code_path)
        shell = f"trap : INT; {sets}{before}; read go; {words} {after}; echo $? > {code}; read stay"
        self.tmux(
            "new-session",
            "-d",
            "-s",
            "t",
            "-x",
            str(columns),
            "-y",
            str(rows),
            "-c",
            case.folder,
            f"sh -c {shlex.quote(shell)}",
        )
        self.pid = int(self.tmux("display-message", "-p", "-t", "t", "#{pane_pid}"))
        self.tmux("set-option", "-g", "status", "off")
        self.tmux("set-option", "-g", "history-limit", "5000")
        self.tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))
        self.tmux("pipe-pane", "-t", "t", f"exec cat > {shlex.quote(self.raw_path)}")
        self.keys("Enter")

    def tmux(self, *args):
        done = subprocess.run(
            ["tmux", "-u", "-S", self.socket, *args],
            env={**self.env, "TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
        self.case.assertEqual(done.returncode, 0, (args, done.stderr))
        return done.stdout.decode("utf-8", "replace")

    def screen(self):
        """What stands on the screen, a string a row."""
        return self.tmux("capture-pane", "-p", "-t", "t").split("\n")

    def history(self):
        """The screen with what has scrolled off its top; wrapped rows joined."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "t")

    def colours(self):
        return self.tmux("capture-pane", "-p", "-e", "-S", "-", "-t", "t")

    def keys(self, *names):
        self.tmux("send-keys", "-t", "t", *names)

    def type(self, text):
        """Types text as it is, and Enter."""
        self.tmux("send-keys", "-t", "t", "-l", text)
        self.keys("Enter")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))

    def raw(self):
        with open(self.raw_path, "rb") as file:
            return file.read()

    def wait_for(self, text, timeout=20.0, where=None):
        """Waits until the text can be seen (in all that was shown, or by `where`), and returns all that was shown."""
        end = time.monotonic() + timeout
        while True:
            shown = (where or self.history)()
            shown = "\n".join(shown) if isinstance(shown, list) else shown
            if text in shown:
                return shown
            if time.monotonic() > end:
                self.case.fail(f"waited {timeout:g} s in vain for {text!r}; the terminal shows:\n{self.history()}")
            time.sleep(0.05)

    def wait_gone(self, text, timeout=20.0):
        self.case.wait_until(f"{text!r} to go", lambda: text not in "\n".join(self.screen()), timeout)

    def exit_code(self, timeout=30.0):
        """Waits for the program's end."""
        end = time.monotonic() + timeout
        while not (os.path.exists(self.code_path) and os.path.getsize(self.code_path) > 0):
            if time.monotonic() > end:
                self.case.fail(f"no end within {timeout:g} s; the terminal shows:\n{self.history()}")
            time.sleep(0.05)
        with open(self.code_path, encoding="ascii") as file:
            return int(file.read())

    def hang_up(self):
        """The terminal goes away with whatever runs in it, as when a window is closed or a line is cut."""
        self.tmux("kill-pane", "-t", "t")

    def processes(self):
        """The shell in the pane and all that it started, each with what tells it from a later one of the same id."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            try:
                found.append((pid, started_at(pid)))
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    todo += [int(child) for child in file.read().split()]
            except OSError:
                continue  # it has ended
        return found

    def close(self):
        processes = self.processes() if self.server.poll() is None else []
        if self.server.poll() is None:
            self.server.terminate()
            try:
                self.server.wait(5)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait(5)
        # They were told by SIGHUP; one that hangs must not outlive the test.
        end = time.monotonic() + 5
        for pid, started in processes:
            while started_at(pid, gone=None) == started and time.monotonic() < end:
                time.sleep(0.02)
            if started_at(pid, gone=None) == started:
                os.kill(pid, signal.SIGKILL)


def started_at(pid, **otherwise):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        if "gone" in otherwise:
            return otherwise["gone"]
        raise
    return None if fields[0] == "Z" else fields[19]
