#!/usr/bin/env python3
"""Providers over real servers on this machine: the same conversation in process, over llama-server's four APIs and
through a LiteLLM proxy; keys, wrong names and dead servers; the wire recorded and replayed; a context that is cut.
timeout_s: 900
"""

import glob
import json
import os
import shutil
import socket
import subprocess
import time
import unittest
import urllib.request

import harness
from harness import Case, MODEL_FAILED, SMOLLM2, USAGE, needs_smollm2, rows
from local_server import JsonHandler, LocalServer

KEY = "sk-very-secret-4711"
MINILM = os.path.join(os.path.dirname(SMOLLM2), "minilm.F16.gguf")
TURNS = 6
SAMPLING = ("--temperature", "0", "--max-tokens", "24", "--turns", str(TURNS), "--seed", "7", "--plain")


def llama_servers():
    """By whether they have llamafile's kernels, which round several tokens at once otherwise than each alone."""
    found = {}
    for path in glob.glob(os.path.join(harness.real_cache(), "llama", "*", "bin", "llama-server")):
        with open(os.path.join(os.path.dirname(path), "..", "complete.json"), encoding="utf-8") as file:
            found[json.load(file).get("llamafile") != "off"] = path
    return found


def llama_server(llamafile=True):
    found = llama_servers()
    return found.get(llamafile) or next(iter(found.values()), None)


def litellm():
    path = os.path.join(harness.real_cache(), "litellm", "bin", "litellm")
    return path if os.path.exists(path) else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process of its own, stopped by its id at the end."""

    def __init__(self, command, port, health, log_path, env=None, wait_s=120):
        self.port = port
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{health}", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        self.stop()
        with open(log_path, encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"{command[0]} isn't ready:\n{log.read()[-3000:]}")

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_llama_server(folder, llamafile):
    port = free_port()
    # As a model in process at the level `exact`: no flash attention, and a cache of its own for each side.
    command = [llama_server(llamafile), "-m", SMOLLM2, "--host", "127.0.0.1", "--port", str(port), "-np", "2",
               "-c", "8192", "--no-kv-unified", "-fa", "off", "--no-repack", "-t", "2", "--alias", "smollm2",
               "--api-key", KEY]
    return Server(command, port, "/health", os.path.join(folder, "llama-server.log"))


def start_embedding_server(folder):
    port = free_port()
    command = [llama_server(), "-m", MINILM, "--embeddings", "--host", "127.0.0.1", "--port", str(port), "-t", "2",
               "--alias", "minilm"]
    return Server(command, port, "/health", os.path.join(folder, "llama-embeddings.log"))


def start_litellm(folder, upstream):
    port = free_port()
    config = os.path.join(folder, "litellm.yaml")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"model_list": [{"model_name": "smol", "litellm_params": {
            "model": "openai/smollm2", "api_base": upstream.url("/v1"), "api_key": KEY}}],
            "general_settings": {"master_key": KEY}, "litellm_settings": {"telemetry": False}}, file)
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    return Server([litellm(), "--config", config, "--host", "127.0.0.1", "--port", str(port)], port,
                  "/health/liveliness", os.path.join(folder, "litellm.log"), env, 180)


@needs_smollm2
@unittest.skipUnless(llama_server(), "no llama-server in the cache: tools/build-llama --peers builds it")
class RealServers(Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = os.path.join("/tmp", f"duologue-providers-{os.getpid()}")
        os.mkdir(cls.shared)
        llamafile = "LLAMAFILE = 1" in cls.kernels()
        cls.rounds_alike = not llamafile and False in llama_servers()
        cls.llama = start_llama_server(cls.shared, llamafile)

    @classmethod
    def kernels(cls):
        duo = os.path.join(cls.shared, "kernels.duo")
        subprocess.run([harness.BINARY, "talk", SMOLLM2, "--turns", "1", "--max-tokens", "1", "--plain", "-o", duo],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=120)
        return json.loads(rows(duo, "SELECT build FROM run")[0][0])["kernels"]

    @classmethod
    def tearDownClass(cls):
        cls.llama.stop()
        shutil.rmtree(cls.shared, True)

    def setUp(self):
        super().setUp()
        self.env["OPENAI_API_KEY"] = self.env["ANTHROPIC_API_KEY"] = KEY

    def talk(self, model, *more, name=None):
        duo = self.path((name or model.split(":")[0]) + ".duo")
        self.ok("talk", model, *SAMPLING, "-o", duo, *more)
        return duo

    def texts(self, duo):
        return [turn["text"] for turn in self.export(duo)]

    def prompt_tokens(self, duo):
        return [row[0] for row in rows(duo, "SELECT prompt_tokens FROM v_call ORDER BY turn")]

    def test_the_same_conversation_in_process_and_over_every_api(self):
        inside = self.talk("smollm2")
        url = self.llama.url("/v1")
        for model in (f"openai:smollm2@{url}", f"openai-responses:smollm2@{url}", f"anthropic:smollm2@{url}"):
            with self.subTest(model):
                duo = self.talk(model)
                self.assert_alike(duo, inside)

    def assert_alike(self, duo, inside):
        """The same tokens are sent as long as the same was said. The server reads an own turn's end again with what
        follows, in process it is read alone; llamafile's kernels round the two differently, and then the likelier of
        two nearly equal words may be the other one. Until then the texts are the same; in builds without these kernels
        (LLAMAFILE=off) they are the same to the end."""
        texts, expected = self.texts(duo), self.texts(inside)
        if self.rounds_alike:
            self.assertEqual(texts, expected)
        equal = next((i for i, pair in enumerate(zip(texts, expected)) if pair[0] != pair[1]), len(expected))
        self.assertGreaterEqual(equal, 2, (texts, expected))
        self.assertEqual(self.prompt_tokens(duo)[:equal + 1], self.prompt_tokens(inside)[:equal + 1])

    def test_raw_prompts_are_the_same_over_completions(self):
        inside = self.talk("smollm2", "--raw", name="raw")
        url = self.llama.url("/v1")
        for index, model in enumerate((f"completions:smollm2@{url}", f"openai:smollm2@{url}")):
            with self.subTest(model):
                duo = self.talk(model, "--raw", name=f"raw{index}")
                self.assertEqual(self.texts(duo), self.texts(inside))
                self.assertEqual(self.prompt_tokens(duo), self.prompt_tokens(inside))

    @unittest.skipUnless(os.path.exists(MINILM), f"no {MINILM}: `duologue models pull minilm` fetches it")
    def test_a_servers_embeddings_are_those_of_the_model_in_process(self):
        server = start_embedding_server(self.folder)
        self.addCleanup(server.stop)
        self.ok("talk", self.script("a", ["The lamp is on the table.", "A lamp stands on a desk. It gives light."]),
                self.script("b", ["Ships sail by night. Stars guide them."]), "--turns", "6", "-o", "a.duo", "--plain")
        series = ("--series", "d_cos1,d_cos2,coh", "--json")
        inside = self.ok("measure", "a.duo", "--embedder", MINILM, *series).json_lines()
        outside = self.ok("measure", "a.duo", "--embedder", f"openai:minilm@{server.url('/v1')}", *series).json_lines()
        self.assertEqual(len(outside), 6)
        for ours, theirs in zip(inside, outside):
            for name, value in ours["metrics"].items():
                self.assertEqual(value is None, theirs["metrics"][name] is None)
                if value is not None:
                    self.assertAlmostEqual(value, theirs["metrics"][name], delta=0.005)
        self.assertGreater(inside[1]["metrics"]["d_cos1"], 0.3)

    @unittest.skipUnless(litellm(), "no LiteLLM in the cache: bench/run --only providers installs it")
    def test_through_a_litellm_proxy(self):
        proxy = start_litellm(self.folder, self.llama)
        self.addCleanup(proxy.stop)
        inside = self.talk("smollm2")
        self.assert_alike(self.talk(f"openai:smol@{proxy.url('/v1')}"), inside)

    def test_statistics_are_those_of_the_model_in_process(self):
        inside = self.talk("smollm2")
        duo = self.talk(f"openai:smollm2@{self.llama.url('/v1')}")
        query = "SELECT surprisal_bpb, entropy_bits FROM v_call ORDER BY turn"
        for (ours, entropy), (exact, exact_entropy) in zip(rows(duo, query), rows(inside, query)):
            self.assertAlmostEqual(ours, exact, delta=0.05 * exact + 0.02)
            self.assertLessEqual(entropy, exact_entropy + 0.05)  # the rest counts as one outcome
            self.assertGreater(entropy, 0.2 * exact_entropy)

    def test_keys_are_nowhere_to_be_found(self):
        wire = self.path("wire")
        duo = self.talk(f"openai:smollm2@{self.llama.url('/v1')}", "--record-wire", wire)
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(KEY.encode(), file.read(), name)
        self.assertTrue(os.path.exists(duo))

    def test_a_wrong_key_is_told_without_it(self):
        done = self.duologue("talk", f"openai:smollm2@{self.llama.url('/v1')}", *SAMPLING, "-o", self.path("a.duo"),
                             env={"OPENAI_API_KEY": "sk-wrong"})
        self.assert_error(done, MODEL_FAILED, "401", "OPENAI_API_KEY")
        self.assertNotIn("sk-wrong", done.err)

    def test_the_wire_replays_without_a_server(self):
        wire = self.path("wire")
        model = f"openai:smollm2@{self.llama.url('/v1')}"
        first = self.talk(model, "--temperature", "0.9", "--record-wire", wire, name="first")
        with open(os.path.join(wire, "wire.jsonl"), encoding="utf-8") as file:
            calls = [json.loads(line) for line in file]
        self.assertEqual(len(calls), TURNS + 1)  # which models there are, and the turns
        self.assertTrue(all(call["status"] == 200 and call["pieces"] for call in calls))
        os.rename(wire, self.path("moved"))
        offline = {"OPENAI_API_KEY": "", "http_proxy": "http://127.0.0.1:9"}
        again = self.path("again.duo")
        self.ok("talk", model, *SAMPLING, "--temperature", "0.9", "-o", again, "--replay-wire", self.path("moved"),
                env=offline)
        self.assertEqual(self.said(again), self.said(first))
        done = self.duologue("talk", model, *SAMPLING, "--temperature", "0.8", "-o", self.path("other.duo"),
                             "--replay-wire", self.path("moved"), env=offline)
        self.assert_error_line(done, MODEL_FAILED, "never recorded")

    def assert_error_line(self, done, code, *words):
        self.assertEqual(done.code, code, done)
        for word in words:
            self.assertIn(word, done.err, done)

    def test_models_lists_what_a_server_offers(self):
        done = self.ok("models", "list", "--json", env={"OPENAI_BASE_URL": self.llama.url("/v1")})
        offered = [row for row in done.json_lines() if row["source"] == "server"]
        self.assertEqual([row["name"] for row in offered], ["openai:smollm2"], done)


class FakeOllama(LocalServer):
    """Ollama's wire as far as a talk needs it. A prompt of more than num_ctx words loses its front, without a word."""

    def __init__(self, cuts_at=None):
        self.requests = []
        fake = self

        class Handler(JsonHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.answer({"models": [{"name": "small:latest", "size": 5, "digest": "d1"}]})

            def do_POST(self):
                body = self.asked()
                if self.path == "/api/show":
                    self.answer({"model_info": {"llama.context_length": 100_000}})
                    return
                fake.requests.append((self.path, body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                texts = [m["content"] for m in body["messages"]] if "messages" in body else [body["prompt"]]
                words = sum(len(text.split()) + 4 for text in texts)
                read = min(words, cuts_at or words)
                for word in ("word " * 60).split():
                    said = word + " "
                    chat = "messages" in body
                    part = {"message": {"role": "assistant", "content": said}} if chat else {"response": said}
                    self.line({"model": body["model"], **part, "done": False})
                self.line({"model": body["model"], "done": True, "done_reason": "stop", "prompt_eval_count": read,
                           "eval_count": 60})
                self.wfile.write(b"0\r\n\r\n")

            def line(self, value):
                data = (json.dumps(value) + "\n").encode()
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

        super().__init__(Handler)


class Ollama(Case):
    def ollama(self, **options):
        fake = FakeOllama(**options)
        self.addCleanup(fake.stop)
        self.env["OLLAMA_HOST"] = fake.host
        return fake

    def test_a_talk_always_sets_the_context(self):
        fake = self.ollama()
        self.ok("talk", "ollama:small", "--turns", "4", "--plain", "-o", self.path("a.duo"))
        self.assertEqual([path for path, _ in fake.requests], ["/api/chat"] * 4)
        self.assertEqual({body["options"]["num_ctx"] for _, body in fake.requests}, {8192})
        self.assertEqual(self.export(self.path("a.duo"))[0]["text"], "word " * 60)
        self.ok("talk", "ollama:small", "--raw", "--turns", "1", "--plain", "-o", self.path("b.duo"))
        self.assertEqual(fake.requests[-1][0], "/api/generate")
        self.assertIs(fake.requests[-1][1]["raw"], True)

    def test_a_silent_cut_is_recorded_and_told(self):
        self.ollama(cuts_at=200)
        duo = self.path("a.duo")
        done = self.ok("talk", "ollama:small", "--turns", "12", "--plain", "-o", duo)
        self.assertIn("warning: ", done.out)
        self.assertIn("without a word", done.out)
        kinds = [event["kind"] for turn in self.export(duo) for event in turn.get("events", [])]
        self.assertIn("context_cut", kinds)

    def test_wrong_names_and_dead_servers_are_one_line(self):
        self.ollama()
        done = self.duologue("talk", "ollama:smal", "-o", self.path("a.duo"))
        self.assert_error(done, USAGE, "no such model", "small")
        dead = f"http://127.0.0.1:{free_port()}"
        done = self.duologue("talk", f"ollama:small@{dead}", "-o", self.path("b.duo"))
        self.assert_error(done, MODEL_FAILED, dead, "is the server running")
        done = self.duologue("talk", "openai:gpt", "-o", self.path("c.duo"))
        self.assert_error(done, USAGE, "OPENAI_API_KEY isn't set")
        done = self.duologue("talk", "openai:gpt@https://user:sk-1@h/v1", "-o", self.path("d.duo"))
        self.assert_error(done, USAGE, "environment")
        self.assertNotIn("sk-1", done.err)
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith(".duo")], [])


if __name__ == "__main__":
    unittest.main()
