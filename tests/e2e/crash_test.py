#!/usr/bin/env python3
"""kill -9 at any moment loses no committed turn, and the conversation that is resumed ends as the undisturbed one does.

A conversation is killed again and again: while it starts, while it speaks, while it commits, while it ends, while it is
being resumed. After each kill the file is read, from a copy, by a plain SQLite: it must hold the undisturbed
conversation's beginning, at least as much as was there before and as had been printed. Then it is resumed.
"""

import concurrent.futures
import os
import random
import shutil
import sqlite3
import threading
import time
import unittest

import harness
from harness import Case, needs_smollm2

SCRIPT = [
    "Good morning, colony.",
    "And to you: how is the \\xffred dust?",
    "",
    "It settles — slowly — on everything.",
    "Then we sweep.",
    "Then we sweep.",
    "Then we sweep.\\nAnd sweep.",
]


class Victim:
    """One conversation: how it is started, what it should become, and what is known to be recorded of it."""

    def __init__(self, case, name, talk, reference, dice):
        self.case, self.talk, self.reference, self.dice = case, talk, reference, dice
        self.duo = case.path(f"{name}.duo")
        self.copies = case.path(f"{name}.copies")
        self.recorded = []  # (turn, hash) of what the file held at the last look
        self.killed = 0
        self.ended = False

    def start(self):
        if os.path.exists(self.duo):
            return self.case.start("resume", self.duo, stderr=None)
        self.case.assertFalse(self.recorded, "the file is gone")
        return self.case.start("talk", *self.talk, "-o", self.duo, stderr=None)

    def kill_once(self, moment):
        """Runs until `moment(process, turns)` has returned, then kills. What it had printed was recorded."""
        process = self.start()
        printed = []  # the turns that it has said since
        reader = threading.Thread(target=lambda: printed.extend(filter(is_turn, iter(process.stdout.readline, b""))))
        reader.start()
        moment(process, printed)
        process.kill()
        process.wait(10)
        reader.join(10)
        if process.returncode == -9:
            self.killed += 1
        else:
            self.case.assertEqual(process.returncode, 0, f"{self.duo} ended by itself with {process.returncode}")
            self.ended = True
        self.look(len(printed))

    def look(self, printed):
        """Compares the file with what must be in it."""
        if not os.path.exists(self.duo):
            self.case.assertEqual(printed, 0, "printed, but not recorded")
            return
        shutil.rmtree(self.copies, ignore_errors=True)
        copy = harness.copy_as_left(self.duo, self.copies)
        connection = sqlite3.connect(copy)
        try:
            self.case.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            found = connection.execute("SELECT turn, hash FROM v_turn WHERE on_head ORDER BY turn").fetchall()
        finally:
            connection.close()
        self.case.assertEqual(found, self.reference[: len(found)], "recorded turns differ from the undisturbed ones")
        self.case.assertEqual(found[: len(self.recorded)], self.recorded, "a recorded turn is missing")
        self.case.assertGreaterEqual(
            len(found), len(self.recorded) + printed, "a turn was printed, but isn't in the file"
        )
        self.recorded = found

    def finish(self):
        if self.ended:
            return
        process = self.start()
        out, _ = process.communicate(timeout=harness.DEADLINE_S)
        self.case.assertEqual(process.returncode, 0, out.decode(errors="replace"))
        self.look(sum(map(is_turn, out.splitlines())))


def is_turn(line):
    return line.startswith((b"Ada: ", b"Bob: ", b"A: ", b"B: "))


def after_seconds(seconds):
    return lambda process, printed: time.sleep(seconds)


def after_turns(count, then_seconds):
    def moment(process, printed):
        end = time.monotonic() + 30
        while len(printed) < count and process.poll() is None and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(then_seconds)

    return moment


class CrashTest(Case):
    def record_reference(self, talk):
        duo = self.path("undisturbed.duo")
        self.ok("talk", *talk, "-o", duo, timeout=120)
        turns = self.export(duo)
        return duo, turns, [(turn["turn"], turn["hash"]) for turn in turns]

    def compare(self, victim, undisturbed):
        """Everything that the record holds of the talk itself must be equal, measurements and findings too."""

        def essence(turn):
            kept = {
                key: turn[key]
                for key in (
                    "turn",
                    "speaker",
                    "author",
                    "text",
                    "reasoning",
                    "stop_reason",
                    "seed",
                    "view_hash",
                    "hash",
                    "parent",
                    "metrics",
                    "detections",
                )
            }
            return kept

        self.assertEqual([essence(turn) for turn in self.export(victim.duo)], [essence(turn) for turn in undisturbed])

    def torture(self, name, talk, reference, undisturbed, kills, dice, moment):
        victim = Victim(self, name, talk, reference, dice)
        while victim.killed < kills and not victim.ended:
            victim.kill_once(moment(dice))
        killed = victim.killed
        victim.finish()
        self.compare(victim, undisturbed)
        return killed

    def torture_many(self, talk, total, moment, at_most_each, jobs):
        seed = int(os.environ.get("E2E_SEED") or random.randrange(1 << 32))
        _, undisturbed, reference = self.record_reference(talk)
        dice = random.Random(seed)
        killed, started = 0, 0
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            running = set()
            while killed < total or running:
                missing = total - killed - sum(run.kills for run in running)
                while missing > 0 and len(running) < jobs:
                    started += 1
                    kills = min(missing, dice.randint(1, at_most_each))
                    run = pool.submit(
                        self.torture,
                        f"killed{started}",
                        talk,
                        reference,
                        undisturbed,
                        kills,
                        random.Random(dice.random()),
                        moment,
                    )
                    run.kills = kills
                    running.add(run)
                    missing -= kills
                done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for run in done:
                    try:
                        killed += run.result()
                    except Exception as error:
                        raise AssertionError(f"with E2E_SEED={seed}: {error}") from error
        self.assertGreaterEqual(killed, total)
        print(f"{killed} kills over {started} conversations ... ", end="", flush=True)

    def test_200_kills_over_a_scripted_conversation(self):
        one = self.script("colony", SCRIPT, pace=20)
        talk = [f"Ada={one}", f"Bob={one}", "--turns", "20", "--seed", "11"]

        def moment(dice):
            kind = dice.random()
            if kind < 0.25:
                return after_seconds(dice.uniform(0, 0.06))  # it starts: makes the file, or opens and repairs it
            if kind < 0.45:
                return after_seconds(dice.uniform(0, 0.5))
            # Just after a turn was printed, so while the next is spoken or recorded, or the end is.
            return after_turns(dice.randint(1, 8), dice.uniform(0, 0.024))

        self.torture_many(talk, 200, moment, at_most_each=14, jobs=2)

    @needs_smollm2
    def test_20_kills_over_a_real_conversation(self):
        talk = ["smollm2", "--turns", "8", "--seed", "7", "--max-tokens", "16"]

        def moment(dice):
            if dice.random() < 0.3:
                return after_seconds(dice.uniform(0, 1.2))
            return after_turns(dice.randint(1, 3), dice.uniform(0, 0.25))

        # One at a time: two would spin on the same cores.
        self.torture_many(talk, 20, moment, at_most_each=5, jobs=1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
