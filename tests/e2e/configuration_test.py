#!/usr/bin/env python3
"""The configuration file: what it sets, what goes before it, what is refused."""

import os
import sys
import unittest

from harness import USAGE, Case
from local_server import JsonHandler, LocalServer


class EmbeddingServer(LocalServer):
    """Answers with the same vector to whoever asks; keeps the keys that it was shown."""

    def __init__(self):
        self.keys = keys = []

        class Handler(JsonHandler):
            def answer(self, value):
                keys.append(self.headers.get("Authorization"))
                super().answer(value)

            def do_GET(self):
                self.answer({"data": [{"id": "fake", "object": "model"}]})

            def do_POST(self):
                texts = self.asked()["input"]
                self.answer({"data": [{"index": i, "embedding": [0.6, 0.8]} for i in range(len(texts))]})

        super().__init__(Handler)
        self.url = f"http://{self.host}/v1"


class ConfigurationTest(Case):
    def configure(self, text, mode=0o600):
        folder = self.path("config", "duologue")
        os.makedirs(folder, exist_ok=True)
        file = os.path.join(folder, "config.yaml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(file, mode)
        return file

    def refused(self, *words):
        done = self.duologue(*words)
        self.assertEqual(done.code, USAGE, done)
        self.assertEqual(len(done.err.splitlines()), 1, done)
        return done.err

    def test_talk_takes_its_defaults_and_flags_go_first(self):
        model = self.script("ada", ["one", "two", "three"])
        self.configure(f"aliases: {{mine: '{model}'}}\ntalk: {{models: [mine, mine], turns: 3}}\n")
        self.ok("talk", "-o", "a.duo")
        self.assertEqual(len(self.export("a.duo")), 3)
        self.ok("talk", "--turns", "2", "-o", "b.duo")
        self.assertEqual(len(self.export("b.duo")), 2)
        self.assertIn("mine", self.ok("models").out)

    def test_keys_are_the_owners_alone(self):
        file = self.configure("providers: {openai: {api_key: sk-very-secret}}\n", 0o644)
        error = self.refused("talk", "scripted:x")
        self.assertIn(f"chmod 600 {file}", error)
        self.assertNotIn("sk-very-secret", error)
        self.assertIn("✗ configuration", self.duologue("doctor").out)

    def test_a_key_reaches_the_embedder_too(self):
        server = EmbeddingServer()
        self.addCleanup(server.stop)
        self.configure("providers: {openai: {api_key: sk-very-secret}}\n")
        self.ok("talk", self.script("ada", ["one", "two"]), "--turns", "2", "-o", "a.duo")
        embedder = f"openai:fake@{server.url}"
        measured = self.ok("measure", "a.duo", "--embedder", embedder, "--series", "d_cos1", "--json").json_lines()
        self.assertAlmostEqual(measured[1]["metrics"]["d_cos1"], 0)
        self.assertEqual(set(server.keys), {"Bearer sk-very-secret"})

    def test_slips_are_named_with_their_place(self):
        file = self.configure("provider: {}\n")
        self.assertIn(f"{file}:1:1: ", self.refused("talk", "scripted:x"))
        self.assertIn("'providers'", self.refused("talk", "scripted:x"))
        self.ok("--version")

    def test_a_key_in_a_spec_is_refused(self):
        self.write("s.yaml", "participants:\n  - {name: A, model: m, api_key: sk-very-secret}\n")
        error = self.refused("run", "s.yaml", "--dry-run")
        self.assertIn("s.yaml:2:", error)
        self.assertIn(self.path("config", "duologue", "config.yaml"), error)
        self.assertNotIn("sk-very-secret", error)


if __name__ == "__main__":
    sys.exit(unittest.main())
