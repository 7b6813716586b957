"""What a turn costs beside a server that answers at once: ours, a LiteLLM loop, pidgin-ai. And what 200 conversations
at once take of memory. The peers are installed from PyPI, each into a folder of its own in the cache."""

import json
import os
import subprocess
import sys

from common import Failed, cache_folder, say
from report import median, spread

MODEL = "openai:m@"
PEERS = {"litellm": ["litellm[proxy]"], "pidgin": ["pidgin-ai"]}
HERE = os.path.dirname(os.path.abspath(__file__))


class Work:
    def __init__(self, quick):
        self.rounds = 2 if quick else 5
        self.turns = 10 if quick else 40  # of theirs and of ours: what a turn costs grows with the history
        self.our_conversations = 2 if quick else 5  # one after the other, of each round: a short one is over at once
        self.many = 200
        self.turns_of_many = 5 if quick else 20


class AnsweringServer:
    """bench_answering_server, until the `with` ends."""

    def __init__(self, drivers):
        path = os.path.join(drivers.folder, "bench_answering_server")
        if not os.access(path, os.X_OK):
            raise Failed(f"{path} is missing: `make bench` builds it")
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def peer_python(name):
    """The Python that has the peer; installs it the first time."""
    folder = os.path.join(cache_folder(), name)
    python = os.path.join(folder, "bin", "python")
    ready = os.path.join(folder, "installed")
    if not os.path.exists(ready):
        say(f"installing {', '.join(PEERS[name])} into {folder}")
        for command in ([sys.executable, "-m", "venv", folder],
                        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS[name]]):
            if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
                raise Failed(f"{' '.join(command)} failed: there is nothing to compare with")
        with open(ready, "w", encoding="utf-8"):
            pass
    return python


def peer_ms(name, url, turns, scratch):
    """Milliseconds a turn, without the peer's own start."""
    env = {"PATH": os.environ["PATH"], "HOME": scratch, "OPENAI_API_KEY": "sk-none", "OPENAI_BASE_URL": url,
           "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run([peer_python(name), os.path.join(HERE, "provider_peers.py"), name, url, str(turns)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env=env, cwd=scratch)
    if done.returncode != 0:
        raise Failed(f"{name}: exit {done.returncode}: {' | '.join(done.stderr.strip().splitlines()[-3:])}")
    return json.loads(done.stdout.strip().splitlines()[-1])["ms_a_turn"]


def overhead(report, drivers, work):
    report.title(f"Providers  a streamed turn of 100 tokens from a server on loopback that answers at once; ms a turn, "
                 f"median [least .. most] of {work.rounds} interleaved rounds")
    with AnsweringServer(drivers) as server:
        model = MODEL + server.url
        ms = {"none": [], "normal": [], "full": [], **{name: [] for name in PEERS}}
        for _ in range(work.rounds):
            for record in ("none", "normal", "full"):
                all_ran = [drivers.scripted(1, work.turns, record, model=model) for _ in range(work.our_conversations)]
                ms[record].append(median([1000 * ran["wall_s"] / ran["turns"] for ran in all_ran]))
            for name in PEERS:
                ms[name].append(peer_ms(name, server.url, work.turns, drivers.scratch))
        report.line(f"ours, {work.turns} turns, unrecorded", spread(ms["none"], 3))
        report.line(f"ours, {work.turns} turns, recorded, synchronous=NORMAL", spread(ms["normal"], 3))
        report.line(f"ours, {work.turns} turns, recorded, synchronous=FULL", spread(ms["full"], 3))
        for name, record, most in (("litellm", "none", 0.01), ("pidgin", "full", 0.05)):
            report.line(f"{name}, {work.turns} turns", spread(ms[name], 1))
            share = median(ms[record]) / median(ms[name])
            report.line(f"  ours ({record}) to {name}", f"1/{1 / share:.0f}", f"<= 1/{1 / most:.0f}", share <= most)
        memory(report, drivers, work, model)


def memory(report, drivers, work, model):
    """Peak memory of many conversations less that of one, less the texts themselves, a conversation."""
    each, rates = [], []
    for _ in range(work.rounds):
        one = drivers.scripted(1, work.turns_of_many, "none", model=model)
        many = drivers.scripted(work.many, work.turns_of_many, "none", model=model)
        text = (many["text_bytes"] - one["text_bytes"]) / (work.many - 1)
        each.append((1e6 * (many["peak_memory_mb"] - one["peak_memory_mb"]) / (work.many - 1) - text) / 1000)
        rates.append(many["turns_per_s"])
    report.line(f"{work.many} at once, turns/s", spread(rates, 0))
    report.line("memory of each beyond its text, KB", spread(each, 0), "<= 200", median(each) <= 200)
