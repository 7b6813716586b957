"""Run by a peer's own Python: provider_peers.py litellm|pidgin URL TURNS. Prints {"ms_a_turn"}."""

import datetime
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

OPENING = "Hello there"
SYSTEM = "You are a helpful assistant."


def litellm_loop(url, turns):
    """As a careful user writes it: two sides, each with its own messages, every answer streamed."""
    import litellm

    litellm.suppress_debug_info = True
    sides = [[{"role": "system", "content": SYSTEM}], [{"role": "system", "content": SYSTEM}]]
    sides[0].append({"role": "user", "content": OPENING})

    def turn(number):
        speaker, other = sides[number % 2], sides[(number + 1) % 2]
        answer = litellm.completion(model="openai/m", api_base=url, api_key="sk-none", messages=speaker, stream=True,
                                    temperature=0.7, max_tokens=256)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        if text.count("word") != 100:
            raise SystemExit(f"not the whole answer: {text[-40:]!r}")
        speaker.append({"role": "assistant", "content": text})
        other.append({"role": "user", "content": text})

    turn(0)  # loads what it loads only once
    started = time.perf_counter()
    for number in range(1, turns + 1):
        turn(number)
    return 1000 * (time.perf_counter() - started) / turns


def pidgin_run(url, turns):
    """As its users start it, without its limit of requests; times by its own events. A turn of its is a round."""
    del url  # OPENAI_BASE_URL
    config = os.path.join(os.environ["HOME"], ".config", "pidgin", "pidgin.yaml")
    os.makedirs(os.path.dirname(config), exist_ok=True)
    with open(config, "w", encoding="utf-8") as file:
        file.write("rate_limiting:\n  enabled: false\n")
    folder = tempfile.mkdtemp(prefix="pidgin-", dir=os.getcwd())
    program = os.path.join(os.path.dirname(sys.executable), "pidgin")
    command = [program, "run", "-a", "gpt-4o-mini", "-b", "gpt-4o-mini", "-t", str(max(2, turns // 2)), "-p", OPENING,
               "--tail", "--max-tokens", "256", "-n", "bench", "--convergence-threshold", "1.0",
               "--convergence-action", "stop"]  # the others that its help names, it refuses
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=600, check=False, cwd=folder)  # where it writes
    times = []
    for path in glob.glob(os.path.join(folder, "**", "events*.jsonl"), recursive=True):
        with open(path, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        times += [datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")) for event in events
                  if event["event_type"] == "MessageCompleteEvent"]
    if len(times) < turns - 1:
        raise SystemExit(f"{len(times)} messages of {turns}: {done.stdout[-600:]}")
    return 1000 * (times[-1] - times[0]).total_seconds() / (len(times) - 1)


def main():
    name, url, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(json.dumps({"ms_a_turn": {"litellm": litellm_loop, "pidgin": pidgin_run}[name](url, turns)}))


main()
