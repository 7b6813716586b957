#!/usr/bin/env python3
"""The live view in a real terminal (tmux): what is seen, what can be typed, and that the record says who wrote what."""

import os
import re
import time
import unittest

import harness
from harness import Case, INTERRUPTED, needs_smollm2
from tmux import Terminal

WORDS = [
    "The first lamp was lit before anyone had asked for light at all.",
    "And the second one stood dark for years, as a matter of principle.",
    "So they argued, lamp against lamp, about what evenings are for.",
    "Nobody who came in from the rain took either side for very long.",
    "In the end the window decided it, by being there in the morning.",
]
HINT, PAUSING, MENU = "Space: pause", "pausing when this turn ends", "Paused"
BLOCKS = "▁▂▃▄▅▆▇█"

# What a model could try to do to a terminal, as it stands in a script, and what must never arrive there as it is.
HOSTILE = {
    "red \\e[31mtext": b"\x1b[31mtext",
    "clear \\e[2J\\e[H all": b"\x1b[2J\x1b[H",
    "title \\e]0;pwned\\x07 set": b"\x1b]0;pwned",
    "link \\e]8;;http://x\\e\\\\ here": b"\x1b]8;;",
    "device \\eP+q544e\\e\\\\ query": b"\x1bP+q",
    "ask \\e[6n where": b"\x1b[6n",
    "c1 \\xc2\\x9b31m csi": b"\xc2\x9b",
    "raw c1 \\x9b31m byte": b"\x9b31m",
    "bidi \\xe2\\x80\\xaeevil": b"\xe2\x80\xae",
    "isolate \\xe2\\x81\\xa6evil": b"\xe2\x81\xa6",
    "zero\\xe2\\x80\\x8bwidth": b"\xe2\x80\x8b",
    "over\\x0dwritten": b"over\rwritten",
    "back\\x08\\x08space": b"\x08\x08space",
    "bell\\x07": b"bell\x07",
    "null\\x00byte": b"null\x00byte",
    "delete\\x7fd": b"\x7f",
    "tag \\xf3\\xa0\\x81\\xa1 chars": b"\xf3\xa0\x81\xa1",
    "line\\xe2\\x80\\xa8sep": b"\xe2\x80\xa8",
}


def flat(text):
    """Shown text without the breaks and indents that the width of a terminal puts in."""
    return re.sub(r"\s+", " ", text)


class LiveCase(Case):
    def talk(self, *args, pace=200, lines=None, **options):
        model = self.script("lamps", lines or WORDS, pace=pace)
        return Terminal(self, "talk", f"Ada={model}", f"Bob={model}", "--seed", "3", "-o", "t.duo", *args, **options)

    def whole(self, turns, name="whole.duo"):
        """The same talk without anybody at the keyboard."""
        model = self.script("lamps", WORDS)
        self.ok("talk", f"Ada={model}", f"Bob={model}", "--seed", "3", "--turns", str(turns), "-o", name)
        return self.said(name)

    def injections(self, duo="t.duo"):
        return [
            (event["author"]["kind"], event["to"], event["text"])
            for turn in self.export(duo)
            for event in turn["events"]
            if event["kind"] == "injection"
        ]

    def pause(self, terminal, turn=2):
        """Pauses while that turn is being said; it ends first."""
        terminal.wait_for(f"turn {turn}/", where=terminal.screen)
        terminal.keys("Space")
        terminal.wait_for(MENU, where=terminal.screen)


class WatchTest(LiveCase):
    def test_turns_stream_above_a_status_row(self):
        terminal = self.talk("--turns", "6", pace=1200)
        terminal.wait_for("recording to")
        # A turn can be read while it is being said.
        terminal.wait_for("And the second")
        self.assertNotIn("matter of principle", terminal.history())
        status = terminal.wait_for("turn 2/6", where=terminal.screen)
        self.assertIn(HINT, status)
        terminal.wait_for("turn 5/6", where=terminal.screen)
        status = [row for row in terminal.screen() if "turn 5/6" in row][0]
        self.assertTrue(set(status) & set(BLOCKS), f"no sparkline in {status!r}")
        self.assertIn("lag 1", status)
        self.assertRegex(terminal.raw(), rb"\x1b\[[0-9;]*3[0-9]", "no colours")
        self.assertEqual(terminal.exit_code(), 0)
        shown = flat(terminal.history())
        for text in WORDS:
            self.assertIn(text, shown)
        self.assertNotIn(HINT, shown, "the status row is left on the screen")
        self.assertIn("resume t.duo --turns +", shown)

    def test_what_is_detected_is_said(self):
        terminal = self.talk(
            "--turns",
            "14",
            pace=60,
            lines=["Tell me of the sea.", "It is wide and grey."]
            + ["Goodbye, my dear friend, and a very good night!"] * 12,
        )
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn("converged since turn", flat(terminal.history()))

    def test_no_color(self):
        terminal = self.talk("--turns", "3", pace=100, env={"NO_COLOR": "1"})
        self.assertEqual(terminal.exit_code(), 0)
        self.assertNotRegex(terminal.raw(), rb"\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])[0-9;]*m")
        self.assertIn(WORDS[2], flat(terminal.history()))

    def test_a_dumb_terminal_gets_plain_lines(self):
        terminal = self.talk("--turns", "3", pace=100, env={"TERM": "dumb"})
        self.assertEqual(terminal.exit_code(), 0)
        self.assertNotIn(b"\x1b", terminal.raw())
        self.assertIn(WORDS[2], flat(terminal.history()))

    def test_a_pipe_gets_plain_lines(self):
        terminal = self.talk("--turns", "3", pace=100, after="| cat")
        terminal.exit_code()
        self.assertNotIn(b"\x1b", terminal.raw())
        self.assertIn(WORDS[2], flat(terminal.history()))

    def test_plain_when_asked(self):
        terminal = self.talk("--turns", "3", "--plain", pace=100)
        self.assertEqual(terminal.exit_code(), 0)
        self.assertNotIn(b"\x1b", terminal.raw())

    def test_resized_down_and_up_while_it_runs(self):
        terminal = self.talk("--turns", "16", pace=200)
        sizes = [(40, 10), (120, 40), (20, 5), (80, 24), (40, 10), (80, 24)]
        for turn, (columns, rows) in enumerate(sizes, 2):
            terminal.wait_for(f"turn {2 * turn}", where=terminal.screen)
            terminal.resize(columns, rows)
        self.assertEqual(terminal.exit_code(), 0)
        shown = flat(terminal.history())
        self.assertNotIn(HINT, shown)
        self.assertEqual(len(self.export("t.duo")), 16)
        self.assertIn("resume t.duo --turns +", shown)

    def test_a_narrow_terminal_shows_every_word(self):
        terminal = self.talk("--turns", "5", pace=120, columns=40, rows=10)
        terminal.wait_for("turn 3", where=terminal.screen)
        for row in terminal.screen():
            self.assertLessEqual(len(row), 40)
        self.assertEqual(terminal.exit_code(), 0)
        shown = flat(terminal.history())
        for text in WORDS:
            self.assertIn(text, shown)

    def hostile(self, *view):
        lines = list(HOSTILE)
        terminal = self.talk("--turns", str(len(lines)), *view, pace=20, lines=lines)
        title = terminal.tmux("display-message", "-p", "-t", "t", "#{pane_title}")
        self.assertEqual(terminal.exit_code(), 0)
        for line, bytes_of_it in HOSTILE.items():
            self.assertNotIn(bytes_of_it, terminal.raw(), f"of {line!r}")
        self.assertEqual(terminal.tmux("display-message", "-p", "-t", "t", "#{pane_title}"), title)
        self.assertIn("␛[31mtext", terminal.history(), "it is shown, not dropped")

    def test_hostile_text_commands_nothing_in_the_live_view(self):
        self.hostile()

    def test_hostile_text_commands_nothing_in_plain_lines(self):
        self.hostile("--plain")
        self.assertEqual(self.export("t.duo")[0]["text"], "red \x1b[31mtext", "the record keeps it as it was said")
        for command in (["show"], ["show", "--as", "Ada"], ["show", "--prompt", "18"], ["list"]):
            shown = self.ok(command[0], "t.duo", *command[1:]).raw_out
            for line, bytes_of_it in HOSTILE.items():
                self.assertNotIn(bytes_of_it, shown, f"`{' '.join(command)}`, of {line!r}")

    @needs_smollm2
    def test_a_real_model(self):
        terminal = Terminal(
            self, "talk", "smollm2", "--turns", "4", "--seed", "7", "--max-tokens", "40", "-o", "t.duo"
        )
        terminal.wait_for("tok/s", where=terminal.screen, timeout=30)
        self.assertEqual(terminal.exit_code(60), 0)
        shown = flat(terminal.history())
        for turn in self.export("t.duo"):
            self.assertIn(flat(turn["text"])[:60].strip(), shown)

    def test_a_run_shows_how_far_it_is(self):
        self.script("lamps", WORDS, pace=100)
        self.write("spec.yaml", "participants: [{name: A, model: 'scripted:lamps.txt'}]\nturns: 5\nrepeats: 6\n")
        terminal = Terminal(self, "run", "spec.yaml", "-o", "r.duo", "--jobs", "2")
        terminal.wait_for("/6", where=terminal.screen)
        self.assertEqual(terminal.exit_code(), 0)
        self.assertEqual(
            harness.rows(self.path("r.duo"), "SELECT count(*) FROM v_trial WHERE end_cause = 'turn_limit'"), [(6,)]
        )


class StepInTest(LiveCase):
    def test_speak_as_a_human(self):
        terminal = self.talk("--turns", "5")
        self.pause(terminal)
        before = len(self.export("t.duo"))
        terminal.keys("h")
        terminal.wait_for("You to all: ")
        terminal.type("Please speak of bees, ästhetisch 蜂.")
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("Enter")
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn(("human", None, "Please speak of bees, ästhetisch 蜂."), self.injections())
        turns = self.export("t.duo")
        self.assertEqual([turn["text"] for turn in turns], WORDS, "a remark is nobody's turn")
        for turn in (before + 1, before + 2):
            sent = self.ok("show", "t.duo", "--prompt", str(turn), "--json").json()["messages"]
            self.assertEqual(
                [message["content"] for message in sent].count("Please speak of bees, ästhetisch 蜂."), 1
            )
            self.assertIn(("user", "Please speak of bees, ästhetisch 蜂."), [(m["role"], m["content"]) for m in sent])

    def test_speak_as_a_participant(self):
        terminal = self.talk("--turns", "6")
        self.pause(terminal)
        before = len(self.export("t.duo"))
        terminal.keys("a")
        terminal.wait_for("Speak as:", where=terminal.screen)
        terminal.keys("1")
        terminal.wait_for("You as Ada: ")
        terminal.type("I am Ada, and I love lamps.")
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("Enter")
        self.assertEqual(terminal.exit_code(), 0)
        turns = self.export("t.duo")
        written = turns[before]
        self.assertEqual(
            (written["speaker"], written["text"], written["stop_reason"]),
            ("Ada", "I am Ada, and I love lamps.", "written"),
        )
        self.assertEqual(written["author"]["kind"], "human")
        self.assertIsNone(written["model"])
        self.assertEqual(turns[before + 1]["speaker"], "Bob", "the next speaker is the one after her")
        bob = self.ok("show", "t.duo", "--prompt", str(before + 2), "--json").json()["messages"]
        self.assertEqual((bob[-1]["role"], bob[-1]["content"]), ("user", "I am Ada, and I love lamps."))
        ada = self.ok("show", "t.duo", "--prompt", str(before + 3), "--json").json()["messages"]
        self.assertIn(("assistant", "I am Ada, and I love lamps."), [(m["role"], m["content"]) for m in ada])
        self.assertIn("human", self.ok("show", "t.duo").out, "a reader is told who wrote it")

    def test_whisper_to_one(self):
        terminal = self.talk("--turns", "6")
        self.pause(terminal)
        terminal.keys("w")
        terminal.wait_for("Whisper to:", where=terminal.screen)
        terminal.keys("2")
        terminal.wait_for("You to Bob alone: ")
        terminal.type("Ada is bluffing.")
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("Enter")
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn(("human", "Bob", "Ada is bluffing."), self.injections())
        self.assertIn("Ada is bluffing.", self.ok("show", "t.duo", "--as", "Bob").out)
        self.assertNotIn("Ada is bluffing.", self.ok("show", "t.duo", "--as", "Ada").out)
        for turn in (5, 6):
            sent = str(self.ok("show", "t.duo", "--prompt", str(turn), "--json").json()["messages"])
            (self.assertIn if turn == 6 else self.assertNotIn)("Ada is bluffing.", sent)

    def test_edit_the_last_turn(self):
        terminal = self.talk("--turns", "5")
        self.pause(terminal)
        last = len(self.export("t.duo"))
        terminal.keys("e")
        terminal.wait_for(f"Turn {last} of ")
        terminal.type("Something else entirely.")
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("Enter")
        self.assertEqual(terminal.exit_code(), 0)
        turns = self.export("t.duo")
        self.assertEqual(len(turns), 5)
        self.assertEqual(
            (turns[last - 1]["text"], turns[last - 1]["author"]["kind"]), ("Something else entirely.", "human")
        )
        old = harness.rows(self.path("t.duo"), "SELECT turn, text FROM v_turn WHERE NOT on_head")
        self.assertEqual(old, [(last, WORDS[last - 1])], "the old head stays in the record")
        sent = self.ok("show", "t.duo", "--prompt", str(last + 1), "--json").json()["messages"]
        self.assertEqual(sent[-1]["content"], "Something else entirely.")

    def test_everything_in_one_pause_then_quit(self):
        terminal = self.talk("--turns", "12")
        self.pause(terminal)
        for keys, prompt, text in (
            ("h", "You to all: ", "one"),
            ("w1", "You to Ada alone: ", "two"),
            ("a2", "You as Bob: ", "three"),
            ("a1", "You as Ada: ", "four"),
        ):
            for key in keys:
                terminal.keys(key)
                time.sleep(0.1)
            terminal.wait_for(prompt)
            terminal.type(text)
            terminal.wait_for(text)
            terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("w")
        terminal.wait_for("Whisper to:", where=terminal.screen)
        terminal.keys("Escape")  # and thinks better of it
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("q")
        self.assertEqual(terminal.exit_code(), 0)
        turns = self.export("t.duo")
        self.assertEqual(
            [(turn["speaker"], turn["text"], turn["author"]["kind"]) for turn in turns[-2:]],
            [("Bob", "three", "human"), ("Ada", "four", "human")],
        )
        self.assertEqual(self.injections()[1:], [("human", None, "one"), ("human", "Ada", "two")])
        self.assertEqual(harness.rows(self.path("t.duo"), "SELECT end_cause FROM v_trial"), [("user",)])
        before = self.said("t.duo")
        self.ok("resume", "t.duo")
        after = self.said("t.duo")
        self.assertEqual(
            (after[: len(before)], len(after)), (before, 12), "resumed, it goes on to the end that was asked for"
        )
        self.assertEqual(after[len(before)][1], "Bob", "the next speaker is the one after Ada")

    def test_pausing_and_going_on_changes_nothing(self):
        terminal = self.talk("--turns", "5")
        for turn in (2, 4):
            self.pause(terminal, turn)
            terminal.keys("Enter")
            terminal.wait_for(HINT, where=terminal.screen)
        terminal.keys("x", "y", "Up", "F5")  # no keys of ours
        self.assertEqual(terminal.exit_code(), 0)
        self.assertEqual(self.said("t.duo"), self.whole(5))

    def test_the_turn_under_way_ends_before_the_pause(self):
        terminal = self.talk("--turns", "4", pace=1500)
        terminal.wait_for("The first lamp")
        terminal.keys("Space")
        terminal.wait_for(PAUSING, where=terminal.screen)
        terminal.wait_for(MENU, where=terminal.screen)
        self.assertEqual([turn["text"] for turn in self.export("t.duo")], WORDS[:1])
        terminal.keys("q")
        self.assertEqual(terminal.exit_code(), 0)


class EndTest(LiveCase):
    def test_ctrl_c_once(self):
        """It ends cleanly, prints the line to go on with, and that line works."""
        terminal = self.talk("--turns", "10", pace=300, after="; code=$?; stty -a > stty.txt; (exit $code)")
        terminal.wait_for("turn 3/10", where=terminal.screen)
        terminal.keys("C-c")
        self.assertEqual(terminal.exit_code(), INTERRUPTED)
        shown = flat(terminal.history())
        self.assertRegex(shown, r"duologue resume t\.duo")
        self.assertNotIn(HINT, shown)
        with open(self.path("stty.txt"), encoding="ascii") as file:
            settings = file.read()
        self.assertRegex(settings, r"(?<!-)\bicanon\b", "the terminal's own settings are not back")
        self.assertRegex(settings, r"(?<!-)\becho\b")
        cut = self.said("t.duo")
        self.assertLess(len(cut), 10)
        self.ok("resume", "t.duo")
        self.assertEqual(self.said("t.duo"), self.whole(10))
        self.assertEqual(self.said("t.duo")[: len(cut)], cut)

    def test_ctrl_c_twice(self):
        terminal = self.talk("--turns", "10", pace=300, after="; code=$?; stty -a > stty.txt; (exit $code)")
        terminal.wait_for("turn 3/10", where=terminal.screen)
        terminal.keys("C-c", "C-c")
        self.assertEqual(terminal.exit_code(10), INTERRUPTED)
        self.assertRegex(flat(terminal.history()), r"duologue resume t\.duo")
        with open(self.path("stty.txt"), encoding="ascii") as file:
            self.assertRegex(file.read(), r"(?<!-)\bicanon\b")
        self.ok("resume", "t.duo")
        self.assertEqual(self.said("t.duo"), self.whole(10))

    def ctrl_c_after(self, *keys):
        terminal = self.talk("--turns", "10")
        self.pause(terminal)
        for key in keys:
            terminal.keys(key)
            time.sleep(0.15)
        terminal.keys("C-c")
        self.assertEqual(terminal.exit_code(10), INTERRUPTED)
        self.ok("resume", "t.duo")
        self.assertEqual(self.said("t.duo"), self.whole(10), "half a line was sent")

    def test_ctrl_c_while_paused(self):
        self.ctrl_c_after()

    def test_ctrl_c_while_typing(self):
        self.ctrl_c_after("h", "n", "o")

    def test_resumed_in_the_terminal_it_shows_where_it_was(self):
        model = self.script("lamps", WORDS, pace=200)
        self.ok("talk", f"Ada={model}", f"Bob={model}", "--seed", "3", "--turns", "4", "-o", "t.duo")
        terminal = Terminal(self, "resume", "t.duo", "--turns", "+4")
        status = terminal.wait_for("turn 6/8", where=terminal.screen)
        self.assertIn(HINT, status)
        self.pause(terminal, 6)
        terminal.keys("h")
        terminal.wait_for("You to all: ")
        terminal.type("Still here.")
        terminal.wait_for(MENU, where=terminal.screen)
        terminal.keys("Enter")
        self.assertEqual(terminal.exit_code(), 0)
        self.assertIn(("human", None, "Still here."), self.injections())
        self.assertEqual(len(self.export("t.duo")), 8)

    def test_the_terminal_goes_away(self):
        """A closed window, a cut line: every recorded turn is there, the file is free, and the talk goes on from it."""
        terminal = self.talk("--turns", "10", pace=200)
        terminal.wait_for("turn 4/10", where=terminal.screen)
        terminal.hang_up()
        self.wait_until(
            "the clean end", lambda: harness.rows(self.path("t.duo"), "SELECT end_cause FROM v_trial") == [("user",)]
        )
        self.wait_until("the lock to be free", lambda: not os.path.exists(self.path("t.duo.lock")))
        cut = self.said("t.duo")
        self.assertGreaterEqual(len(cut), 3)
        self.assertLess(len(cut), 10)
        self.ok("resume", "t.duo")
        self.assertEqual(self.said("t.duo"), self.whole(10))

    def test_suspended_and_continued(self):
        """Ctrl-Z gives the shell back a usable terminal; fg goes on with the talk as if nothing had been."""
        model = self.script("lamps", WORDS, pace=200)
        terminal = Terminal(self, "--version", before="exec bash --norc --noprofile -i; true")
        terminal.type(f"PS1='ready> '; {harness.BINARY} talk Ada={model} Bob={model} --seed 3 --turns 8 -o t.duo")
        terminal.wait_for("turn 2/8", where=terminal.screen)
        terminal.keys("C-z")
        terminal.wait_for("ready> ", where=lambda: terminal.screen()[-24:])
        before = len(self.export("t.duo"))
        time.sleep(0.5)
        self.assertEqual(len(self.export("t.duo")), before, "it goes on while it is stopped")
        terminal.type("echo usable $((40 + 2))")
        terminal.wait_for("usable 42")
        terminal.type("fg")
        terminal.wait_for("turn 6/8", where=terminal.screen)
        terminal.wait_for("Ended after 8 turns, as asked", timeout=20)
        self.assertEqual(self.said("t.duo"), self.whole(8))


if __name__ == "__main__":
    unittest.main(verbosity=2)
