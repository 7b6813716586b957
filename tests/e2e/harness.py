"""What the end-to-end tests share: a binary, a folder that goes away, processes that end, readers of the record.

Every test runs in a folder of its own, with XDG_DATA_HOME, XDG_CACHE_HOME and HOME in it: nothing outside is written.
Weights are linked in from the real cache, one by one, so that a fetch could never change it. Every process has a
deadline, and is stopped by its own id.
"""

import base64
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

# Started in the background (as a CI run may be), this process ignores Ctrl-C, and so would every child.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("DUOLOGUE") or os.path.join(ROOT, "build", "duologue"))
DEADLINE_S = 120.0  # of one process, unless a test says otherwise

# Exit codes, as promised.
DONE, CHECK_FAILED, USAGE, MODEL_FAILED, STORE_FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 130


def real_cache():
    base = os.environ.get("XDG_CACHE_HOME")
    if not base or not os.path.isabs(base):
        home = os.environ.get("HOME")
        base = os.path.join(home, ".cache") if home else "/var/cache"
    return os.path.join(base, "duologue")


SMOLLM2 = os.path.join(real_cache(), "models", "smollm2.Q8_0.gguf")


def has_engine():
    said = subprocess.run([BINARY, "--version"], stdout=subprocess.PIPE, timeout=DEADLINE_S, check=True).stdout
    return b"with the in-process engine" in said


def needs_smollm2(test):
    """Skips a test or a class of them, saying why, on a machine without the weights or a build without the engine."""
    if not os.path.exists(SMOLLM2):
        return unittest.skip(f"no {SMOLLM2}: `make demo` fetches it")(test)
    if os.path.exists(BINARY) and not has_engine():
        return unittest.skip("this build has no in-process engine")(test)
    return test


class Finished:
    """A process that has ended: its exit code, what it wrote, and how long it took."""

    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.seconds = args, code, seconds
        self.raw_out, self.raw_err = out, err
        self.out = out.decode("utf-8", "surrogateescape")
        self.err = err.decode("utf-8", "surrogateescape")

    def lines(self):
        return self.out.splitlines()

    def json(self):
        return json.loads(self.out)

    def json_lines(self):
        return [json.loads(line) for line in self.out.split("\n") if line]  # texts may hold other line separators

    def __str__(self):
        return (
            f"$ duologue {' '.join(self.args)}\nexit {self.code} after {self.seconds:.2f} s\n"
            f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}\n---"
        )


class Case(unittest.TestCase):
    """A test with a folder of its own, in which its processes run."""

    maxDiff = 4000

    def setUp(self):
        if not os.path.exists(BINARY):
            self.fail(f"no binary at {BINARY}: build it, or set DUOLOGUE")
        self.folder = tempfile.mkdtemp(prefix="duologue-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.env = self.clean_environment()
        self.link_weights()

    def clean_environment(self):
        env = {
            name: os.environ[name]
            for name in ("PATH", "TZ", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ
        }
        env.update(
            HOME=self.path("home"),
            XDG_DATA_HOME=self.path("data"),
            XDG_CACHE_HOME=self.path("cache"),
            XDG_CONFIG_HOME=self.path("config"),
            LANG="C.UTF-8",
            TERM="xterm-256color",
            TMPDIR=self.folder,
        )
        os.mkdir(env["HOME"])
        return env

    def link_weights(self):
        models = self.path("cache", "duologue", "models")
        os.makedirs(models)
        real = os.path.dirname(SMOLLM2)
        for name in os.listdir(real) if os.path.isdir(real) else []:
            if name.endswith(".gguf"):
                os.symlink(os.path.join(real, name), os.path.join(models, name))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        return self.path(name)

    def script(self, name, lines, pace=None, settings=()):
        """A scripted model: its lines as they stand in the file. Returns what names it on a command line."""
        head = list(settings) + ([f"#pace {pace}"] if pace is not None else [])
        return "scripted:" + self.write(name + ".txt", "".join(line + "\n" for line in head + list(lines)))

    # Processes

    def start(self, *args, env=None, cwd=None, **options):
        """Starts the binary; it is killed when the test ends, if it still runs then."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen(
            [BINARY, *args], env={**self.env, **(env or {})}, cwd=cwd or self.folder, **options
        )
        self.addCleanup(stop, process)
        return process

    def duologue(self, *args, timeout=DEADLINE_S, input=None, **options):
        """Runs the binary to its end."""
        begin = time.monotonic()
        if input is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*args, **options)
        try:
            out, err = process.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(
                "ran past its deadline\n"
                + str(Finished(args, None, out or b"", err or b"", time.monotonic() - begin))
            )
        return Finished(args, process.returncode, out or b"", err or b"", time.monotonic() - begin)

    def ok(self, *args, **options):
        """Runs the binary, which must end with 0 and have nothing to complain about."""
        done = self.duologue(*args, **options)
        self.assertEqual(done.code, DONE, done)
        return done

    def assert_error(self, done, code, *words):
        """Exactly one line on stderr, which holds each of the words; this exit code."""
        self.assertEqual(done.code, code, done)
        self.assertRegex(done.err, r"\Aduologue: [^\n]+\n\Z", done)
        for word in words:
            self.assertIn(word.lower(), done.err.lower(), done)
        self.assertNotRegex(done.err, r"[\x00-\x09\x0b-\x1f\x7f]", "control characters in an error")

    def wait_until(self, what, holds, timeout=20.0, step=0.02):
        """Waits for holds() to return something true, and returns it."""
        end = time.monotonic() + timeout
        while True:
            found = holds()
            if found:
                return found
            if time.monotonic() > end:
                self.fail(f"waited {timeout:g} s in vain for {what}")
            time.sleep(step)

    # What was recorded

    def export(self, duo, *args):
        """The turns, one object each, as `export --format jsonl` gives them."""
        done = self.ok("export", duo, *args, "--format", "jsonl")
        return done.json_lines()

    def said(self, duo, *args):
        """What must be equal between two runs of one conversation: who said what, and its hash."""
        return [
            (turn["turn"], turn["speaker"], turn["author"], turn["text"], turn["hash"])
            for turn in self.export(duo, *args)
        ]


def stop(process):
    """Ends a process that the test started."""
    if process.poll() is None:
        process.kill()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        print(f"process {process.pid} doesn't end", file=sys.stderr)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def sigint(process):
    process.send_signal(signal.SIGINT)


def rows(duo, query, values=()):
    """A query by another program (this one), as any reader may make it while a run writes."""
    connection = sqlite3.connect(f"file:{duo}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def copy_as_left(duo, into):
    """Copies a file with its write-ahead log as a crash left them, so that reading the copy can't mend the original."""
    os.makedirs(into, exist_ok=True)
    for suffix in ("", "-wal"):
        if os.path.exists(duo + suffix):
            shutil.copyfile(duo + suffix, os.path.join(into, os.path.basename(duo) + suffix))
    return os.path.join(into, os.path.basename(duo))


# The record's hashes, computed here anew from docs/store.md: a test that asked the program would only learn that it
# agrees with itself.


def _field(data):
    return struct.pack("<Q", len(data)) + data


def text_bytes(object_, key):
    """The exact bytes of a text in JSON: beside one that isn't UTF-8 they stand in base64."""
    if key + "_base64" in object_:
        return base64.b64decode(object_[key + "_base64"])
    return object_[key].encode("utf-8")


def view_hash(messages):
    """The rolling hash of what a participant was sent: of messages as `show --prompt N --json` prints them."""
    roles = {"system": 0, "user": 1, "assistant": 2}
    digest = bytes(32)
    for message in messages:
        data = _field(digest) + struct.pack("<Q", roles[message["role"]]) + _field(text_bytes(message, "content"))
        has_reasoning = message.get("reasoning") is not None
        data += struct.pack("<Q", has_reasoning)
        if has_reasoning:
            data += _field(text_bytes(message, "reasoning"))
        calls = message.get("tool_calls", [])
        data += struct.pack("<Q", len(calls)) if calls else b""
        for call in calls:
            for key in ("id", "name", "arguments", "result"):
                data += _field(text_bytes(call, key))
            data += struct.pack("<Q", call.get("at", 0))
        digest = hashlib.sha256(data).digest()
    return digest.hex()


def prompt_hash(tokens):
    """Of the token ids that a model in process was sent."""
    return hashlib.sha256(_field(struct.pack(f"<{len(tokens)}i", *tokens))).hexdigest()
