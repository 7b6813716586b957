"""The peers of the measures on texts and series: sacreBLEU, NLTK, pidgin-ai, datasketch, ruptures. lib/measure.py runs
this file with the Python that can import them (tools/lib/peers.py); measure_peers.py ROLE FILE ... prints a JSON
object.

Each role gets the same file as our driver and does the same work in the way that is fastest for the peer. A text is
tokenised once: sacreBLEU keeps the tokens of the texts that it has seen, the others are given what was made for the
turn before. Times are CPU time of the work alone (all of it runs on one thread), without start-up and reading; "us" is
microseconds a turn."""

import importlib
import importlib.util
import itertools
import json
import os
import re
import statistics
import sys
import time
import types
import unicodedata

BANDS, ROWS, THRESHOLD = 14, 9, 0.7  # of the search for near-duplicates, as ours
PASSES = 5  # over the same numbers, as our driver


def read_turns(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def tokens_of(text):
    return re.findall(r"\w+(?:'\w+)*|\S", unicodedata.normalize("NFC", text).lower())


def timed(work, items):
    """Microseconds an item, and what came out."""
    started = time.process_time()
    made = work()
    return 1e6 * (time.process_time() - started) / items, made


def sacrebleu(path):
    from sacrebleu.metrics import BLEU
    metric = BLEU(effective_order=True)
    turns = read_turns(path)
    us, scores = timed(lambda: [metric.sentence_score(now, [before]).score
                                for before, now in itertools.pairwise(turns)], len(turns) - 1)
    return {"us": us, "scores": [0.0, *scores]}


def nltk(path):
    """It takes tokens, so that its time is without tokenising; ours is with it."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    split = Tokenizer13a()
    smoothing = SmoothingFunction().method3
    turns = [split(text).split() for text in read_turns(path)]
    us, scores = timed(lambda: [sentence_bleu([before], now, smoothing_function=smoothing)
                                for before, now in itertools.pairwise(turns)], len(turns) - 1)
    return {"us": us, "scores": [0.0, *(100 * score for score in scores)]}


def jaccard(path, lags):
    """To the `lags` turns before; only the distance to the last one is kept."""
    from nltk.metrics.distance import jaccard_distance
    turns = read_turns(path)

    def work():
        before = [set()]  # the latest first
        distances = []
        for text in turns:
            now = set(tokens_of(text))
            found = [jaccard_distance(other, now) for other in before]
            distances.append(found[0])
            before = [now, *before[:lags - 1]]
        return distances

    us, distances = timed(work, len(turns))
    return {"us": us, "distances": distances}


def overlap(path):
    """4 BLEU by sacreBLEU, 2 Jaccard by NLTK, and the share of new 4-grams by Python's sets: nobody has that."""
    from nltk.metrics.distance import jaccard_distance
    from sacrebleu.metrics import BLEU
    metric = BLEU(effective_order=True)
    turns = read_turns(path)

    def work():
        history = set()
        last = []  # text and token set, the latest first
        bleu = distance = unseen = 0.0
        for text in turns:
            tokens = tokens_of(text)
            now = set(tokens)
            for other, other_set in last:
                bleu += metric.sentence_score(text, [other]).score + metric.sentence_score(other, [text]).score
                distance += jaccard_distance(other_set, now)
            grams = list(zip(tokens, tokens[1:], tokens[2:], tokens[3:]))
            unseen += sum(gram not in history for gram in grams) / len(grams)
            history.update(grams)
            last = [(text, now), *last[:1]]
        return [bleu, distance, unseen]

    us, sums = timed(work, len(turns))
    return {"us": us, "sums": sums}


def pidgin(path, calculator, edge):
    """Its full set for every turn; it takes two utterances at a time. `calculator`: its public MetricsCalculator, or
    the FlatMetricsCalculator that it imports its own conversations with. Its package starts by importing the clients of
    all model providers, which have nothing to do with this: a bare package of its name stands in for that."""
    found = importlib.util.find_spec("pidgin")
    package = types.ModuleType("pidgin")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["pidgin"] = package
    if calculator == "flat":
        made = importlib.import_module("pidgin.metrics.flat_calculator").FlatMetricsCalculator()
    else:
        made = importlib.import_module("pidgin.metrics").MetricsCalculator()
    turns = read_turns(path)
    ends = [time.process_time()]
    for i in range(0, len(turns) - 1, 2):
        values = made.calculate_turn_metrics(i // 2, turns[i], turns[i + 1])
        ends.append(time.process_time())
    pairs = len(ends) - 1
    edge = min(edge // 2, pairs)
    return {"us": 5e5 * (ends[-1] - ends[0]) / pairs, "first_us": 5e5 * (ends[edge] - ends[0]) / edge,
            "last_us": 5e5 * (ends[-1] - ends[-1 - edge]) / edge, "values": count_values(values)}


def count_values(values):
    """How many numbers came out for the last two utterances and the pair of them."""
    return sum(count_values(v) if isinstance(v, dict) else isinstance(v, (int, float)) for v in values.values())


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


def search(texts):
    """The whole search by datasketch: groups of near-duplicates, checked exactly."""
    from datasketch import MinHashLSH
    index = MinHashLSH(num_perm=128, params=(BANDS, ROWS))
    sets = [shingles_of(text) for text in texts]
    group = list(range(len(texts)))

    def first_of(text):
        while group[text] != text:
            text = group[text]
        return text

    for i, text in enumerate(texts):
        made = signature(text, True)
        for other in index.query(made):
            if len(sets[i] & sets[other]) >= THRESHOLD * len(sets[i] | sets[other]):
                a, b = sorted((first_of(i), first_of(other)))
                group[b] = a
        index.insert(i, made)
    return len({first_of(i) for i in range(len(texts))})


def datasketch(path):
    with open(path, encoding="utf-8") as file:
        texts = json.load(file)
    each, _ = timed(lambda: [signature(text, False) for text in texts], len(texts))
    batch, _ = timed(lambda: [signature(text, True) for text in texts], len(texts))
    whole, groups = timed(lambda: search(texts), len(texts))
    return {"each_us": each, "batch_us": batch, "search_us": whole, "groups": groups,
            "tokens": sum(len(tokens_of(text)) for text in texts)}


def ruptures(path, penalty):
    """KernelCPD with the linear kernel: PELT with L2 cost, in C."""
    from ruptures import KernelCPD
    import numpy
    with open(path, encoding="utf-8") as file:
        signal = numpy.array(json.load(file)).reshape(-1, 1)
    times = []
    for _ in range(PASSES):
        us, ends = timed(lambda: KernelCPD(kernel="linear", min_size=2).fit(signal).predict(pen=penalty), 1)
        times.append(us / 1000)
    return {"ms": statistics.median(times), "ends": [int(end) for end in ends]}


def main():
    role, path, *rest = sys.argv[1:]
    roles = {"sacrebleu": sacrebleu, "nltk": nltk, "overlap": overlap, "datasketch": datasketch,
             "jaccard": lambda path, lags: jaccard(path, int(lags)),
             "pidgin": lambda path, calculator, edge: pidgin(path, calculator, int(edge)),
             "ruptures": lambda path, penalty: ruptures(path, float(penalty))}
    found = roles[role](os.path.abspath(path), *rest)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
