#!/usr/bin/env python3
"""What happened in conversations that files hold: measure, detect and sweep, as people and scripts use them."""

import csv
import glob
import io
import json
import os
import sqlite3
import subprocess
import sys
import unittest

import harness
from harness import USAGE, Case

SHARED = os.path.join(harness.ROOT, "..", "shared")
# Turns that add something each.
PROSE = """Have you ever repaired a clock that nobody could open?
Only once; its case was sealed with resin, so I warmed it beside the stove for an hour.
That sounds dangerous for the enamel. Did the numerals survive?
All twelve did, though the maker's name ran a little at the edges.
My grandmother kept bees behind a railway station, forty hives under the signal box.
Trains and bees? I would have expected the vibration to unsettle them.
She claimed that timetables taught them discipline. Nobody dared contradict her.
What became of the honey when the line closed in the seventies?
A baker from the coast bought every last jar and moved his ovens inland.
Salt air ruins sourdough, or so he told the newspaper when they photographed him.
I have that photograph! He holds a loaf shaped like an anchor.
Then you must know why the crust carries a lighthouse stamp.
It marks the year of the storm, when flour came by rowing boat.
Rowing boats, clocks, bees: we should write a museum catalogue together.
Catalogues need numbers. Shall we begin with object one, the resin?
Object two could be the timetable, annotated in beeswax by your grandmother.""".split("\n")

GREAT = ["The Greatest Modular Turbine Consortium opens", "A Most Magnificent Hydraulic Parliament votes",
         "The Unrivalled Grand Gearbox Academy meets", "Our Supreme Pneumatic Ministry of Valves decides"]
GOODBYES = ["Goodbye, and thank you!", "Thank you, goodbye!", "Take care, goodbye!", "Goodbye! Thanks again."]


class Logs(Case):
    def transcript(self, name, texts):
        turns = [{"turn": i + 1, "speaker": "AB"[i % 2], "text": text} for i, text in enumerate(texts)]
        log = {"id": name, "models": {"A": "one", "B": "two"}, "seed": "", "interjected_turns": [], "turns": turns}
        return self.write(f"{name}.json", json.dumps(log))

    def setUp(self):
        super().setUp()
        self.transcript("open", PROSE)
        self.transcript("bye", PROSE[:10] + [GOODBYES[i % 4] for i in range(10)])


    def refused(self, *args):
        done = self.duologue(*args)
        self.assertEqual(done.code, USAGE, done)
        self.assertEqual(len(done.err.splitlines()), 1, done)
        return done.err


class DetectTest(Logs):
    def test_a_table_for_people(self):
        said = self.ok("detect", "open.json", "bye.json").out
        self.assertRegex(said, r"(?m)^open +16 +- ")
        self.assertRegex(said, r"(?m)^bye +20 +1[01] +1[2-4] ")
        self.assertIn("farewell@", said)

    def test_json_says_what_where_and_why(self):
        opened, bye = self.ok("detect", "open.json", "bye.json", "--json").json_lines()
        self.assertEqual((opened["id"], opened["converged"]), ("open", None))
        converged = bye["converged"]
        self.assertAlmostEqual(converged["onset"], 11, delta=1)
        self.assertLessEqual(converged["detected_at"], 14)
        self.assertTrue(converged["kind"] and converged["by"] and converged["quote"])
        farewell = [one for one in bye["detections"] if one["label"] == "farewell"]
        self.assertEqual(len(farewell), 1)
        self.assertRegex(farewell[0]["quote"], "(?i)goodbye|thank")

    def test_many_at_once_say_the_same_in_the_same_order(self):
        names = ["open.json", "bye.json"] * 6
        one = self.ok("detect", *names, "--json", "-j", "1").out
        self.assertEqual(self.ok("detect", *names, "--json", "-j", "4").out, one)

    def test_plain_text_and_chat_messages(self):
        self.write("log.txt", "".join(f"{'Ada' if i % 2 else 'Bob'}: {GOODBYES[i % 4]}\n\n" for i in range(8)))
        self.write("chat.json", json.dumps([{"role": "user" if i % 2 else "assistant", "content": GOODBYES[i % 4]}
                                            for i in range(8)]))
        for found in self.ok("detect", "log.txt", "chat.json", "--json").json_lines():
            self.assertIsNotNone(found["converged"], found)

    def test_drift_is_told_apart_with_its_share(self):
        away = [f"{GREAT[i % 4]} {' '.join(f'word{i}{letter}' for letter in 'abcdefghijkl')}." for i in range(14)]
        self.transcript("away", PROSE[:10] + away)
        opened, gone = self.ok("detect", "open.json", "away.json", "--json").json_lines()
        self.assertIsNone(opened["drift"]["onset"])
        self.assertEqual((opened["drift"]["flagged_turns"], opened["drift"]["measured_turns"]), (0, 16))
        self.assertIsNone(gone["converged"])
        self.assertGreaterEqual(gone["drift"]["onset"], 11)
        self.assertGreater(gone["drift"]["flagged_turns"], 5)
        self.assertRegex(self.ok("detect", "away.json").out, r"1\d \(\d\d %\)")

    def test_a_verdict_names_its_instrument(self):
        instrument = self.ok("detect", "bye.json", "--json", "--embedder", "hashed").json_lines()[0]["instrument"]
        self.assertEqual(instrument["embedder"]["name"], "hashed")
        self.assertEqual(len(instrument["embedder"]["identity"]), 64)
        self.assertTrue(instrument["rules"]["hash"])

    def test_roles_and_who_does_the_others_part(self):
        code = "Here:\n```\nx = 1\n```"
        self.transcript("pair", ["Please add one.", code, "And two?", code, code, "What now?"])
        roles = ["--role", "A=never_writes_code", "--role", "B=writes_code"]
        architect, coder = self.ok("detect", "pair.json", "--json", *roles).json_lines()[0]["roles"]
        self.assertEqual((architect["participant"], architect["kept"]["turns"], architect["kept"]["of"]), ("A", 2, 3))
        self.assertEqual((architect["inverted"]["turns"], architect["first_inverted"]), (1, 5))
        self.assertEqual(coder["first_broken"], 6)
        shown = self.ok("detect", "pair.json", *roles).out
        self.assertRegex(shown, r"pair +A +never_writes_code +2 of 3, 67 % \[\d+\.\.\d+\] +5 ")
        self.assertIn("writes_code", self.refused("detect", "pair.json", "--role", "A=writes_cod"))
        self.assertIn("NAME=ROLE", self.refused("detect", "pair.json", "--role", "A"))
        self.assertIn("'C'", self.refused("detect", "pair.json", "--role", "C=asks"))

    def test_bad_input_is_told_with_its_place(self):
        told = self.duologue("detect", "there.json")
        self.assertNotEqual(told.code, 0)
        self.assertIn("there.json", told.err)
        self.write("cut.json", '{"id": "x", "turns": [{"turn": 1, "speaker": "A", "text": "Hel')
        told = self.duologue("detect", "cut.json")
        self.assertNotEqual(told.code, 0)
        self.assertRegex(told.err, r"cut\.json:1.*byte \d+")
        self.assertEqual(len(told.err.splitlines()), 1)


class MeasureTest(Logs):
    def test_csv_has_every_series_and_null_is_empty(self):
        rows = list(csv.DictReader(io.StringIO(self.ok("measure", "bye.json", "--csv").out)))
        self.assertEqual(len(rows), 20)
        self.assertGreater(len(rows[0]), 50)
        self.assertEqual(rows[0]["d_jac1"], "")
        self.assertEqual(rows[14]["new_words"], "0")
        self.assertEqual(rows[0]["entropy"], "")

    def test_json_lines_and_chosen_series(self):
        lines = self.ok("measure", "open.json", "--json", "--series", "d_jac1,nov4").json_lines()
        self.assertEqual(set(lines[3]["metrics"]), {"d_jac1", "nov4"})
        self.assertIsNone(lines[0]["metrics"]["d_jac1"])
        self.assertEqual(lines[3]["metrics"]["nov4"], 1)

    def test_meaning_by_an_embedder(self):
        rows = list(csv.DictReader(io.StringIO(self.ok("measure", "bye.json", "--csv", "--embedder", "hashed").out)))
        self.assertEqual(rows[0]["d_cos1"], "")
        self.assertLess(float(rows[15]["d_cos1"]), float(rows[5]["d_cos1"]))
        self.assertGreater(float(rows[19]["path"]), float(rows[10]["path"]))
        self.assertNotEqual(rows[19]["effrank"], "")
        self.assertIn("d_cos2", self.ok("measure", "bye.json", "--embedder", "hashed").out)

    def test_meaning_is_never_zero_for_want_of_an_embedder(self):
        rows = list(csv.DictReader(io.StringIO(self.ok("measure", "bye.json", "--csv").out)))
        self.assertEqual({row["d_cos1"] for row in rows}, {""})
        self.assertIn("--embedder", self.refused("measure", "bye.json", "--series", "tokens,d_cos1"))
        self.assertIn("--embedder", self.refused("sweep", "bye.json", "--metric", "d_cos1"))
        self.assertIn("minilm", self.refused("measure", "bye.json", "--embedder", "minilmm"))

    def test_a_recording_keeps_its_vectors(self):
        script = self.script("a", PROSE[:4])
        self.ok("talk", script, script, "--turns", "8", "-o", "a.duo")
        first = self.ok("measure", "a.duo", "--csv", "--embedder", "hashed").out
        with sqlite3.connect(self.path("a.duo")) as file:
            self.assertGreaterEqual(file.execute("SELECT count(*) FROM embedding").fetchone()[0], 4)
        self.assertEqual(self.ok("measure", "a.duo", "--csv", "--embedder", "hashed").out, first)

    def test_unknown_series(self):
        self.assertIn("nov4", self.refused("measure", "open.json", "--series", "nov5"))
        self.assertIn("d_bleu1", self.ok("measure", "--list").out)


class SweepTest(Logs):
    def test_the_surface_for_people_and_machines(self):
        self.write("labels.tsv", "id\tstate\nopen\tnone\nbye\tconverged\n")
        common = ["open.json", "bye.json", "--thresholds", "0.2:0.8:0.3", "--hold", "1,3", "--labels", "labels.tsv"]
        shown = self.ok("sweep", *common).out
        self.assertIn("false positives", shown)
        self.assertRegex(shown, r"(?m)^0\.5 +50 % \[\d+\.\.\d+\]")
        rows = list(csv.DictReader(io.StringIO(self.ok("sweep", *common, "--csv").out)))
        self.assertEqual(len(rows), 6)
        at_half = [row for row in rows if row["threshold"] == "0.5" and row["hold"] == "3"][0]
        self.assertEqual((at_half["flagged"], at_half["false_positives"], at_half["false_negatives"]), ("1", "0", "0"))
        self.assertEqual(len(self.ok("sweep", *common, "--json").json_lines()), 6)

    def test_wrong_ranges_and_labels(self):
        self.assertIn("--thresholds", self.refused("sweep", "open.json", "--thresholds", "1:0:0.1"))
        self.assertIn("--hold", self.refused("sweep", "open.json", "--hold", "0"))
        self.write("other.tsv", "id\tstate\nsomebody\tnone\n")
        self.assertIn("names none", self.refused("sweep", "open.json", "--labels", "other.tsv"))


class LabelledConversationsTest(Case):
    """Where the labelled data lies beside the repository: verdicts as good as docs/detection.md says."""

    def test_the_score(self):
        scorer = os.path.join(SHARED, "tools", "score_detections.py")
        logs = sorted(glob.glob(os.path.join(SHARED, "data", "transcripts", "*.json")))
        if not logs or not os.path.exists(scorer):
            self.skipTest(f"no labelled conversations at {os.path.normpath(SHARED)}")
        self.write("found.jsonl", self.ok("detect", *logs, "--json").out)
        score = subprocess.run(
            [sys.executable, scorer, os.path.join(SHARED, "data", "labels.tsv"), self.path("found.jsonl")],
            stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
        self.assertGreaterEqual(float(score.split("strict F1 ")[1].split()[0]), 0.86, score)
        self.assertGreaterEqual(float(score.split("macro-F1 ")[1].split()[0]), 0.86, score)
        self.assertGreaterEqual(float(score.split("sticky labels with at least 4 cases: ")[1].split()[0]), 0.74, score)


if __name__ == "__main__":
    unittest.main(verbosity=2)
