"""The work that P1 and P2 do, on both sides."""

TOKENS = 48  # of a turn, exactly: end-of-sequence is ignored on both sides
TEMPERATURE = 0.7
TOP_P = 0.95
SYSTEM_PROMPT = "You are a helpful assistant."
OPENING = "Hello there"
