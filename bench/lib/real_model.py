"""P1 and P2: the real model, against llama-server and llama-batched-bench."""

import batched
import server
from report import median, ratios, spread

LEVELS = ("exact", "seeded")


class Work:
    """What a run does: the issue of record, or --quick."""

    def __init__(self, quick):
        self.pairs = 2 if quick else 5
        self.tries = 1 if quick else 2  # of each way to run a peer
        self.turns = 12 if quick else 60
        self.turns_uncached = 8 if quick else 40
        self.talk_context = 8192
        self.parallel = 16
        self.parallel_turns = 3 if quick else 10
        self.parallel_context = 1024
        # One after the other takes so long for each that a part of them stands for all.
        self.one_by_one = 2 if quick else 4


def combinations():
    return [(level, surprisal) for level in LEVELS for surprisal in (False, True)]


def name_of(level, surprisal):
    return f"{level}, surprisal {'on' if surprisal else 'off'}"


def fastest(report, times, variants, run, what, tries):
    """Tries each variant of a peer and keeps the fastest: its options aren't to handicap it."""
    for _ in range(tries):
        for variant in variants:
            times.setdefault(variant, []).append(run(variant)["wall_s"])
    best = min(times, key=lambda variant: min(times[variant]))
    tried = ", ".join(f"{name} {min(runs):.2f} s" for name, runs in times.items())
    report.say(f"  {what}, the best of {tries} each: {tried}. The pairs take: {best}")
    return best


def one_conversation(report, drivers, peers, work):
    """P1."""
    report.title(f"P1  one conversation, {work.turns} turns of 48 tokens, full memory; seconds, "
                 f"median [least .. most] of {work.pairs} interleaved pairs")
    tried = {}
    threads = drivers.talk(2, "exact", True, work.talk_context, 0)["threads"]
    report.say(f"  threads, ours and the peer's: {threads}")

    def peer(variant, turns, cache, seed):
        return server.run(peers.server, drivers.model, work.talk_context, threads, variant, turns, cache,
                          seed, drivers.scratch)

    best = fastest(report, tried, server.VARIANTS, lambda v: peer(v, work.turns, True, 0), "llama-server",
                   work.tries)
    cached, uncached = [], []
    ours = {key: [] for key in combinations()}
    for seed in range(1, work.pairs + 1):
        def measure_peer(seed=seed):
            cached.append(peer(best, work.turns, True, seed))
            uncached.append(peer(best, work.turns_uncached, False, seed))

        def measure_ours(seed=seed):
            for level, surprisal in combinations():
                ours[(level, surprisal)].append(
                    drivers.talk(work.turns, level, surprisal, work.talk_context, seed))

        order = (measure_ours, measure_peer) if seed % 2 else (measure_peer, measure_ours)
        for part in order:
            part()
    print_one_conversation(report, work, ours, cached, uncached)
    report.keep("P1", {"variants": tried, "peer_cached": cached, "peer_uncached": uncached,
                       "ours": {name_of(*key): runs for key, runs in ours.items()}})


def print_one_conversation(report, work, ours, cached, uncached):
    cached_s = [r["wall_s"] for r in cached]
    uncached_s = [r["wall_s"] for r in uncached]
    report.line(f"llama-server, prompt cache on, {work.turns} turns", spread(cached_s))
    report.line(f"llama-server, prompt cache off, {work.turns_uncached} turns", spread(uncached_s))
    outside = [r["wall_s"] - r["inside_s"] for r in cached]
    client = [r["client_cpu_s"] for r in cached]
    report.line("  its HTTP and the loop's client",
                f"{median(outside):.2f} s; the client's own CPU {median(client):.3f} s "
                f"({100 * median(client) / median(cached_s):.2f} % of the wall)")
    for key, runs in ours.items():
        report.group(f"ours, {name_of(*key)}")
        wall = [r["wall_s"] for r in runs]
        early = [r["wall_at_turn"][work.turns_uncached - 1] for r in runs]
        share = [100 * (1 - r["decode_s"] / r["wall_s"]) for r in runs]
        with_cache, without = ratios(wall, cached_s), ratios(early, uncached_s)
        report.line(f"  wall, {work.turns} turns", spread(wall))
        report.line("  ratio to prompt cache on", spread(with_cache, 3), "<= 1.0", median(with_cache) <= 1.0)
        report.line(f"  wall, the first {work.turns_uncached} turns", spread(early))
        report.line("  ratio to prompt cache off", spread(without, 3), "<= 0.25", median(without) <= 0.25)
        report.line("  time outside llama_decode", spread(share, 2, " %"), "<= 3 %", median(share) <= 3)
        report.line("    of it", account_of(runs))
    check_equal_work(report, ours, cached)


def account_of(runs):
    """Where the time outside llama_decode went, by the engine's own account, in percent of the wall."""
    parts = {}
    for what, key in (("sampling", "sample_s"), ("scoring", "score_s"), ("moving KV", "move_s")):
        parts[what] = [100 * r["engine"][key] / r["wall_s"] for r in runs]
    parts["between turns"] = [100 * (1 - r["engine"]["busy_s"] / r["wall_s"]) for r in runs]
    return ", ".join(f"{what} {median(values):.2f} %" for what, values in parts.items())


def check_equal_work(report, ours, cached):
    """Both are to have read as many tokens; a heard text may split into a few more or fewer than said."""
    peer = median([r["new_prompt_tokens"] for r in cached])
    for key, runs in ours.items():
        read = median([sum(r["new_prompt_tokens"]) for r in runs])
        report.line(f"  new prompt tokens, {name_of(*key)}", f"{read:.0f}; llama-server {peer:.0f} "
                    f"({100 * (read / peer - 1):+.1f} %)")


def side_by_side(report, drivers, peers, work):
    """P2."""
    report.title(f"P2  {work.parallel} conversations at once ({2 * work.parallel} sequences), "
                 f"{work.parallel_turns} turns of 48 tokens; seconds, median [least .. most] of {work.pairs} "
                 "interleaved pairs")

    def talk(level, surprisal, seed, conversations, jobs):
        return drivers.talk(work.parallel_turns, level, surprisal, work.parallel_context, seed, conversations,
                            jobs)

    profile = talk("seeded", False, 0, work.parallel, work.parallel)

    def peer(variant):
        return batched.run(peers.batched_bench, drivers.model, profile["threads"], variant,
                           profile["prompt_tokens"], profile["new_prompt_tokens"], work.parallel)

    tried = {}
    best = fastest(report, tried, batched.VARIANTS, peer, "llama-batched-bench", work.tries)
    peer_runs = []
    ours = {key: [] for key in combinations()}
    one_by_one = {level: [] for level in LEVELS}
    for seed in range(1, work.pairs + 1):
        def measure_ours(seed=seed):
            for level, surprisal in combinations():
                ours[(level, surprisal)].append(talk(level, surprisal, seed, work.parallel, work.parallel))
            for level in LEVELS:
                one_by_one[level].append(talk(level, True, seed, work.one_by_one, 1))

        def measure_peer():
            peer_runs.append(peer(best))

        order = (measure_ours, measure_peer) if seed % 2 else (measure_peer, measure_ours)
        for part in order:
            part()
    print_side_by_side(report, work, ours, one_by_one, peer_runs)
    report.keep("P2", {"variants": tried, "profile": profile, "peer": peer_runs, "one_by_one": one_by_one,
                       "ours": {name_of(*key): runs for key, runs in ours.items()}})


def print_side_by_side(report, work, ours, one_by_one, peer_runs):
    peer_s = [r["wall_s"] for r in peer_runs]
    report.line("llama-batched-bench, the same work", spread(peer_s))
    generation = median([r["generation_s"] for r in peer_runs])
    prefill = median([r["prefill_s"] for r in peer_runs])
    error = 100 * max(r["fit_error"] for r in peer_runs)
    report.line("  of it generation, prefill",
                f"{generation:.2f}, {prefill:.2f} (prefill fitted within {error:.1f} %)")
    for key, runs in ours.items():
        report.group(f"ours, {name_of(*key)}")
        wall = [r["wall_s"] for r in runs]
        speed = ratios(peer_s, wall)
        report.line("  wall", spread(wall))
        report.line("  speed, of llama-batched-bench's", spread(speed, 3), ">= 0.9", median(speed) >= 0.9)
        share = [100 * (1 - r["decode_s"] / r["wall_s"]) for r in runs]
        steps = [r["step_s"] for r in runs]
        reads = [r["decode_s"] - r["step_s"] for r in runs]
        together = [r["step_tokens"] / max(r["step_calls"], 1) for r in runs]
        report.line("  of it generation, prefill; sequences a step",
                    f"{median(steps):.2f}, {median(reads):.2f}; {median(together):.1f}")
        report.line("  outside llama_decode", spread(share, 1, " %"))
    scale = work.parallel / work.one_by_one
    for level, runs in one_by_one.items():
        alone = [scale * r["wall_s"] for r in runs]
        beside = [r["wall_s"] for r in ours[(level, True)]]
        report.line(f"  one after the other, {level}, surprisal on",
                    f"{spread(alone)} ({work.one_by_one} conversations, times {scale:.0f})")
        report.line("  gain of all at once", spread(ratios(alone, beside), 2, " times"))
