#!/usr/bin/env python3
"""What calls cost: by the list of prices, recorded with each call, told everywhere, and a reason to stop."""

import os
import unittest

import harness
from fake_apis import MODEL
from fake_provider import FakeProvider
from harness import DONE, USAGE, rows

LINES = ["one two three four five", "six seven eight nine ten"]
PRICES = """prices:
  - {{model: {model}, input: 2, cached: 0.5, output: 8, dated: 2026-11, source: a test}}
"""


class CostTest(harness.Case):
    def prices(self, model=MODEL):
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "duologue")
        os.makedirs(folder)
        with open(os.path.join(folder, "prices.yaml"), "w", encoding="utf-8") as file:
            file.write(PRICES.format(model=model))

    def test_a_budget_ends_a_talk(self):
        model = self.script("priced", LINES, settings=["#price 1 1000"])  # 5 words: $0.005 a turn
        done = self.ok("talk", model, "--turns", "40", "--budget-usd", "0.022", "-o", "a.duo", "--plain")
        self.assertIn("Cost:     $0.025", done.out)
        self.assertIn("$0.0250 spent, the budget was $0.022", done.out)
        listed = self.ok("list", "a.duo", "--json").json_lines()[0]
        self.assertEqual((listed["end"]["cause"], listed["turns"], listed["unpriced_calls"]), ("budget", 5, 0))
        self.assertAlmostEqual(listed["cost_usd"], 0.025)
        self.assertIn("$0.025", self.ok("list", "a.duo").out)
        self.assertIn("Cost: $0.025", self.ok("show", "a.duo").out)
        self.assertTrue(all(abs(turn["cost_usd"] - 0.005) < 1e-12 for turn in self.export("a.duo")))

    def test_without_a_price_there_is_no_cost(self):
        self.ok("talk", self.script("free", LINES), "--turns", "3", "-o", "a.duo", "--plain")
        self.assertEqual(
            rows(self.path("a.duo"), "SELECT count(*), count(cost_usd) FROM v_call"), [(3, 0)]
        )
        listed = self.ok("list", "a.duo", "--json").json_lines()[0]
        self.assertEqual((listed["cost_usd"], listed["unpriced_calls"]), (None, 3))
        self.assertNotIn("cost", self.ok("list", "a.duo").out)

    def test_what_a_provider_counts_is_what_is_paid(self):
        self.prices()
        self.env["OPENAI_API_KEY"] = "sk-fake-0123456789abcdef"
        with FakeProvider() as provider:
            name = f"openai-responses:{MODEL}@{provider.url}/v1"
            self.write("spec.yaml", f"participants:\n  - {{name: A, model: '{name}'}}\nturns: 2\nbudget: {{usd: 5}}\n")
            self.ok("run", "spec.yaml", "-o", "a.duo", "--plain")
        for prompt, new, answer, cost in rows(
            self.path("a.duo"), "SELECT prompt_tokens, new_prompt_tokens, completion_tokens, cost_usd FROM v_call"
        ):
            self.assertEqual((prompt, new), (100, 50))
            self.assertAlmostEqual(cost, (50 * 2 + 50 * 0.5 + answer * 8) / 1e6)

    def test_a_budget_needs_a_price(self):
        self.write(
            "spec.yaml",
            "participants:\n  - {name: A, model: 'openai:x@https://example.org/v1'}\nturns: 4\n"
            "sampling: {max_tokens: 100}\n",
        )
        dry = self.ok("run", "spec.yaml", "--dry-run")
        self.assertIn("the price of openai:x@https://example.org/v1 is unknown", dry.out)
        self.assertIsNone(self.ok("run", "spec.yaml", "--dry-run", "--json").json()["max_cost_usd"])
        self.prices("x")
        dry = self.ok("run", "spec.yaml", "--dry-run", "--json").json()
        # 400 tokens of answers, and prompts of at least the 600 that have been said before
        self.assertGreater(dry["max_cost_usd"], (400 * 8 + 600 * 2) / 1e6)
        self.assertLess(dry["max_cost_usd"], (400 * 8 + 800 * 2) / 1e6)
        self.assertIn("costs at most about $0.004", self.ok("run", "spec.yaml", "--dry-run").out)

    def test_an_experiment_of_one_conversation_keeps_its_budget_when_resumed(self):
        model = self.script("priced", LINES, settings=["#price 1 1000"])  # $0.005 a turn
        self.write(
            "spec.yaml",
            f"participants:\n  - {{name: A, model: '{model}'}}\n  - {{name: B, model: '{model}'}}\nturns: 6\n"
            "budget: {usd: 0.052}\n",
        )
        self.ok("run", "spec.yaml", "-o", "a.duo", "--plain")
        self.ok("resume", "a.duo", "--turns", "+40", "--plain")
        listed = self.ok("list", "a.duo", "--json").json_lines()[0]
        self.assertEqual((listed["turns"], listed["end"]["cause"]), (11, "budget"))

    def test_arms_cost_what_their_own_models_do(self):
        self.prices("x")
        self.write(
            "spec.yaml",
            "participants:\n  - {name: A, model: 'scripted:none.txt'}\nturns: 4\nsampling: {max_tokens: 100}\n"
            "arms:\n  known: {participants.A.model: 'openai:x@https://example.org/v1'}\n"
            "  unknown: {participants.A.model: 'openai:y@https://example.org/v1', stop: [{same_text: 3}]}\n",
        )
        dry = self.ok("run", "spec.yaml", "--dry-run")
        self.assertIn("costs at most about $0.004", dry.out)
        self.assertIn("the price of openai:y@https://example.org/v1 is unknown", dry.out)
        self.assertIn("a conversation of arm unknown stops earlier on: the same text 3 times", dry.out)
        self.assertNotIn("none.txt", dry.out)

    def test_slips(self):
        self.assert_error(self.duologue("talk", self.script("a", LINES), "--budget-usd", "much"), USAGE, "budget-usd")
        self.prices("x, input: 7")
        done = self.duologue("talk", self.script("b", LINES), "-o", "b.duo")
        self.assert_error(done, USAGE, "prices.yaml:2")
        self.assertFalse(os.path.exists(self.path("b.duo")))
        self.assertNotEqual(done.code, DONE)


if __name__ == "__main__":
    unittest.main()
