"""The section measure: what the series, statistics and pictures cost, beside the peers that people use for them.

Both sides get the same file, in a process of their own, one after the other, in turns who is first; the ratio is that
of the two runs of one pair. What they find has to agree before their times are compared."""

import json
import math
import os
import subprocess

from common import ROOT, Failed, lock_file
from measure_data import TOKENS, near_duplicates, series, write_turns
from ours import processors
from report import median, spread

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDING = 1e-9  # relative: what sums of floating-point numbers may differ by
AT_THRESHOLD = 1e-4  # relative: two matrix products round a few of 50 million cosines to different sides of it


class Work:
    def __init__(self, quick):
        self.pairs = 2 if quick else 5
        self.picture_pairs = 1 if quick else 3  # t-SNE takes a minute a pair
        self.turns = 200 if quick else 1000
        self.talk = 200 if quick else 500  # turns of the conversation with every series
        self.edge = 100
        self.texts = 100 if quick else 400
        self.values = 1000 if quick else 5000
        self.changes = (10,) if quick else (0, 10, 50)
        self.recurrence = (2000, 384) if quick else (10_000, 384)
        self.picture = (1000, 50) if quick else (10_000, 50)
        self.long_turns = 2000 if quick else 10_000
        self.early, self.late = (50, 150), (self.long_turns - 100, self.long_turns)
        self.wide_early, self.wide_late = (100, 600), (self.long_turns - 500, self.long_turns)


class Measure:
    """The drivers on one side, the peers' Python on the other, and the lines that say how they compare."""

    def __init__(self, report, drivers, python, work):
        self.report, self.drivers, self.python, self.work = report, drivers, python, work
        self.raw = {}

    def ours(self, program, *arguments):
        return self.drivers.run(program, arguments)

    def peer(self, script, *arguments):
        """The threads that its libraries start by themselves are as many as ours."""
        threads = str(processors())
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        for forced in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # the peer chooses the fastest kernel itself
            environment.pop(forced, None)
        done = subprocess.run([self.python, os.path.join(HERE, script), *map(str, arguments)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False, env=environment)
        if done.returncode != 0:
            last = " | ".join(done.stderr.strip().splitlines()[-2:])
            raise Failed(f"{script} {' '.join(map(str, arguments))} failed: {last}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def texts(self, *arguments):
        return self.peer("measure_peers.py", *arguments)

    def matrices(self, *arguments):
        return self.peer("measure_projection_peers.py", *arguments)

    def interleave(self, name, pairs, sides):
        """Every side once in each round: {side: [what it printed]}. Lists are for checks, not for the record."""
        runs = {side: [] for side in sides}
        for index in range(pairs):
            for side in list(sides) if index % 2 == 0 else reversed(list(sides)):
                runs[side].append(sides[side]())
        self.raw[name] = {side: [{k: v for k, v in run.items() if not isinstance(v, list)} for run in made]
                          for side, made in runs.items()}
        return runs

    def compare(self, label, ours, peers, target=None, unit="us"):
        """One line. Without a target: worth knowing, not judged."""
        ratio = [b / a for a, b in zip(ours, peers)]
        text = (f"{median(ours):9.2f} {unit} {median(peers):10.2f} {unit}   {spread(ratio, 1):<22}")
        self.report.line("  " + label, text, f">= {target}" if target else "",
                         median(ratio) >= target if target else None)


def pick(runs, name):
    return [run[name] for run in runs]


def agree(case, name, a, b, tolerance=ROUNDING):
    """Numbers or lists of numbers, the same on both sides."""
    if isinstance(a, list):
        if len(a) != len(b):
            raise Failed(f"{case}: {len(a)} {name} here and {len(b)} at the peer")
        for one, other in zip(a, b):
            agree(case, name, one, other, tolerance)
    elif abs(a - b) > tolerance * max(1.0, abs(b)):
        raise Failed(f"{case}: {name} is {a} here and {b} at the peer: they didn't do the same work")


def bleu(m, path):
    m.report.group(f"B1 sentence BLEU, one way, to the turn before, each turn prepared once; {m.work.turns:,} turns of "
                   f"{TOKENS} tokens, CPU us a turn")
    runs = m.interleave("B1", m.work.pairs, {
        "ours": lambda: m.ours("bench_measure", "--task", "bleu", "--turns", path),
        "sacreBLEU": lambda: m.texts("sacrebleu", path), "NLTK": lambda: m.texts("nltk", path)})
    for name in ("sacreBLEU", "NLTK"):
        agree("B1", "a score", runs["ours"][0]["scores"], runs[name][0]["scores"])
        m.compare(name, pick(runs["ours"], "us"), pick(runs[name], "us"), 20)


def overlap(m, path):
    m.report.group(f"B2 4 BLEU, 2 Jaccard, nov4; {m.work.turns:,} turns of {TOKENS} tokens, CPU us a turn")
    runs = m.interleave("B2", m.work.pairs, {
        "ours": lambda: m.ours("bench_measure", "--task", "overlap", "--turns", path),
        "peers": lambda: m.texts("overlap", path)})
    agree("B2", "a sum", runs["ours"][0]["sums"], runs["peers"][0]["sums"])
    m.compare("sacreBLEU, NLTK, sets of Python", pick(runs["ours"], "us"), pick(runs["peers"], "us"), 40)


def jaccard(m, path):
    m.report.group(f"B3 Jaccard with the tokens, each turn's made once; {m.work.turns:,} turns of "
                   f"{TOKENS} tokens, CPU us a turn")
    runs = m.interleave("B3", m.work.pairs, {
        "ours": lambda: m.ours("bench_measure", "--task", "jaccard", "--turns", path),
        "NLTK": lambda: m.texts("jaccard", path, 1), "NLTK, 6": lambda: m.texts("jaccard", path, 6)})
    agree("B3", "a distance", runs["ours"][0]["distances"], runs["NLTK"][0]["distances"])
    m.compare("NLTK, to the turn before; ours to six", pick(runs["ours"], "us"), pick(runs["NLTK"], "us"), 15)
    m.compare("NLTK, to the six turns before, as ours", pick(runs["ours"], "us"), pick(runs["NLTK, 6"], "us"))


def whole_set(m, path):
    """pidgin-ai's own clock runs over the same utterances; its turn is two of them."""
    m.report.group(f"B4 every series and detector; a conversation of {m.work.talk:,} turns of {TOKENS} tokens, "
                   "CPU us a turn")
    runs = m.interleave("B4", m.work.pairs, {
        "ours": lambda: m.ours("bench_measure", "--task", "all", "--turns", path, "--edge", m.work.edge),
        "pidgin-ai": lambda: m.texts("pidgin", path, "public", m.work.edge),
        "its importer": lambda: m.texts("pidgin", path, "flat", m.work.edge)})
    for what, name in (("all turns", "us"), (f"first {m.work.edge}", "first_us"), (f"last {m.work.edge}", "last_us")):
        m.compare(f"pidgin-ai, {what}", pick(runs["ours"], name), pick(runs["pidgin-ai"], name), 20)
    m.compare("its importer's set, all turns", pick(runs["ours"], "us"), pick(runs["its importer"], "us"))


def cpu_between(run, first, last):
    at = {mark["turn"]: mark["cpu_s"] for mark in run["marks"]}
    return 1e6 * (at[last] - at[first]) / (last - first)


def long_talk(m, path):
    work = m.work
    m.report.group(f"B4 one conversation of {work.long_turns:,} turns, every series and detector")
    marks = sorted({*work.early, *work.late, *work.wide_early, *work.wide_late})
    runs = [m.ours("bench_measure", "--task", "long", "--turns", path, "--mark", ",".join(map(str, marks)))
            for _ in range(work.pairs)]
    m.raw["B4, long"] = runs
    for early, late, target in ((work.early, work.late, 1.3), (work.wide_early, work.wide_late, None)):
        growth = [cpu_between(run, *late) / cpu_between(run, *early) for run in runs]
        for first, last in (early, late):
            m.report.line(f"  CPU a turn, turns {first:,}-{last:,}",
                          spread([cpu_between(run, first, last) for run in runs], 1, " us"))
        m.report.line("  ratio", spread(growth, 2), f"<= {target}" if target else "",
                      median(growth) <= target if target else None)
    # Pages that were resident once stay so while what they held is copied on growth, so both are told.
    for what, name, target in (("allocated", "allocated_worst", 64), ("resident", "resident_worst", None)):
        found = pick(runs, name)
        m.report.line(f"  {what} bytes a token of history, at worst", spread(found, 1),
                      f"<= {target}" if target else "", max(found) <= target if target else None)
    m.report.line("  most resident memory", spread(pick(runs, "peak_memory_mb"), 0, " MB"))


def near_duplicate_search(m):
    path = m.drivers.file("texts.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(near_duplicates(m.work.texts), file)
    m.report.group(f"B5 MinHash-128 of 3-shingles, from the text; {m.work.texts} texts of {TOKENS} tokens, "
                   "CPU us a text")
    runs = m.interleave("B5", m.work.pairs, {
        "ours": lambda: m.ours("bench_statistics", "--texts", path), "datasketch": lambda: m.texts("datasketch", path)})
    for name in ("tokens", "groups"):
        agree("B5", name, runs["ours"][0][name], runs["datasketch"][0][name], 0)
    signed, peer = pick(runs["ours"], "sign_us"), runs["datasketch"]
    m.compare("datasketch, update", signed, pick(peer, "each_us"), 30)
    m.compare("datasketch, update_batch (faster)", signed, pick(peer, "batch_us"), 30)
    m.compare("whole search with LSH and exact check", pick(runs["ours"], "search_us"), pick(peer, "search_us"))


def recurrence(m):
    rows, columns = m.work.recurrence
    path = m.drivers.file("recurrence.f32")
    threshold = m.matrices("make-talk", path, rows, columns)["threshold"]
    m.report.group(f"B6 recurrence matrix of {rows:,} turns of {columns} numbers and its measures, "
                   f"{processors()} threads, wall s")
    runs = m.interleave("B6", m.work.pairs, {
        "ours": lambda: m.ours("bench_projection", "--task", "recurrence", "--input", path, "--rows", rows, "--columns",
                               columns, "--threshold", threshold, "--threads", processors()),
        "numpy": lambda: m.matrices("recurrence", path, rows, columns, threshold)})
    for name in ("rr", "det", "l", "lmax", "entr", "lam", "tt"):
        agree("B6", name, runs["ours"][0][name], runs["numpy"][0][name], AT_THRESHOLD)
    m.compare("numpy with OpenBLAS", pick(runs["ours"], "wall_s"), pick(runs["numpy"], "wall_s"), 3, "s")


def pictures(m):
    rows, columns = m.work.picture
    path, ours, peers = (m.drivers.file(name) for name in ("tsne.f32", "ours.f32", "peers.f32"))
    m.matrices("make-topics", path, rows, columns)
    m.report.group(f"B8 t-SNE of {rows:,} rows of {columns} numbers, defaults, {processors()} threads, wall s, "
                   f"{m.work.picture_pairs} pairs")
    runs = m.interleave("B8", m.work.picture_pairs, {
        "ours": lambda: m.ours("bench_projection", "--task", "tsne", "--input", path, "--rows", rows, "--columns",
                               columns, "--output", ours, "--threads", processors()),
        "openTSNE": lambda: m.matrices("tsne", path, rows, columns, peers, processors())})
    m.compare("openTSNE", pick(runs["ours"], "wall_s"), pick(runs["openTSNE"], "wall_s"), 2.5, "s")
    recall = {name: m.matrices("recall", path, rows, columns, picture)["recall"]
              for name, picture in (("ours", ours), ("openTSNE", peers))}
    m.raw["B8"]["recall"] = recall
    lost = recall["openTSNE"] - recall["ours"]
    m.report.line("  of the 15 nearest, still near: ours, openTSNE", f"{recall['ours']:.3f}, {recall['openTSNE']:.3f}",
                  "at most .03 less", lost <= 0.03)


def change_points(m):
    count = m.work.values
    m.report.group(f"B10 PELT with L2 cost, {count:,} values, penalty 2 ln n, CPU ms")
    for changes in m.work.changes:
        values = series(count, changes)
        path = m.drivers.file("series.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(values, file)
        # ruptures takes segments of 2 values or more.
        penalty = repr(2 * math.log(count))
        runs = m.interleave(f"B10, {changes} changes", m.work.pairs, {
            "ours": lambda: m.ours("bench_statistics", "--series", path, "--penalty", penalty, "--min-length", 2),
            "ruptures": lambda: m.texts("ruptures", path, penalty)})
        agree("B10", "ends", runs["ours"][0]["ends"], runs["ruptures"][0]["ends"], 0)
        m.compare(f"ruptures KernelCPD, {changes} changes", pick(runs["ours"], "pelt_ms"),
                  pick(runs["ruptures"], "ms"), 1, "ms")


def find_transcripts(given):
    """The development set is no part of the repository: it lies in a folder shared/ beside it, or higher up."""
    above = ROOT
    while not given and above != os.path.dirname(above):
        above = os.path.dirname(above)
        found = os.path.join(above, "shared", "data", "transcripts")
        if os.path.isdir(found):
            return found
    return given


def transcripts(m, folder):
    if not folder:
        m.report.line("the development transcripts", "left out: there is no shared/data/transcripts above this folder")
        return
    runs = [m.ours("bench_measure", "--task", "transcripts", "--folder", folder) for _ in range(m.work.pairs)]
    m.raw["transcripts"] = runs
    m.report.group(f"{runs[0]['conversations']} transcripts, {runs[0]['turns']:,} turns, every series that needs no "
                   "embedder, one thread")
    m.report.line("  CPU, reading the files", spread(pick(runs, "read_s"), 2, " s"))
    taken = [run["read_s"] + run["measure_s"] for run in runs]
    m.report.line("  CPU, reading and measuring", spread(taken, 2, " s"), "<= 3 s", median(taken) <= 3)


def measure(report, drivers, python, work, folder):
    report.title("measure  the series, statistics and pictures; ours, the peer's, and the ratio: "
                 f"median [least .. most] of {work.pairs} interleaved pairs")
    report.say("  " + ", ".join(entry["package"].replace("==", " ") for entry in lock_file()["peers"]["packages"]
                                if entry.get("measured")))
    m = Measure(report, drivers, python, work)
    turns, talk, long = (drivers.file(name) for name in ("turns.jsonl", "talk.jsonl", "long.jsonl"))
    for path, count in ((turns, work.turns), (talk, work.talk), (long, work.long_turns)):
        write_turns(path, count)
    try:
        bleu(m, turns)
        overlap(m, turns)
        jaccard(m, turns)
        whole_set(m, talk)
        long_talk(m, long)
        near_duplicate_search(m)
        recurrence(m)
        change_points(m)
        report.within = ""
        transcripts(m, find_transcripts(folder))
        pictures(m)  # takes the longest
    finally:
        report.keep("measure", m.raw)
