#!/usr/bin/env python3
"""The commands as scripts use them: their help, their JSON, and that a reader who leaves early hears no complaint."""

import json
import os
import subprocess
import unittest

import harness
from harness import Case, needs_smollm2

LINES = ["Let us count.", "One.", "Two.", "Three.", "Four."]
COMMANDS = ("talk", "run", "resume", "show", "list", "export", "import", "measure", "detect", "sweep", "models",
            "doctor")


class HelpTest(Case):
    def test_every_command_has_help_with_an_example(self):
        overview = self.ok("--help").out
        for command in COMMANDS:
            self.assertRegex(overview, rf"(?m)^\s+{command}\s+\S")
            page = self.ok(command, "--help").out
            self.assertIn("Example", page)
            self.assertIn(f"duologue {command}", page)

    def test_promised_flags(self):
        talk = self.ok("talk", "--help").out
        for flag in (
            "--topic",
            "--opening",
            "--turns",
            "--rounds",
            "--system",
            "--temperature",
            "--top-p",
            "--top-k",
            "--min-p",
            "--max-tokens",
            "--seed",
            "--memory",
            "--raw",
            "--stop-on",
            "--think",
            "--plain",
            "--json",
            "--yes",
            "--determinism",
        ):
            self.assertIn(flag, talk)
        self.assertIn("-o", talk)

    def test_no_words_at_all(self):
        self.assertIn("duologue talk", self.ok().out)

    def test_version(self):
        self.assertRegex(self.ok("--version").out, r"^duologue \d+\.\d+\.\d+")


class TalkTest(Case):
    def setUp(self):
        super().setUp()
        self.count = self.script("count", LINES)

    def test_plain_lines(self):
        done = self.ok("talk", f"Ada={self.count}", f"Bob={self.count}", "--turns", "5", "--seed", "3", "-o", "a.duo")
        lines = done.lines()
        self.assertIn("recording to", done.out)
        for text in LINES:
            self.assertIn(text, done.out)
        self.assertIn("resume a.duo --turns +", done.out)
        self.assertNotIn("\x1b", done.out)
        self.assertNotIn("\r", done.out)
        self.assertLess([n for n, line in enumerate(lines) if "recording to" in line][0], 3, "among the first lines")

    def test_where_it_records_without_o(self):
        done = self.ok("talk", self.count, "--turns", "2")
        made = [
            os.path.join(folder, name)
            for folder, _, names in os.walk(self.path("data", "duologue"))
            for name in names
            if name.endswith(".duo")
        ]
        self.assertEqual(len(made), 1, done)
        self.assertIn(made[0], done.out)
        self.assertEqual(os.stat(made[0]).st_mode & 0o002, 0)
        self.ok("talk", self.count, "--turns", "2")  # another talk, another file

    def test_the_seed_is_printed_when_it_was_drawn(self):
        done = self.ok("talk", self.count, "--turns", "1", "-o", "a.duo")
        seed = harness.rows(self.path("a.duo"), "SELECT printf('%u', seed) FROM experiment")[0][0]
        self.assertIn(seed, done.out)

    def test_names_and_count_of_participants(self):
        self.ok("talk", self.count, "--turns", "2", "-o", "one.duo")
        self.assertEqual([turn["speaker"] for turn in self.export("one.duo")], ["A", "B"])
        self.ok("talk", self.count, f"Bob={self.count}", self.count, "--rounds", "2", "-o", "three.duo")
        self.assertEqual([turn["speaker"] for turn in self.export("three.duo")], ["A", "Bob", "C"] * 2)

    def test_sampling_and_prompts_by_name(self):
        self.write("bob.txt", "You are Bob.\n")
        self.ok(
            "talk",
            f"Ada={self.count}",
            f"Bob={self.count}",
            "--turns",
            "2",
            "--temperature",
            "Bob=1.5",
            "--temperature",
            "0.2",
            "--system",
            "Ada=You are Ada.",
            "--system",
            "Bob=@bob.txt",
            "-o",
            "a.duo",
        )
        ada, bob = self.export("a.duo")
        self.assertEqual((ada["params"]["temperature"], bob["params"]["temperature"]), (0.2, 1.5))
        self.assertEqual(ada["params"]["top_p"], 0.95, "every value is recorded, the defaults too")
        prompts = harness.rows(self.path("a.duo"), "SELECT system_prompt FROM participant ORDER BY position")
        self.assertEqual(prompts, [("You are Ada.",), ("You are Bob.",)])

    def test_a_participant_name_needs_to_sit_at_the_table(self):
        """`TEXT` with an equals sign is a text where nobody has that name."""
        self.ok("talk", self.count, "--turns", "1", "--system", "x = 1 is a sum", "-o", "a.duo")
        prompts = harness.rows(self.path("a.duo"), "SELECT system_prompt FROM participant")
        self.assertEqual(prompts, [("x = 1 is a sum",)] * 2)

    def test_json_is_a_line_a_turn_and_nothing_else(self):
        done = self.ok("talk", self.count, "--turns", "3", "--seed", "3", "-o", "a.duo", "--json")
        turns = [line for line in done.json_lines() if "text" in line]
        exported = self.export("a.duo")
        self.assertEqual(
            [(turn["turn"], turn["text"], turn["hash"]) for turn in turns],
            [(turn["turn"], turn["text"], turn["hash"]) for turn in exported],
        )

    def test_a_reader_who_leaves_ends_the_talk_as_ctrl_c_does(self):
        slow = self.script("slow", LINES, pace=20)
        process = self.start("talk", slow, "--turns", "500", "--seed", "3", "-o", "a.duo")
        while not process.stdout.readline().startswith(b"B: "):
            self.assertIsNone(process.poll())
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, err), (harness.INTERRUPTED, b""))
        before = self.said("a.duo")
        self.assertGreaterEqual(len(before), 2)
        self.assertLess(len(before), 500)
        self.assertEqual(harness.rows(self.path("a.duo"), "SELECT end_cause FROM v_trial"), [("user",)])

    def test_it_stops_when_converged(self):
        stuck = self.script(
            "stuck", ["Tell me of the sea.", "It is wide."] + ["Goodbye, my friend, and farewell!"] * 30
        )
        done = self.ok("talk", stuck, "--turns", "30", "--stop-on", "converged", "-o", "a.duo")
        end = harness.rows(self.path("a.duo"), "SELECT end_cause, turns, first_converged_onset FROM v_trial")[0]
        self.assertEqual(end[0], "detected")
        self.assertLess(end[1], 15)
        self.assertIn("converged", done.out.lower() + str(end))
        self.assertGreaterEqual(end[2], 3)

    def test_old_names_of_flags(self):
        self.ok("talk", "--model-a", self.count, "--model-b", self.count, "--turns", "2", "-o", "a.duo")
        self.assertEqual([turn["speaker"] for turn in self.export("a.duo")], ["A", "B"])


class ReadTest(Case):
    def setUp(self):
        super().setUp()
        count = self.script("count", LINES)
        self.ok("talk", f"Ada={count}", f"Bob={count}", "--turns", "5", "--seed", "3", "-o", "a.duo")

    def test_show(self):
        shown = self.ok("show", "a.duo").out
        at = [shown.index(text) for text in LINES]
        self.assertEqual(at, sorted(at))
        some = self.ok("show", "a.duo", "--turns", "2-3").out
        for text in LINES:
            (self.assertIn if text in ("One.", "Two.") else self.assertNotIn)(text, some)
        self.assertIn("Four.", self.ok("show", "a.duo", "--turns", "5").out)
        self.assertEqual(self.ok("show", "a.duo:1").out, shown)

    def test_show_json(self):
        turns = self.ok("show", "a.duo", "--json").json_lines()
        self.assertEqual([turn["text"] for turn in turns if "text" in turn], LINES)

    def test_export_is_the_documented_record(self):
        turns = self.export("a.duo")
        for number, turn in enumerate(turns, 1):
            self.assertLessEqual(
                {
                    "conversation",
                    "trial",
                    "turn",
                    "speaker",
                    "author",
                    "text",
                    "reasoning",
                    "tool_calls",
                    "stop_reason",
                    "model",
                    "params",
                    "seed",
                    "usage",
                    "timing_ms",
                    "view_hash",
                    "hash",
                    "parent",
                    "metrics",
                    "detections",
                    "events",
                },
                set(turn),
            )
            self.assertEqual((turn["trial"], turn["turn"]), (1, number))
            self.assertEqual(set(turn["author"]), {"kind", "name"})
            self.assertLessEqual({"prompt_tokens", "new_prompt_tokens", "completion_tokens"}, set(turn["usage"]))
            self.assertLessEqual({"first_token", "total"}, set(turn["timing_ms"]))
            self.assertRegex(turn["hash"], "^[0-9a-f]{64}$")
        for before, after in zip(turns, turns[1:]):
            self.assertEqual(after["parent"], before["hash"])
        self.assertEqual((turns[0]["speaker"], turns[0]["author"]["kind"]), ("Ada", "model"))
        self.assertIsNone(turns[0]["metrics"].get("entropy"), "a missing value is null, not 0")

    def test_list(self):
        said = self.ok("list", "a.duo").out
        self.assertIn("5", said)
        listed = self.ok("list", "a.duo", "--json").json_lines()
        trials = listed[0] if isinstance(listed[0], list) else listed
        self.assertEqual(len(trials), 1)
        self.assertEqual(trials[0]["turns"], 5)

    def test_a_reader_who_leaves_early(self):
        long = self.script("long", [], settings=["#generate 400"])
        self.ok("talk", long, "--turns", "200", "-o", "long.duo")
        for command in (
            ["show", "long.duo"],
            ["export", "long.duo", "--format", "jsonl"],
            ["show", "long.duo", "--json"],
        ):
            process = self.start(*command)
            process.stdout.readline()
            process.stdout.close()
            process.stdout = None
            _, err = process.communicate(timeout=20)
            self.assertEqual((process.returncode, err), (0, b""), command)

    def test_readers_change_nothing(self):
        with open(self.path("a.duo"), "rb") as file:
            before = file.read()
        for command in (
            ["show"],
            ["list"],
            ["export", "--format", "jsonl"],
            ["show", "--as", "Ada"],
            ["show", "--prompt", "2"],
        ):
            self.ok(command[0], "a.duo", *command[1:])
        with open(self.path("a.duo"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if name.startswith("a.duo")), ["a.duo"])

    def test_sqlite_command_line_reads_it(self):
        try:
            done = subprocess.run(
                ["sqlite3", "-readonly", self.path("a.duo"), "SELECT turn, speaker, text FROM v_turn LIMIT 2"],
                stdout=subprocess.PIPE,
                timeout=20,
                check=True,
            )
        except FileNotFoundError:
            self.skipTest("no sqlite3 here")
        self.assertEqual(done.stdout.decode().splitlines(), ["1|Ada|Let us count.", "2|Bob|One."])


class MachineTest(Case):
    def test_models(self):
        said = self.ok("models").out
        self.assertIn("smollm2", said)
        self.assertIn("smollm2", self.ok("models", "list").out)
        self.assertIn("smollm2", json.dumps(self.ok("models", "list", "--json").json_lines()))

    def test_doctor_says_what_works(self):
        done = self.duologue("doctor", timeout=120)
        self.assertIn(done.code, (harness.DONE, harness.CHECK_FAILED), done)
        self.assertIn("✓", done.out)
        self.assertEqual(done.code == harness.CHECK_FAILED, "✗" in done.out, done)

    def test_doctor_json(self):
        done = self.duologue("doctor", "--json", timeout=120)
        self.assertIn(done.code, (harness.DONE, harness.CHECK_FAILED), done)
        self.assertTrue(done.json_lines())

    @needs_smollm2
    def test_ollamas_pulled_model_is_found_by_name(self):
        """A folder as Ollama leaves it: a manifest that names a blob by its hash."""
        digest = "sha256:" + "ab" * 32
        folder = self.path("ollama", "manifests", "registry.ollama.ai", "library", "tiny")
        os.makedirs(folder)
        os.makedirs(self.path("ollama", "blobs"))
        os.symlink(harness.SMOLLM2, self.path("ollama", "blobs", digest.replace(":", "-")))
        with open(os.path.join(folder, "1b"), "w", encoding="utf-8") as file:
            json.dump(
                {
                    "schemaVersion": 2,
                    "layers": [
                        {
                            "mediaType": "application/vnd.ollama.image.model",
                            "digest": digest,
                            "size": os.path.getsize(harness.SMOLLM2),
                        }
                    ],
                },
                file,
            )
        env = {"OLLAMA_MODELS": self.path("ollama")}
        for name in ("tiny:1b", "gguf:ollama/tiny:1b"):
            done = self.ok("talk", name, "--turns", "1", "--max-tokens", "4", "-o", f"{len(name)}.duo", env=env)
            self.assertIn(
                "ab" * 6, done.out + str(self.export(f"{len(name)}.duo")), "the first lines say what it became"
            )


if __name__ == "__main__":
    unittest.main(verbosity=2)
