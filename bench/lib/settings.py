"""The work that P1 and P2 do, on both sides."""

import os


TOKENS = 48  # of a turn, exactly: end-of-sequence is ignored on both sides
TEMPERATURE = 0.7
TOP_P = 0.95
SYSTEM_PROMPT = "You are a helpful assistant."
OPENING = "Hello there"


def threads():
    """Processors that this process may use: what the engine takes, and what the peers are given."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
