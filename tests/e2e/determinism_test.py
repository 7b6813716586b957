#!/usr/bin/env python3
"""The same seed gives the same texts and hashes: twice over, beside seven others, and after a kill."""

import os
import time
import unittest

import harness
from harness import Case, needs_smollm2

EIGHT = """\
participants:
  - {name: A, model: smollm2}
  - {name: B, model: smollm2}
opening: {text: Hello there}
repeats: 8
turns: 6
seed: 7
sampling: {max_tokens: 24}
determinism: exact
"""
ONE_OF_EIGHT = ["smollm2", "--turns", "6", "--seed", "7", "--max-tokens", "24", "--determinism", "exact"]


@needs_smollm2
class DeterminismTest(Case):
    def test_the_same_command_twice(self):
        for name in ("a", "b"):
            self.ok("talk", "smollm2", "--turns", "24", "--seed", "7", "--max-tokens", "48", "-o", f"{name}.duo",
                    timeout=300)
        first, second = self.said("a.duo"), self.said("b.duo")
        self.assertEqual(len(first), 24)
        self.assertEqual(first, second)
        # How soon it settles depends on the machine's arithmetic; one text all along would mean that nothing was drawn.
        self.assertGreater(len({text for _, _, _, text, _ in first}), 1, "it should say different things")

    def test_another_seed_says_something_else(self):
        for seed in ("7", "8"):
            self.ok("talk", "smollm2", "--turns", "2", "--seed", seed, "--max-tokens", "24", "-o", f"{seed}.duo")
        self.assertNotEqual([turn[3] for turn in self.said("7.duo")], [turn[3] for turn in self.said("8.duo")])

    def test_exact_beside_seven_others(self):
        """Eight at once, one after the other, and the first of them alone by `talk`: each conversation is the same."""
        self.write("eight.yaml", EIGHT)
        for jobs in ("8", "1"):
            self.ok("run", "eight.yaml", "--jobs", jobs, "-o", f"jobs{jobs}.duo", timeout=300)
        texts = set()
        for trial in range(1, 9):
            together = self.said(f"jobs8.duo:{trial}")
            self.assertEqual(len(together), 6)
            self.assertEqual(together, self.said(f"jobs1.duo:{trial}"), f"trial {trial}")
            texts.add(tuple(turn[3] for turn in together))
        self.assertGreater(len(texts), 4, "trials should differ from each other")
        self.ok("talk", *ONE_OF_EIGHT, "-o", "alone.duo")
        self.assertEqual(self.said("alone.duo"), self.said("jobs8.duo:1"))

    def test_exact_after_kills(self):
        """Killed after two turns, resumed, killed again, resumed: and with what it costs to have read it anew."""
        self.ok("talk", *ONE_OF_EIGHT, "-o", "undisturbed.duo")
        duo = self.path("killed.duo")
        command = ["talk", *ONE_OF_EIGHT, "-o", duo]
        for turns in (2, 4):
            process = self.start(*command, stdout=None, stderr=None)
            self.wait_until(f"turn {turns}", lambda: os.path.exists(duo) and recorded(duo) >= turns, timeout=60)
            time.sleep(0.05)
            process.kill()
            process.wait(10)
            command = ["resume", duo]
        self.ok(*command)
        self.assertEqual(self.said("killed.duo"), self.said("undisturbed.duo"))

    def test_a_longer_talk_begins_as_the_shorter_one_does(self):
        """`resume --turns +N` gives what the longer talk would have given from the start."""
        self.ok("talk", *ONE_OF_EIGHT, "-o", "grown.duo")
        self.ok("resume", "grown.duo", "--turns", "+2")
        longer = list(ONE_OF_EIGHT)
        longer[longer.index("--turns") + 1] = "8"
        self.ok("talk", *longer, "-o", "long.duo")
        self.assertEqual(self.said("grown.duo"), self.said("long.duo"))
        self.assertEqual(len(self.said("long.duo")), 8)

    def test_the_level_is_recorded(self):
        self.ok("talk", "smollm2", "--turns", "1", "--max-tokens", "4", "--determinism", "seeded", "-o", "s.duo")
        self.ok("talk", "smollm2", "--turns", "1", "--max-tokens", "4", "--determinism", "exact", "-o", "e.duo")
        self.assertEqual(harness.rows(self.path("s.duo"), "SELECT determinism FROM run"), [("seeded",)])
        self.assertEqual(harness.rows(self.path("e.duo"), "SELECT determinism FROM run"), [("exact",)])


def recorded(duo):
    try:
        return harness.rows(duo, "SELECT count(*) FROM v_turn WHERE on_head")[0][0]
    except harness.sqlite3.Error:
        return 0


if __name__ == "__main__":
    unittest.main(verbosity=2)
