#!/usr/bin/env python3
"""Conversations of other tools: import, what reads them then, export, and the formats' own programs."""

import csv
import io
import json
import os
import subprocess
import sys
import unittest
import zipfile

import harness
from harness import DEADLINE_S, DONE, USAGE, Case

HOSTILE = "\x1b[31mred\x1b[0m <b>bold</b>\n# 1. \u200bhead\n> quoted\n=1+1, \"x\"\r\n-- end -->"
# Where the real package is: a virtual environment that somebody made.
INSPECT_PYTHON = os.environ.get("DUOLOGUE_INSPECT_PYTHON") or os.path.join(harness.real_cache(), "inspect", "bin",
                                                                          "python")
READ_WITH_INSPECT = """
import json, sys
from inspect_ai.log import read_eval_log, write_eval_log
log = read_eval_log(sys.argv[1])
print(json.dumps({"status": log.status, "samples": [
    {"id": sample.id, "roles": [message.role for message in sample.messages],
     "texts": [message.text for message in sample.messages],
     "calls": [call.function for message in sample.messages for call in (getattr(message, "tool_calls", None) or [])],
     "output": sample.output.completion} for sample in log.samples]}))
write_eval_log(log, sys.argv[2])
"""


def json_lines(values):
    return "".join(json.dumps(value) + "\n" for value in values)


def attractor_states(turns=6):
    lines = [{"type": "config", "timestamp": "2026-01-02T03:04:00Z", "seed": "Hello there", "model_a": "one",
              "model_b": "two", "tools": ["leave"]}]
    for number in range(turns):
        lines.append({"type": "turn", "timestamp": f"2026-01-02T03:05:{number:02}Z", "turn": number // 2,
                      "label": "Model A" if number % 2 == 0 else "Model B", "response": f"Words {number}"})
    lines[3]["tool_attempts"] = [{"tool": "leave", "reason": "I am done"}]
    lines[4]["interjected"] = True
    lines[5]["response"] = HOSTILE
    return json_lines(lines)


class ImportTest(Case):
    def setUp(self):
        super().setUp()
        self.write("log.jsonl", attractor_states())

    def imported(self, *words):
        return self.ok("import", *(words or ("auto", "log.jsonl")), "-o", "log.duo")

    def exported(self, form, *words):
        return self.ok("export", "log.duo", "--format", form, *words).out

    def test_what_was_imported_reads_like_our_own(self):
        done = self.imported()
        self.assertIn("1 conversation, 6 turns in log.duo", done.out)
        shown = self.ok("show", "log.duo").out
        self.assertIn("imported from log.jsonl (attractor-states)", shown)
        self.assertIn("[opening to Model A] Hello there", shown)
        self.assertNotIn("\x1b", shown)
        self.assertIn("(written by a human)", shown)
        self.assertIn("imported", self.ok("list", "log.duo").out)
        turns = self.export("log.duo")
        self.assertEqual([turn["speaker"] for turn in turns], ["Model A", "Model B"] * 3)
        self.assertEqual(turns[2]["tool_calls"][0]["name"], "leave")
        self.assertEqual(turns[4]["text"], HOSTILE)
        self.assertEqual(turns[0]["created_ms"], 1767323100000)
        measured = self.ok("measure", "log.duo", "--csv").out.split("\n", 1)[1].replace("log,", "")
        direct = self.ok("measure", "log.jsonl", "--csv").out.split("\n", 1)[1].replace("log,", "")
        self.assertEqual(measured, direct, "measured the same from the log and from the recording")
        self.ok("detect", "log.duo")

    def test_it_cant_go_on(self):
        self.imported()
        for words in ([], ["--turns", "+5"]):
            done = self.duologue("resume", "log.duo", *words)
            self.assertEqual(done.code, USAGE, done)
            self.assertIn("holds imported conversations, which can't go on here", done.err)
            self.assertEqual(len(done.err.splitlines()), 1, done)

    def test_bad_logs_are_refused_in_one_line(self):
        self.write("empty", "")
        self.write("cut.json", '{"metadata": {}, "messages": [{"agent": "a", "output": "x"')
        self.write("deep.json", "[" * 100_000)
        self.write("loop.yaml", "a: &a [*a]\n")
        self.write("missing.jsonl", '{"type": "config", "model_a": "x"}\n')
        for log, words in {
            "empty": "is empty", "cut.json": "the file is cut off here", "deep.json": "deep.json:1: byte",
            "loop.yaml": "no log that is known", "missing.jsonl": "missing.jsonl:1: byte 0: 'model_b' is missing",
            "none": "no such file",
        }.items():
            done = self.duologue("import", "auto", log, "-o", "x.duo")
            self.assertNotEqual(done.code, DONE, done)
            self.assertEqual(len(done.err.splitlines()), 1, done)
            self.assertIn(words, done.err)
            self.assertFalse(os.path.exists(self.path("x.duo")))
        done = self.duologue("import", "pidgin", "log.jsonl", "-o", "x.duo")
        self.assertIn("its content is that of attractor-states", done.err)
        done = self.duologue("import", "atractor-states", "log.jsonl", "-o", "x.duo")
        self.assertEqual(done.code, USAGE, done)
        self.assertIn("'attractor-states'", done.err)

    def test_what_is_skipped_is_said(self):
        with open(self.path("log.jsonl"), "a", encoding="utf-8") as file:
            file.write('{"type": "turn", "turn": 3, "lab')
        done = self.imported()
        self.assertIn("skipped: log.jsonl:8: byte ", done.err)
        self.assertIn("1 line skipped", done.out)

    def test_every_export_is_imported_again(self):
        self.imported()
        for form in ("jsonl", "csv", "markdown", "sharegpt", "inspect"):
            self.write("log.txt", self.exported(form))
            self.ok("import", "auto", "log.txt", "-o", f"{form}.duo")
            self.assertEqual(*([(turn["speaker"], turn["text"], turn["author"]["kind"])
                                for turn in self.export(duo)] for duo in ("log.duo", f"{form}.duo")), form)
            if form in ("csv", "markdown", "sharegpt"):
                again = self.ok("export", f"{form}.duo", "--format", form).out
                first, second = (self.export(duo)[0]["conversation"] for duo in ("log.duo", f"{form}.duo"))
                self.assertEqual(again.replace(second, first), self.exported(form), form)

    def test_csv_is_what_others_read(self):
        self.imported()
        rows = list(csv.DictReader(io.StringIO(self.exported("csv"), newline="")))
        self.assertEqual([row["kind"] for row in rows], ["injection"] + ["turn"] * 6)
        self.assertEqual(rows[5]["text"], HOSTILE)
        self.write("log.jsonl", attractor_states().replace("Words 0", "=HYPERLINK(1)"))
        os.remove(self.path("log.duo"))
        self.imported()
        rows = list(csv.DictReader(io.StringIO(self.exported("csv"), newline="")))
        self.assertEqual(rows[1]["text"], "'=HYPERLINK(1)")

    def test_sides(self):
        self.imported()
        roles = [message["from"] for message in json.loads(self.exported("sharegpt"))["conversations"]]
        self.assertEqual(roles[:3], ["human", "gpt", "human"], "the opening, A's answer, B's")
        roles = [message["from"] for message in
                 json.loads(self.exported("sharegpt", "--side", "Model B"))["conversations"]]
        self.assertEqual(roles[:2], ["human", "gpt"])
        done = self.duologue("export", "log.duo", "--format", "sharegpt", "--side", "Model X")
        self.assertIn("'Model A'", done.err)
        done = self.duologue("export", "log.duo", "--format", "csv", "--side", "Model B")
        self.assertEqual(done.code, USAGE, done)

    def test_an_eval_archive(self):
        sample = {"id": "s", "epoch": 1, "messages": [{"role": "user", "content": "Hi"},
                                                      {"role": "assistant", "content": "Hello"}]}
        with zipfile.ZipFile(self.path("run.eval"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", json.dumps({"status": "success", "eval": {"model": "maker/m"}}))
            archive.writestr("samples/s_epoch_1.json", json.dumps(sample))
        self.imported("inspect", "run.eval")
        self.assertEqual([turn["text"] for turn in self.export("log.duo")], ["Hi", "Hello"])
        with zipfile.ZipFile(self.path("bomb.eval"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", "{}")
            archive.writestr("samples/s.json", " " * (300 << 20))
        done = self.duologue("import", "auto", "bomb.eval", "-o", "bomb.duo")
        self.assertEqual(done.code, USAGE, done)
        self.assertIn("more than is read from here", done.err)


@unittest.skipUnless(os.path.exists(INSPECT_PYTHON),
                     f"no {INSPECT_PYTHON}: make it with `python3 -m venv ~/.cache/duologue/inspect && "
                     "~/.cache/duologue/inspect/bin/pip install inspect_ai==0.3.285`")
class InspectTest(Case):
    def test_the_real_package_reads_what_we_write_and_we_what_it_writes(self):
        self.write("log.jsonl", attractor_states())
        self.ok("import", "auto", "log.jsonl", "-o", "log.duo")
        self.write("log.json", self.ok("export", "log.duo", "--format", "inspect").out)
        done = subprocess.run([INSPECT_PYTHON, "-c", READ_WITH_INSPECT, self.path("log.json"), self.path("it.eval")],
                              capture_output=True, text=True, timeout=DEADLINE_S, check=False,
                              env={**self.env, "PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        log = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(log["status"], "success")
        (sample,) = log["samples"]
        self.assertEqual(sample["roles"], ["user", "assistant", "user", "assistant", "tool", "user", "assistant",
                                           "user"])
        self.assertEqual(sample["texts"][0], "Hello there")
        self.assertIn(HOSTILE, sample["texts"])
        self.assertEqual(sample["calls"], ["leave"])
        self.assertEqual(sample["output"], HOSTILE)
        # Its own archive, compressed as it does that, holds the same conversation.
        self.ok("import", "inspect", "it.eval", "-o", "it.duo")
        self.assertEqual([(turn["speaker"], turn["text"]) for turn in self.export("it.duo")],
                         [(turn["speaker"], turn["text"]) for turn in self.export("log.duo")])


if __name__ == "__main__":
    sys.exit(unittest.main())
