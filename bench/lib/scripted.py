"""P3 and P4: what the loop, the live series and detectors and the record cost, beside a model that costs nothing."""

import os
import sqlite3

from common import Failed
from report import median, ratios, spread

MB = 1e6


class Work:
    def __init__(self, quick):
        self.pairs = 2 if quick else 5
        self.many = 200
        # Turns of each conversation, so that a measurement takes about a second or more.
        self.turns_of_one = {"none": 4000, "normal": 4000, "full": 1000}
        self.turns_of_many = {"none": 200, "normal": 100, "full": 50}
        if quick:
            self.turns_of_one = {"none": 1000, "normal": 1000, "full": 200}
            self.turns_of_many = {"none": 20, "normal": 10, "full": 10}
        self.sync_seconds = 0.3 if quick else 1
        self.long_turns = 2000 if quick else 10_000
        self.long_runs = 1 if quick else 5
        self.early = (100, 600) if quick else (100, 1100)
        self.late = (1500, 2000) if quick else (9000, 10_000)


TARGETS = {"none": 20_000, "normal": 2_000}
NAMES = {"none": "unrecorded", "normal": "recorded, synchronous=NORMAL", "full": "recorded, synchronous=FULL"}


def rates(report, drivers, work):
    """P3."""
    report.title("P3  scripted model without pace, 200-token turns, every live series and detector on; turns/s, "
                 f"median [least .. most] of {work.pairs} interleaved rounds")
    disk = []
    ours = {(many, record): [] for many in (1, work.many) for record in NAMES}
    for index in range(work.pairs):
        keys = list(ours) if index % 2 == 0 else list(reversed(ours))
        for many, record in keys:
            turns = work.turns_of_one[record] if many == 1 else work.turns_of_many[record]
            if record == "full":
                disk.append({"round": index, "many": many, **drivers.sync_rate(work.sync_seconds)})
            ours[(many, record)].append(drivers.scripted(many, turns, record))
    for way in ("append", "overwrite"):
        report.line(f"this disk: fdatasync/s of 4 KiB, {way}", spread([d[f"{way}_per_s"] for d in disk], 0))
    for (many, record), runs in ours.items():
        who = "1 conversation" if many == 1 else f"{many} at once"
        speed = [r["turns_per_s"] for r in runs]
        if record != "full":
            target = TARGETS[record]
            report.line(f"{NAMES[record]}, {who}", spread(speed, 0), f">= {target:,}",
                        median(speed) >= target)
            continue
        report.line(f"{NAMES[record]}, {who}", spread(speed, 0))
        beside = [max(d["append_per_s"], d["overwrite_per_s"]) for d in disk if d["many"] == many]
        share = ratios(speed, beside)
        report.within = f"{NAMES[record]}, {who}, "
        report.line("  ratio to fdatasync/s (the faster way)", spread(share, 2), ">= 0.5",
                    median(share) >= 0.5)
        report.within = ""
    report.keep("P3", {"disk": disk,
                       "ours": {f"{record}, {many}": runs for (many, record), runs in ours.items()}})


def tables(path):
    """Bytes of each table's pages, those of its indexes included, in a file whose log was moved into it."""
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        kinds = "('table', 'index')"
        owner = dict(base.execute(f"SELECT name, tbl_name FROM sqlite_master WHERE type IN {kinds}"))
        sizes = base.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
    except sqlite3.OperationalError as error:
        raise Failed(f"this Python's SQLite can't count a table's pages (dbstat): {error}") from error
    finally:
        base.close()
    total = {}
    for name, size in sizes:
        table = owner.get(name, name)
        total[table] = total.get(table, 0) + size
    return total


# The tables that hold entries and calls, with the strings and hashes that these refer to.
ENTRY_TABLES = ("entry", "call")


def cpu_between(run, first, last):
    at = {mark["turn"]: mark["cpu_s"] for mark in run["marks"]}
    return 1e6 * (at[last] - at[first]) / (last - first)


def long_conversation(report, drivers, work):
    """P4."""
    report.title(f"P4  one conversation of {work.long_turns:,} scripted turns of 200 tokens, "
                 "memory window:20; "
                 f"median [least .. most] of {work.long_runs} runs")
    runs = {"full": [], "normal": []}
    for _ in range(work.long_runs):
        for record, kept in runs.items():
            kept.append(run_long(drivers, work, record))
    for record, kept in runs.items():
        report.group(NAMES[record])
        early = [cpu_between(r, *work.early) for r in kept]
        late = [cpu_between(r, *work.late) for r in kept]
        growth = ratios(late, early)
        report.line(f"  CPU a turn, turns {work.early[0]:,}-{work.early[1]:,}", spread(early, 1, " us"))
        report.line(f"  CPU a turn, turns {work.late[0]:,}-{work.late[1]:,}", spread(late, 1, " us"))
        report.line("  ratio", spread(growth, 3), "<= 1.1", median(growth) <= 1.1)
    report.within = ""
    everything = runs["full"] + runs["normal"]
    print_sizes(report, everything)
    memory = [r["peak_memory_mb"] for r in everything]
    report.line("resident memory, at its peak", spread(memory, 1, " MB"), "<= 64 MB", median(memory) <= 64)
    report.keep("P4", runs)


def run_long(drivers, work, record):
    run = drivers.scripted(1, work.long_turns, record, "window:20", (*work.early, *work.late))
    path = drivers.file("scripted.duo")
    if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0:
        raise Failed(f"{path}: its log wasn't moved into it at the end")
    run["tables"] = tables(path)
    run["file_bytes"] = os.path.getsize(path)
    return run


def print_sizes(report, runs):
    text = [r["text_bytes"] for r in runs]
    kept = [sum(r["tables"].get(name, 0) for name in ENTRY_TABLES) for r in runs]
    if not all(r["tables"].get(name) for r in runs for name in ENTRY_TABLES):
        raise Failed(f"the file has no tables {' and '.join(ENTRY_TABLES)}: {', '.join(runs[0]['tables'])}")
    share = ratios(kept, text)
    report.line("the turns' text", spread([t / MB for t in text], 2, " MB"))
    report.line("entries and calls in the file, with indexes", spread([k / MB for k in kept], 2, " MB"))
    report.line("  ratio", spread(share, 3), "<= 1.5", median(share) <= 1.5)
    others = sorted(((size, name) for name, size in runs[-1]["tables"].items()), reverse=True)
    sizes = ", ".join(f"{name} {size / MB:.2f}" for size, name in others if size >= 50_000)
    report.line("tables of the last file, MB", f"{sizes}; the file {runs[-1]['file_bytes'] / MB:.2f}")
