"""Runs the drivers in the build's bench folder and reads the JSON object that each prints."""

import json
import os
import subprocess

from common import Failed


def processors():
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Drivers:
    def __init__(self, folder, scratch, model):
        self.folder = folder
        self.scratch = scratch
        self.model = model

    def file(self, name):
        return os.path.join(self.scratch, name)

    def run(self, program, arguments):
        path = os.path.join(self.folder, program)
        if not os.access(path, os.X_OK):
            raise Failed(f"{path} is missing: `make bench` builds it")
        done = subprocess.run([path, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-3:]
            command = " ".join([program, *map(str, arguments)])
            raise Failed(f"{command}: exit {done.returncode}: {' | '.join(last)}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def scripted(self, conversations, turns, record, memory="full", marks=(), model=""):
        arguments = ["--conversations", conversations, "--turns", turns, "--record", record,
                     "--memory", memory]
        if model:
            arguments += ["--model", model]
        if record != "none":
            arguments += ["--file", self.file("scripted.duo")]
        if marks:
            arguments += ["--mark", ",".join(map(str, marks))]
        return self.run("bench_scripted", arguments)

    def sync_rate(self, seconds):
        """fdatasync a second, in the same folder that the scripted conversations are recorded in."""
        return self.run("bench_fdatasync", ["--file", self.file("sync"), "--seconds", seconds])

    def talk(self, turns, level, surprisal, context, seed, conversations=1, jobs=1):
        return self.run("bench_talk", [
            "--model", self.model, "--turns", turns, "--determinism", level,
            "--surprisal", "true" if surprisal else "false", "--context", context, "--seed", seed,
            "--conversations", conversations, "--jobs", jobs, "--file", self.file("talk.duo")])
