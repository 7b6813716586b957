"""The second peer: what llama-batched-bench needs for the same work as conversations side by side.

For turn t of a conversation our own record says how many tokens its prompt has (P) and how many of them were
new (N). llama-batched-bench measures, at once for all its sequences,
  generation: the steps that follow a prompt of P tokens, so at the depth of turn t (the prompt is read once
              and copied, -pps, which isn't part of that time);
  prefill:    a prompt of p tokens from nothing, t(p). Reading N tokens at depth P - N is t(P) - t(P - N).
              Differences of single timings are noise, so t(p) = a p + b p^2 is fitted to several p (least
              squares of the relative errors): a token costs its weights, and an attention that grows with
              the depth.
The sum over the turns is the peer's time.
"""

import json
import subprocess

from common import Failed
from settings import TOKENS

VARIANTS = {"flash attention on": ["-fa", "on"], "flash attention off": ["-fa", "off"]}


def _bench(program, model, arguments):
    command = [program, "-m", model, "-b", "2048", "-ub", "512", "--output-format", "jsonl",
               *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
    # Its zero times give inf and nan, which are not JSON but which Python reads.
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not rows:
        last = [line for line in done.stdout.strip().splitlines() if line][-2:]
        raise Failed(f"llama-batched-bench: exit {done.returncode}: {' | '.join(last)}")
    return rows


def _list(numbers):
    return ",".join(map(str, numbers))


def fit(points):
    """a and b of t = a p + b p^2, and the largest relative error."""
    s11 = s12 = s22 = y1 = y2 = 0.0
    for p, t in points:
        weight = 1 / t**2
        s11 += weight * p * p
        s12 += weight * p**3
        s22 += weight * p**4
        y1 += weight * p * t
        y2 += weight * p * p * t
    determinant = s11 * s22 - s12 * s12
    a = (y1 * s22 - y2 * s12) / determinant
    b = (s11 * y2 - s12 * y1) / determinant
    worst = max(abs((a * p + b * p * p) / t - 1) for p, t in points)
    return a, b, worst


def prefill_points(prompts, fresh):
    """Lengths to time: about one turn's new tokens, the deepest prompt, and between."""
    least = max(8, round(sum(fresh) / len(fresh)))
    most = max(round(max(prompts)), 2 * least)
    return sorted({least, round((least + most) / 2), most})


def run(program, model, threads, variant, prompts, fresh, parallel):
    """`prompts` and `fresh`: each turn's prompt tokens, and the new ones of them; means."""
    depths = [round(p) for p in prompts]
    context = parallel * (max(max(depths), max(prefill_points(prompts, fresh))) + TOKENS)
    flags = [*VARIANTS[variant], "-t", threads, "-tb", threads, "-c", context, "-npl", parallel]
    points = prefill_points(prompts, fresh)
    steps = _bench(program, model, [*flags, "-pps", "-npp", _list(sorted(set(depths))), "-ntg", TOKENS])
    reads = _bench(program, model, [*flags, "-npp", _list(points), "-ntg", 1])
    generation = {row["pp"]: row["t_tg"] for row in steps}
    prefill = [(row["pp"], row["t_pp"]) for row in reads]
    missing = set(depths) - set(generation)
    if missing or len(prefill) != len(points):
        raise Failed(f"llama-batched-bench left out {sorted(missing)} tokens: its context is too small")
    a, b, worst = fit(prefill)

    def read_s(p):
        return a * p + b * p * p

    generation_s = sum(generation[d] for d in depths)
    prefill_s = sum(read_s(p) - read_s(max(p - n, 0)) for p, n in zip(prompts, fresh))
    return {"wall_s": generation_s + prefill_s, "generation_s": generation_s, "prefill_s": prefill_s,
            "fit_error": worst}
