"""The first peer: the same conversation over HTTP on llama-server, as a careful user would write the loop.

Two slots, one for each side, pinned; the prompt is sent as token ids, so that a side's own turns go back
exactly as they were sampled and the server's prompt cache holds as much as it can; one kept-alive connection;
answers aren't streamed. The server of each run is a fresh one: nothing is left of an earlier conversation.
"""

import http.client
import json
import os
import socket
import subprocess
import time

from common import Failed
from settings import OPENING, SYSTEM_PROMPT, TEMPERATURE, TOKENS, TOP_P

# Ways to run it; the bench tries each once and goes on with the fastest. By default the server also saves the
# slot that waits to memory at every turn, which costs it time here.
VARIANTS = {
    "defaults": [],
    "flash attention on, no slot saving": ["-fa", "on", "--cache-ram", "0"],
    "flash attention off, no slot saving": ["-fa", "off", "--cache-ram", "0"],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A llama-server of its own, stopped at the end of the `with`."""

    def __init__(self, program, model, context, threads, variant, log_path):
        self.port = free_port()
        self.command = [
            program, "-m", model, "--host", "127.0.0.1", "--port", str(self.port), "-np", "2",
            "-c", str(2 * context), "-t", str(threads), "-tb", str(threads), "--no-kv-unified",
            *VARIANTS[variant]]
        self.log_path = log_path
        self.process = None
        self.connection = None

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_ready(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"llama-server ended with {self.process.returncode}; log: {self.log_path}")
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connection.request("GET", "/health")
                answer = self.connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failed(f"llama-server wasn't ready after 120 s; log: {self.log_path}")

    def __exit__(self, *_):
        if self.connection:
            self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def post(self, path, body):
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise Failed(f"llama-server answered {answer.status} to {path}: {content[:200]!r}")
        return json.loads(content)

    def tokenize(self, text, template=False):
        """Template text with its markers as special tokens, everything else as plain text."""
        body = {"content": text, "add_special": False, "parse_special": template}
        return self.post("/tokenize", body)["tokens"]


class Side:
    """One participant's prompt as token ids: it only grows."""

    def __init__(self, server, slot):
        self.slot = slot
        self.user = server.tokenize("<|im_start|>user\n", True)
        self.end = server.tokenize("<|im_end|>\n", True)
        self.assistant = server.tokenize("<|im_start|>assistant\n", True)
        system = server.tokenize("<|im_start|>system\n", True)
        self.prompt = system + server.tokenize(SYSTEM_PROMPT) + self.end

    def hear(self, ids):
        self.prompt += self.user + ids + self.end

    def said(self, ids):
        self.prompt += self.assistant + ids + self.end


def ask(server, side, cache, seed):
    answer = server.post("/completion", {
        "prompt": side.prompt + side.assistant, "id_slot": side.slot, "cache_prompt": cache,
        "n_predict": TOKENS, "ignore_eos": True, "return_tokens": True, "stream": False, "seed": seed,
        "samplers": ["top_p", "temperature"], "temperature": TEMPERATURE, "top_p": TOP_P, "top_k": 0,
        "response_fields": ["content", "tokens", "timings", "tokens_predicted", "tokens_evaluated"]})
    if answer["tokens_predicted"] != TOKENS:
        raise Failed(f"llama-server said {answer['tokens_predicted']} tokens instead of {TOKENS}")
    return answer


def converse(server, turns, cache, seed):
    """The loop. What it returns: the wall time, the server's own time within it, and the work done."""
    sides = [Side(server, 0), Side(server, 1)]
    sides[0].hear(server.tokenize(OPENING))
    inside_ms = new_tokens = 0
    at_turn = []
    cpu_before = time.process_time()
    started = time.perf_counter()
    for turn in range(1, turns + 1):
        speaker, other = sides[(turn - 1) % 2], sides[turn % 2]
        answer = ask(server, speaker, cache, (seed * 1000 + turn) % 2**31)
        speaker.said(answer["tokens"])
        other.hear(server.tokenize(answer["content"]))
        timings = answer["timings"]
        inside_ms += timings["prompt_ms"] + timings["predicted_ms"]
        new_tokens += timings["prompt_n"]
        at_turn.append(time.perf_counter() - started)
    wall = time.perf_counter() - started
    return {
        "wall_s": wall, "wall_at_turn": at_turn, "inside_s": inside_ms / 1000,
        "client_cpu_s": time.process_time() - cpu_before, "new_prompt_tokens": new_tokens,
        "prompt_tokens_at_end": answer["tokens_evaluated"], "completion_tokens": turns * TOKENS}


def run(program, model, context, threads, variant, turns, cache, seed, scratch):
    log = os.path.join(scratch, "llama-server.log")
    with Server(program, model, context, threads, variant, log) as server:
        return converse(server, turns, cache, seed)
