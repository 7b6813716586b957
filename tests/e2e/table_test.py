#!/usr/bin/env python3
"""Tools, schedules, arms and seats as a user meets them, with scripts and with a real model."""

import glob
import os
import signal
import unittest

import harness
from harness import Case

CALL = '<tool_call>{"name": "%s", "arguments": {"reason": "r"}}</tool_call>'

TOOLS = """tools:
  - {name: look, description: Looks out of the window., calling: {result: "It rains."}}
  - {name: leave, description: Leaves., calling: ends}
"""


class TableTest(Case):
    def test_every_example_is_a_good_spec(self):
        specs = glob.glob(os.path.join(harness.ROOT, "examples", "**", "*.yaml"), recursive=True)
        tried = 0
        for path in sorted(specs):
            with open(path, encoding="utf-8") as file:
                if "\nparticipants:" not in file.read():
                    continue  # tools, schedules: the specs name them
            done = self.ok("run", path, "--dry-run", "--json")
            self.assertGreater(done.json()["trials"], 0, path)
            tried += 1
        self.assertGreaterEqual(tried, 7)

    def test_the_factorial_has_every_combination(self):
        spec = os.path.join(harness.ROOT, "examples", "attractor-states", "controls.yaml")
        arms = self.ok("run", spec, "--dry-run", "--json").json()["arms"]
        self.assertEqual(len(arms), 10)
        self.assertEqual(len(set(arms)), 10)
        self.assertIn("pressure=on, exit=forbidden", arms)

    def test_a_killed_talk_with_tools_and_a_schedule_goes_on_to_the_same_chain(self):
        lines = ["Hm. " + CALL % "look" + "\\|It rains.", "two", "three", "four", "five", "six", "seven", "eight"]
        tools = self.write("tools.yaml", TOOLS)
        plan = self.write(
            "plan.yaml",
            "moderators:\n"
            "  - {name: whisper, when: {turn: 3}, do: {whisper: psst}, to: A}\n"
            "  - {name: puppet, when: {turn: 4}, who: B, do: {speak: as B}}\n"
            "  - {name: hot, when: {turn: 6}, do: {set: {temperature: 1.5}}}\n",
        )
        rest = ["--turns", "8", "--seed", "3", "--tools", tools, "--schedule", plan, "--plain"]
        whole = self.path("whole.duo")
        self.ok("talk", self.script("fast", lines), *rest, "-o", whole)
        slow = self.script("fast", lines, pace=150)  # the same words, so the same hashes
        cut = self.path("cut.duo")
        process = self.start("talk", slow, *rest, "-o", cut)
        self.wait_until("three turns", lambda: os.path.exists(cut) and self.turns(cut) >= 3)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        self.ok("resume", cut, "--plain")
        self.assertEqual(self.said(whole), self.said(cut))
        turns = self.export(cut)
        self.assertEqual(turns[0]["tool_calls"][0]["result"], "It rains.")
        self.assertEqual(turns[3]["author"], {"kind": "moderator", "name": "puppet"})

    def turns(self, duo):
        try:
            return harness.rows(duo, "SELECT count(*) FROM v_turn WHERE on_head")[0][0]
        except Exception:  # not there yet, or not yet readable
            return 0

    def test_a_call_that_ends_it_is_the_ends_reason(self):
        tools = self.write("tools.yaml", TOOLS)
        duo = self.path("a.duo")
        model = self.script("m", ["Hi.", "Bye. " + CALL % "leave"])
        self.ok("talk", model, "--turns", "9", "--tools", tools, "--plain", "-o", duo)
        listed = self.ok("list", duo, "--json").json()
        self.assertEqual(listed["end"], {"cause": "tool", "detail": "B called leave at turn 2"})
        counts = {(row["participant"], row["tool"]): row for row in self.ok("tools", duo, "--json").json_lines()}
        self.assertEqual(counts["B", "leave"]["ended"]["conversations"], 1)
        self.assertEqual(counts["A", "leave"]["called"]["turns"]["turns"], 0)
        # It had ended; made longer, it goes on.
        self.ok("resume", duo, "--turns", "+1", "--plain")
        self.assertEqual(len(self.export(duo)), 3)

    def test_a_hand_over_is_by_file(self):
        old, new = self.script("old", ["old"]), self.script("new", ["new"])
        plan = self.write("plan.yaml", f'moderators: [{{when: {{turn: 3}}, who: A, do: {{model: "{new}"}}}}]\n')
        duo = self.path("h.duo")
        self.ok("talk", old, "--turns", "4", "--schedule", plan, "--plain", "-o", duo)
        turns = self.export(duo)
        self.assertEqual([turn["text"] for turn in turns], ["old", "old", "new", "old"])
        self.assertNotEqual(turns[0]["identity"], turns[2]["identity"])
        shown = self.ok("show", duo, "--prompt", "3", "--json").json()
        self.assertTrue(shown["view_matches"])


@harness.needs_smollm2
class RealModelTest(Case):
    def spec(self, turns):
        self.write("tools.yaml", TOOLS)
        return self.write(
            "s.yaml",
            f"participants:\n"
            f"  - {{name: A, model: smollm2, tools: tools.yaml, memory: 'summary:2', prefill: 'Well, '}}\n"
            f"  - {{name: B, model: smollm2, plays: user, system: You are a customer.}}\n"
            f"turns: {turns}\nseed: 5\nsampling: {{max_tokens: 24}}\n",
        )

    def test_tools_summaries_prefill_and_roles_survive_a_resume(self):
        whole, halves = self.path("whole.duo"), self.path("halves.duo")
        self.ok("run", self.spec(7), "-o", whole, "--plain")
        self.ok("run", self.spec(4), "-o", halves, "--plain")
        self.ok("resume", halves, "--turns", "+3", "--plain")
        self.assertEqual(self.said(whole), self.said(halves))
        turns = self.export(whole)
        for turn in turns[0::2]:
            self.assertTrue(turn["text"].startswith("Well, "), turn["text"])
        summaries = harness.rows(whole, "SELECT count(*) FROM v_entry WHERE config LIKE '%summary%'")[0][0]
        self.assertEqual(summaries, 2)
        for number in (1, 2, 7):
            shown = self.ok("show", whole, "--prompt", str(number), "--json").json()
            self.assertTrue(shown["view_matches"] and shown["prompt_matches"], shown)
            self.assertEqual(harness.view_hash(shown["messages"]), shown["view_hash"])
        prompt = self.ok("show", whole, "--prompt", "2", "--json").json()["rendered"]
        self.assertTrue(prompt.endswith("<|im_start|>user\n"), prompt[-80:])
        self.assertTrue(self.ok("show", whole, "--prompt", "1", "--json").json()["rendered"].endswith("Well, "))


if __name__ == "__main__":
    unittest.main(verbosity=2)
