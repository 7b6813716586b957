#!/usr/bin/env python3
"""`duologue run SPEC.yaml`: what is planned, what is said, how an interrupted experiment goes on."""

import json
import os
import unittest

import harness
from harness import Case, DONE, INTERRUPTED, MODEL_FAILED, STORE_FAILED, USAGE

OPENINGS = "Hello there\n\nWhat is a lake?\nTell me about salt.\n"
LINES = ["alpha one", "beta two", "gamma three", "delta four", "epsilon five"]


class RunTest(Case):
    def spec(self, name="spec.yaml", pace=None, openings="{file: openings.txt}", **settings):
        """Writes a spec of two scripted participants; a setting that is None is left out."""
        self.write("openings.txt", OPENINGS)
        self.script("says", LINES, pace=pace)
        values = {"repeats": 2, "turns": 6, "seed": 20261121, **settings}
        lines = [
            "participants:",
            "  - {name: A, model: 'scripted:says.txt'}",
            "  - {name: B, model: 'scripted:says.txt'}",
        ]
        lines.append(f"opening: {openings}")
        lines += [f"{key}: {value}" for key, value in values.items() if value is not None]
        return self.write(name, "\n".join(lines) + "\n")

    def trials(self, duo):
        return harness.rows(
            self.path(duo), "SELECT trial, opening, repeat, turns, end_cause FROM v_trial ORDER BY trial"
        )

    def all_said(self, duo, trials):
        return {trial: self.said(f"{duo}:{trial}") for trial in range(1, trials + 1)}

    def test_every_opening_times_repeats(self):
        self.spec()
        self.ok("run", "spec.yaml", "-o", "out.duo")
        self.assertEqual(
            self.trials("out.duo"),
            [
                (1, "Hello there", 1, 6, "turn_limit"),
                (2, "Hello there", 2, 6, "turn_limit"),
                (3, "What is a lake?", 1, 6, "turn_limit"),
                (4, "What is a lake?", 2, 6, "turn_limit"),
                (5, "Tell me about salt.", 1, 6, "turn_limit"),
                (6, "Tell me about salt.", 2, 6, "turn_limit"),
            ],
        )
        turns = self.export("out.duo:4")
        self.assertEqual([turn["text"] for turn in turns], (LINES + LINES)[:6])
        self.assertEqual([turn["speaker"] for turn in turns], ["A", "B"] * 3)
        self.assertEqual({turn["trial"] for turn in turns}, {4})

    def test_a_round_is_a_turn_of_each(self):
        self.spec(turns=None, rounds=2, repeats=1)
        self.ok("run", "spec.yaml", "-o", "out.duo")
        self.assertEqual([row[3] for row in self.trials("out.duo")], [4, 4, 4])

    def test_jobs_change_nothing_but_the_time(self):
        self.spec(pace=15, repeats=4)
        alone = self.ok("run", "spec.yaml", "-o", "one.duo", "--jobs", "1")
        together = self.ok("run", "spec.yaml", "-o", "many.duo", "--jobs", "12")
        self.assertEqual(self.all_said("one.duo", 12), self.all_said("many.duo", 12))
        # 12 trials of 6 turns of 15 ms: 1.1 s one after the other, 0.1 s all at once.
        self.assertLess(together.seconds, alone.seconds / 2, "12 jobs don't run at once")

    def test_random_text_depends_on_seed_and_trial_alone(self):
        self.script("drawn", [], settings=["#generate 30"])
        spec = "participants: [{name: A, model: 'scripted:drawn.txt'}]\nturns: 3\nrepeats: 3\n"
        self.write("s1.yaml", spec + "seed: 1\n")
        self.write("s2.yaml", spec + "seed: 2\n")
        for out, name in (("a", "s1"), ("b", "s1"), ("c", "s2")):
            self.ok("run", f"{name}.yaml", "-o", f"{out}.duo", "--jobs", "3")
        self.assertEqual(self.all_said("a.duo", 3), self.all_said("b.duo", 3))
        texts = {self.said(f"{name}.duo:{trial}")[0][3] for name in "ac" for trial in (1, 2, 3)}
        self.assertEqual(len(texts), 6, "seeds and trials should all draw differently")

    def test_json_is_accepted_too(self):
        self.script("says", LINES)
        self.write(
            "spec.json", json.dumps({"participants": [{"name": "A", "model": "scripted:says.txt"}], "turns": 3})
        )
        self.ok("run", "spec.json", "-o", "out.duo")
        self.assertEqual([row[3] for row in self.trials("out.duo")], [3])

    def test_dry_run_says_what_would_run_and_makes_nothing(self):
        self.spec()
        done = self.ok("run", "spec.yaml", "-o", "out.duo", "--dry-run")
        self.assertIn("6", done.out)
        self.assertIn("36", done.out.replace(",", ""), "6 trials of 6 turns are 36 turns")
        self.assertFalse(os.path.exists(self.path("out.duo")))
        planned = self.ok("run", "spec.yaml", "-o", "out.duo", "--dry-run", "--json").json()
        self.assertEqual(
            (planned["trials"], planned["openings"], planned["repeats"], planned["max_turns"]), (6, 3, 2, 36)
        )

    def test_the_schema_is_json_schema(self):
        schema = self.ok("run", "--print-schema").json()
        self.assertIn("json-schema.org", schema["$schema"])
        self.assertIn("participants", schema["properties"])

    def test_json_output_is_json_alone(self):
        self.spec()
        found = self.ok("run", "spec.yaml", "-o", "out.duo", "--json").json()
        self.assertEqual((found["trials"], found["finished"], found["failed"], found["turns"]), (6, 6, 0, 36))
        self.assertEqual(
            [(one["trial"], one["turns"], one["end"]["cause"]) for one in found["outcomes"]],
            [(trial, 6, "turn_limit") for trial in range(1, 7)],
        )

    def test_progress_goes_nowhere_when_nobody_watches(self):
        self.spec()
        done = self.ok("run", "spec.yaml", "-o", "out.duo")
        self.assertNotIn(b"\x1b", done.raw_out + done.raw_err)
        self.assertNotIn(b"\r", done.raw_out + done.raw_err)

    def test_an_existing_file_is_refused(self):
        self.spec()
        self.ok("run", "spec.yaml", "-o", "out.duo")
        before = self.all_said("out.duo", 6)
        self.assert_error(self.duologue("run", "spec.yaml", "-o", "out.duo"), STORE_FAILED, "out.duo", "resume")
        self.assertEqual(self.all_said("out.duo", 6), before)

    def interrupted(self, stop):
        """An experiment that is stopped while its trials run, and resumed, equals one that never was."""
        self.spec(pace=30)
        self.ok("run", "spec.yaml", "-o", "whole.duo", "--jobs", "6")
        process = self.start("run", "spec.yaml", "-o", "cut.duo", "--jobs", "2")
        cut = self.path("cut.duo")
        # Past the first two trials, so that some have ended, some are on their way and some haven't begun.
        self.wait_until("the third trial", lambda: self.turns_in(cut) >= 15)
        code = stop(process)
        ended = [row for row in self.trials("cut.duo") if row[4] == "turn_limit"]
        self.assertLess(len(ended), 6)
        before = harness.rows(cut, "SELECT trial, turn, hash FROM v_turn WHERE on_head ORDER BY trial, turn")
        self.ok("resume", "cut.duo")
        after = harness.rows(cut, "SELECT trial, turn, hash FROM v_turn WHERE on_head ORDER BY trial, turn")
        self.assertLessEqual(set(before), set(after))
        self.assertEqual(self.all_said("cut.duo", 6), self.all_said("whole.duo", 6))
        self.assertEqual([row[4] for row in self.trials("cut.duo")], ["turn_limit"] * 6)
        self.ok("resume", "cut.duo")  # nothing left to do is not an error
        return code

    def turns_in(self, duo):
        if not os.path.exists(duo):
            return 0
        try:
            return harness.rows(duo, "SELECT count(*) FROM v_turn WHERE on_head")[0][0]
        except harness.sqlite3.OperationalError:
            return 0

    def test_resume_after_ctrl_c(self):
        def stop(process):
            harness.sigint(process)
            out, err = process.communicate(timeout=10)
            self.assertIn(b"resume cut.duo", out + err)
            return process.returncode

        self.assertEqual(self.interrupted(stop), INTERRUPTED)

    def test_resume_after_kill_9(self):
        def stop(process):
            process.kill()
            process.wait(10)

        self.interrupted(stop)

    def test_more_turns_for_every_trial(self):
        self.spec()
        self.ok("run", "spec.yaml", "-o", "out.duo")
        self.ok("resume", "out.duo", "--turns", "+3")
        self.assertEqual([row[3] for row in self.trials("out.duo")], [9] * 6)
        self.spec("longer.yaml", turns=9)
        self.ok("run", "longer.yaml", "-o", "longer.duo")
        self.assertEqual(self.all_said("out.duo", 6), self.all_said("longer.duo", 6))

    def test_a_failing_trial_does_not_end_the_others(self):
        self.script("fails", LINES, settings=["#error 3 the socket is wet"])
        self.script("says", LINES)
        self.write("openings.txt", OPENINGS)
        self.write(
            "spec.yaml",
            "participants:\n  - {name: A, model: 'scripted:fails.txt'}\n" "opening: {file: openings.txt}\nturns: 4\n",
        )
        done = self.duologue("run", "spec.yaml", "-o", "out.duo")
        self.assertEqual(done.code, MODEL_FAILED, done)
        self.assertIn("the socket is wet", done.err + done.out)
        self.assertEqual([(row[3], row[4]) for row in self.trials("out.duo")], [(2, "paused")] * 3)
        # Mended, it goes on from the turn that failed.
        self.script("fails", LINES)
        self.ok("resume", "out.duo")
        self.assertEqual([(row[3], row[4]) for row in self.trials("out.duo")], [(4, "turn_limit")] * 3)

    def test_stop_conditions(self):
        self.script("same", ["one", "two", "three", "three", "three", "three"])
        self.write(
            "spec.yaml",
            "participants: [{name: A, model: 'scripted:same.txt'}]\nturns: forever\n" "stop: [{same_text: 3}]\n",
        )
        self.ok("run", "spec.yaml", "-o", "out.duo")
        self.assertEqual([(row[3], row[4]) for row in self.trials("out.duo")], [(5, "same_text")])

    def test_a_budget_ends_the_experiment_and_resume_goes_on(self):
        self.spec(budget="{tokens: 30}", repeats=1)
        done = self.duologue("run", "spec.yaml", "-o", "out.duo")
        self.assertNotEqual(done.code, harness.USAGE, done)
        self.assertLess(sum(row[3] or 0 for row in self.trials("out.duo")), 18)

    # A wrong spec is told where it is wrong.

    def wrong(self, text, *words, code=USAGE):
        self.write("wrong.yaml", text)
        done = self.duologue("run", "wrong.yaml", "-o", "out.duo")
        self.assert_error(done, code, *words)
        self.assertFalse(os.path.exists(self.path("out.duo")), "a file was made for a wrong spec")

    def test_unknown_keys(self):
        self.script("says", LINES)
        one = "participants:\n  - {name: A, model: 'scripted:says.txt'}\n"
        self.wrong(one + "tunrs: 4\n", "wrong.yaml:3:1:", "tunrs", "turns")
        self.wrong("participants:\n  - {name: A, modle: x}\n", "wrong.yaml:2:15:", "modle", "model")
        self.wrong(one + "sampling: {temprature: 1}\n", "wrong.yaml:3:12:", "temprature", "temperature")
        self.wrong(one + "stop: [{same_txt: 4}]\n", "wrong.yaml:3:9:", "same_txt", "same_text")
        self.wrong(one + "grid: {seed: [1]}\n", "wrong.yaml:3:8:", "arms can't differ in 'seed'")

    def test_wrong_values(self):
        self.script("says", LINES)
        one = "participants:\n  - {name: A, model: 'scripted:says.txt'}\n"
        self.wrong(one + "turns: many\n", "wrong.yaml:3:8:")
        self.wrong(one + "turns: 0\n", "wrong.yaml:3:8:")
        self.wrong(one + "turns: forever\n", "wrong.yaml:3:8:", "stop")
        self.wrong(one + "sampling: {top_p: 2}\n", "wrong.yaml:3:19:", "top_p")
        self.wrong(one + "sampling: {temperature: .nan}\n", "wrong.yaml:3:25:")
        self.wrong(one + "opening: {text: '  '}\n", "wrong.yaml:3:17:", "empty")
        self.wrong(one + "opening: {file: gone.txt}\n", "wrong.yaml:3:17:", "gone.txt")
        self.wrong(one + "turns: 4\nturns: 5\n", "wrong.yaml:4:1:", "turns")
        self.wrong("participants: []\n", "wrong.yaml:1:15:")
        self.wrong("turns: [\n", "wrong.yaml:")
        self.wrong("", "wrong.yaml")
        self.wrong("participants: [{name: A, model: x}, {name: A, model: y}]\n", "wrong.yaml:1:44:", "called A")
        self.wrong("a: &a [*a]\n", "wrong.yaml:1:")

    def test_a_spec_that_is_not_there(self):
        self.assert_error(self.duologue("run", "gone.yaml", "-o", "out.duo"), USAGE, "gone.yaml")

    def test_unknown_model_in_a_spec(self):
        self.write("wrong.yaml", "participants: [{name: A, model: smolm2}]\n")
        done = self.duologue("run", "wrong.yaml", "-o", "out.duo")
        self.assert_error(done, USAGE, "smolm2", "smollm2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
