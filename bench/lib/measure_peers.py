"""B5 and B10: near-duplicates beside datasketch, change points beside ruptures. Both sides get the same data, in turns
who is first, in one run. The peers come from PyPI; the interpreter that imports this file needs them:

    python3 -m venv VENV && VENV/bin/pip install datasketch ruptures numpy
    VENV/bin/python bench/lib/measure_peers.py [DRIVERS]     # both, printed; DRIVERS: build-bench/bench

b5(drivers) and b10(drivers) return {"about", "rounds": [{...}], "ratios", "target"}: one dict of figures a round, ours
and each peer's, to be divided round by round; `ratios` names the pairs. They raise Failed where both sides don't find
the same.
"""

import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tools", "lib")]

from common import Failed, main  # noqa: E402
from ours import Drivers  # noqa: E402

TOKENS = 234  # of a text: the median turn of the transcripts that the targets were measured on
TEXTS = 400
VALUES = 5000
ROUNDS = 5
PASSES = 5  # of which the driver takes the median too
BANDS, ROWS, THRESHOLD = 14, 9, 0.7


class Lcg:
    """The same numbers on every machine."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def ours(drivers, *arguments):
    """One run of the driver bench_statistics."""
    command = [os.path.join(drivers.folder, "bench_statistics"), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def write(drivers, name, data):
    path = drivers.file(name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file)
    return path


def texts():
    """Made-up texts of TOKENS tokens, of which every fourth is one before with three words changed."""
    random = Lcg(20261125)
    syllables = ["ka", "lo", "mi", "ren", "ta", "vo", "shu", "bel", "dor", "an", "is", "ple"]
    words = ["".join(syllables[random.below(12)] for _ in range(1 + random.below(4))) for _ in range(3000)]
    made = []
    for i in range(TEXTS):
        if i % 4 == 3:
            text = made[i - 1 - random.below(3)].copy()
            for _ in range(3):
                text[random.below(TOKENS)] = words[random.below(3000)]
        else:
            # The product of two draws makes some words frequent, as in language.
            text = [words[random.below(1 + random.below(3000))] for _ in range(TOKENS)]
        made.append(text)
    return [" ".join(text) for text in made]


def tokens_of(text):
    return re.findall(r"\w+(?:'\w+)*|\S", unicodedata.normalize("NFC", text).lower())


def shingles_of(text):
    tokens = tokens_of(text)
    return {" ".join(tokens[i:i + 3]).encode() for i in range(len(tokens) - 2)}


def signature(text, whole):
    """datasketch's, by its two ways: shingle by shingle, or all shingles at once."""
    from datasketch import MinHash
    made = MinHash(num_perm=128)
    if whole:
        made.update_batch(shingles_of(text))
    else:
        for shingle in shingles_of(text):
            made.update(shingle)
    return made


def search(all_texts):
    """The whole search by datasketch: groups of near-duplicates, checked exactly."""
    from datasketch import MinHashLSH
    index = MinHashLSH(num_perm=128, params=(BANDS, ROWS))
    sets = [shingles_of(text) for text in all_texts]
    group = list(range(len(all_texts)))

    def first_of(text):
        while group[text] != text:
            text = group[text]
        return text

    for i, text in enumerate(all_texts):
        made = signature(text, True)
        for other in index.query(made):
            if len(sets[i] & sets[other]) >= THRESHOLD * len(sets[i] | sets[other]):
                a, b = sorted((first_of(i), first_of(other)))
                group[b] = a
        index.insert(i, made)
    return len({first_of(i) for i in range(len(all_texts))})


def peer_us(work, items):
    """Microseconds an item, and what came out."""
    started = time.perf_counter()
    made = work()
    return 1e6 * (time.perf_counter() - started) / items, made


def b5(drivers, rounds=ROUNDS):
    """MinHash-128 of token 3-shingles, from the text. Figures are microseconds a text: ours_us, datasketch_us (update,
    the way of its manual), datasketch_batch_us (update_batch, its fastest); and for the whole search by LSH with
    the exact check: ours_search_us, datasketch_search_us."""
    made = texts()
    path = write(drivers, "texts.json", made)
    results = []
    for index in range(rounds):
        sides = {}

        def our_side():
            sides["ours"] = ours(drivers, "--texts", path)

        def peer_side():
            sides["each"], _ = peer_us(lambda: [signature(text, False) for text in made], TEXTS)
            sides["batch"], _ = peer_us(lambda: [signature(text, True) for text in made], TEXTS)
            sides["search"], sides["groups"] = peer_us(lambda: search(made), TEXTS)

        for side in (our_side, peer_side) if index % 2 == 0 else (peer_side, our_side):
            side()
        figures = sides["ours"]
        if figures["tokens"] != TEXTS * TOKENS or figures["groups"] != sides["groups"]:
            raise Failed(f"B5: {figures['tokens']} tokens in {figures['groups']} groups, datasketch has "
                         f"{TEXTS * TOKENS} in {sides['groups']}")
        results.append({"ours_us": figures["sign_us"], "ours_tokens_given_us": figures["sign_tokens_us"],
                        "datasketch_us": sides["each"], "datasketch_batch_us": sides["batch"],
                        "ours_search_us": figures["search_us"], "datasketch_search_us": sides["search"]})
    return {"about": f"B5  MinHash-128 on token 3-shingles, {TEXTS} texts of {TOKENS} tokens; us a text",
            "rounds": results, "target": "datasketch_us / ours_us >= 30",
            "ratios": [("ours_us", "datasketch_us"), ("ours_us", "datasketch_batch_us"),
                       ("ours_search_us", "datasketch_search_us")]}


def series(changes):
    """VALUES numbers with unit noise (twelve uniform ones summed), a new level after each VALUES / (changes + 1)."""
    random = Lcg(changes + 1)
    length = math.ceil(VALUES / (changes + 1))
    levels = [random.below(60) / 10 for _ in range(changes + 1)]
    return [levels[i // length] + sum(random.below(10**6) for _ in range(12)) / 1e6 - 6 for i in range(VALUES)]


def b10(drivers, rounds=ROUNDS, changes=10):
    """PELT with L2 cost on VALUES values, penalty 2 ln n, segments of 2 or more (ruptures' least). Figures are
    milliseconds: ours_ms and ruptures_ms (KernelCPD, kernel linear: the one in C). Fewer changes prune less: 0
    and 50 are worth a look beside 10."""
    import numpy
    import ruptures
    values = series(changes)
    path = write(drivers, "series.json", values)
    penalty = 2 * math.log(VALUES)
    signal = numpy.array(values).reshape(-1, 1)
    results = []
    for index in range(rounds):
        sides = {}

        def our_side():
            sides["ours"] = ours(drivers, "--series", path, "--penalty", repr(penalty), "--min-length", 2)

        def peer_side():
            times = []
            for _ in range(PASSES):
                search_us, sides["ends"] = peer_us(
                    lambda: ruptures.KernelCPD(kernel="linear", min_size=2).fit(signal).predict(pen=penalty), 1)
                times.append(search_us / 1000)
            sides["ruptures_ms"] = statistics.median(times)

        for side in (our_side, peer_side) if index % 2 == 0 else (peer_side, our_side):
            side()
        if sides["ours"]["ends"] != sides["ends"]:
            raise Failed(f"B10: changes at {sides['ours']['ends']}, ruptures has {sides['ends']}")
        results.append({"ours_ms": sides["ours"]["pelt_ms"], "ruptures_ms": sides["ruptures_ms"]})
    return {"about": f"B10  PELT with L2 cost, {VALUES} values, {changes} changes; ms", "rounds": results,
            "target": "ruptures_ms / ours_ms >= 1", "ratios": [("ours_ms", "ruptures_ms")]}


def show(found):
    print(found["about"])
    for name in found["rounds"][0]:
        values = [figures[name] for figures in found["rounds"]]
        print(f"  {name:<24} {statistics.median(values):10.3f} [{min(values):.3f} .. {max(values):.3f}]")
    for ours_name, peer_name in found["ratios"]:
        values = [figures[peer_name] / figures[ours_name] for figures in found["rounds"]]
        print(f"  {peer_name} / {ours_name}: {statistics.median(values):.1f} [{min(values):.1f} .. {max(values):.1f}]")
    print(f"  target: {found['target']}", flush=True)


def run():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build-bench", "bench")
    with tempfile.TemporaryDirectory() as scratch:
        drivers = Drivers(os.path.abspath(folder), scratch, None)
        show(b5(drivers))
        for changes in (0, 10, 50):
            show(b10(drivers, changes=changes))


if __name__ == "__main__":
    main(run)
