#!/usr/bin/env python3
"""Every API against every fault of fake_provider.py: each ends as docs/providers.md says, recovered, paused or data; no
error's words are ever in a transcript, no key in anything that is written; a paused conversation is resumed, to the
words that it would have had. Prints the matrix.

timeout_s: 900
"""

import concurrent.futures
import os
import re
import shutil
import socket
import unittest

import harness
from fake_apis import APIS, MARK, MODEL, words_for
from fake_provider import FAULTS, FakeProvider
from harness import DONE, MODEL_FAILED, rows

TURNS = 3
AT = 2  # the turn that meets the fault
KEY = "sk-fake-0123456789abcdef"
PARALLEL = 3
# How each API is asked for: the model's name, with the server's address for {}, and whether it is a base model's.
NAMES = {
    "chat": ("openai:" + MODEL + "@{}/v1", False),
    "responses": ("openai-responses:" + MODEL + "@{}/v1", False),
    "completions": ("completions:" + MODEL + "@{}/v1", True),
    "messages": ("anthropic:" + MODEL + "@{}", False),
    "ollama-chat": ("ollama:" + MODEL + "@{}", False),
    "ollama-generate": ("ollama:" + MODEL + "@{}", True),
}
SPEC = """participants:
  - {{name: A, model: "{model}", prompting: {prompting}}}
  - {{name: B, model: "{model}", prompting: {prompting}}}
opening: {{text: "Hello there"}}
turns: {turns}
sampling: {{max_tokens: 200}}
retry: {{attempts: 3, first_wait_s: 0.02, longest_wait_s: 0.1, deadline_s: 30}}
timeouts: {{connect_s: 5, stall_s: 1, total_s: 4}}
"""


class Wrong(Exception):
    """What was seen isn't what is documented."""


def check(holds, words):
    if not holds:
        raise Wrong(str(words))


class FaultMatrixTest(harness.Case):
    def setUp(self):
        super().setUp()
        self.env.update(OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY)

    def in_folder(self, name):
        folder = self.path(name)
        os.makedirs(folder)
        return folder

    def spec_for(self, folder, api, url):
        model, raw = NAMES[api]
        text = SPEC.format(model=model.format(url), prompting="raw" if raw else "chat", turns=TURNS)
        with open(os.path.join(folder, "spec.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def run_in(self, folder, *args):
        done = self.duologue(*args, cwd=folder, timeout=60)
        check(KEY not in done.out + done.err, "the key was printed")
        return done

    def state(self, folder):
        """How it ended, its turns as (text, stop reason), and how many attempts failed on the way."""
        duo = os.path.join(folder, "a.duo")
        ends = rows(duo, "SELECT end_cause, end_detail FROM trial")
        turns = rows(duo, "SELECT text, stop_reason FROM v_turn ORDER BY turn")
        failed = rows(duo, "SELECT count(*) FROM v_event WHERE kind = 'attempt_failed'")[0][0]
        for text, _ in turns:
            check(MARK not in text, "an error's words in the transcript: " + text)
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                check(name == "spec.yaml" or KEY.encode() not in file.read(), "the key stands in " + name)
        return ends[0], turns, failed

    def expect_whole(self, turns):
        check([text for text, _ in turns] == [words_for(n) for n in range(1, TURNS + 1)], f"other words: {turns}")

    def expect_paused(self, folder, done):
        check(done.code == MODEL_FAILED, f"exit {done.code}: {done.out}{done.err}")
        check(re.fullmatch(r"duologue: [^\n]+\n", done.err), f"not one line: {done.err!r}")
        end, turns, _ = self.state(folder)
        check(end[0] == "paused" and end[1], f"ended as {end}")
        listed = self.run_in(folder, "list", "a.duo")
        for command in ("list", "show"):
            told = self.run_in(folder, command, "a.duo")
            check("paused" in told.out, f"not told by {command}: {told.out}")
        return turns

    def resume(self, folder):
        done = self.run_in(folder, "resume", "a.duo", "--plain")
        check(done.code == DONE, f"resume: exit {done.code}: {done.out}{done.err}")
        self.expect_whole(self.state(folder)[1])

    def one(self, api, name):
        """A conversation that meets a fault at its second turn. Returns how it went, in a word."""
        fault = FAULTS[name]
        folder = self.in_folder(f"{api}-{name}")
        with FakeProvider() as provider:
            provider.plan(name, at=AT, times=None if fault.outcome == "paused" else 1)
            self.spec_for(folder, api, provider.url)
            done = self.run_in(folder, "run", "spec.yaml", "-o", "a.duo", "--plain")
            if fault.outcome == "paused":
                check(len(self.expect_paused(folder, done)) == AT - 1, "turns were lost or made up")
                provider.plan(None)
                if not provider.away.is_set():
                    self.resume(folder)
                else:
                    with FakeProvider(provider.port):
                        self.resume(folder)
                return "paused"
            check(done.code == DONE, f"exit {done.code}: {done.out}{done.err}")
            end, turns, failed = self.state(folder)
            check(end[0] == "turn_limit", f"ended as {end}")
            check(len(turns) == TURNS, f"{len(turns)} turns")
            if fault.outcome == "recovered":
                check(failed == 1 or (failed == 0 and fault.unseen), f"{failed} failed attempts are recorded")
                self.expect_whole(turns)
            else:
                self.expect_data(fault, turns, failed)
            paths = {path for path, _, _ in provider.seen}
            check(paths == {APIS[api].path}, f"asked at {paths}")
        shutil.rmtree(folder)
        return fault.outcome

    def expect_data(self, fault, turns, failed):
        check(failed == 0, f"{failed} attempts failed")
        text, stop = turns[AT - 1]
        wanted = fault.text(AT)
        same = wanted.fullmatch(text) if isinstance(wanted, re.Pattern) else text == wanted
        check(same, f"said {text!r}")
        check(stop == fault.stop, f"stopped by {stop}")

    def at_the_start(self, api, name, url):
        """Nothing can be begun: one line, and no recording."""
        folder = self.in_folder(f"{api}-{name}")
        self.spec_for(folder, api, url)
        done = self.run_in(folder, "run", "spec.yaml", "-o", "a.duo", "--plain")
        check(done.code == MODEL_FAILED, f"exit {done.code}: {done.out}{done.err}")
        check(re.fullmatch(r"duologue: [^\n]+\n", done.err), f"not one line: {done.err!r}")
        check(not os.path.exists(os.path.join(folder, "a.duo")), "a recording of nothing")
        return "not begun"

    def refused_at_the_start(self, api):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        return self.at_the_start(api, "refused", f"http://127.0.0.1:{port}")

    def no_such_host(self, api):
        return self.at_the_start(api, "dns", "http://no-such-host.invalid:1")

    def no_tls(self, api):
        with FakeProvider() as provider:
            return self.at_the_start(api, "tls", provider.url.replace("http:", "https:"))

    def test_matrix(self):
        only = os.environ.get("FAULTS")  # to look at a few: FAULTS='http_5|gzip'
        jobs = {}

        def wanted(name):
            return not only or re.search(only, name)

        apart = {
            "refused_at_the_start": self.refused_at_the_start,
            "dns_error": self.no_such_host,
            "tls_error": self.no_tls,
        }
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            for api in APIS:
                for name, run in apart.items():
                    if wanted(name):
                        jobs[name, api] = pool.submit(run, api)
                for name, fault in FAULTS.items():
                    if wanted(name) and fault.applies(APIS[api]):
                        jobs[name, api] = pool.submit(self.one, api, name)
        cells, wrong = {}, []
        for (name, api), job in jobs.items():
            error = job.exception()
            if error is not None and not isinstance(error, (Wrong, AssertionError)):
                raise error
            cells[name, api] = "WRONG" if error else job.result()
            if error:
                wrong.append(f"{name} at {api}: {str(error)[:2000]}")
        self.print_matrix(cells)
        if not only:
            self.assertGreaterEqual(len(cells), 60)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    @staticmethod
    def print_matrix(cells):
        names = list(dict.fromkeys(name for name, _ in cells))
        print("\n| " + " " * 25 + "".join(f"{api:<17}" for api in APIS))
        for name in names:
            print(f"| {name:<25}" + "".join(f"{cells.get((name, api), '-'):<17}" for api in APIS))
        outcomes = list(cells.values())
        words = ("recovered", "paused", "data", "not begun", "WRONG")
        print(f"| {len(cells)} faults: " + ", ".join(f"{outcomes.count(word)} {word}" for word in words), flush=True)


if __name__ == "__main__":
    unittest.main()
