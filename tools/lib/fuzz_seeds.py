"""What the fuzzers begin from: a short made-up log of each format, texts that tokenisers stumble over, and the words of
the formats for the dictionary."""

import json


def line(value):
    return (json.dumps(value) + "\n").encode()


def duologue_jsonl():
    author = {"kind": "model", "name": "Ada"}
    event = {"when": "before", "kind": "injection", "to": "Bo", "as": "appended", "text": "psst", "text_base64": "cHN/",
             "author": {"kind": "human", "name": ""}}
    change = {"when": "after", "kind": "config", "participant": "Bo", "author": author,
              "change": {"model": "m", "memory": "window:4", "sampling": {"temperature": 0.5}, "cause": "c"}}
    end = {"when": "after", "kind": "end", "cause": "user", "detail": ""}
    turn = {"conversation": "c-1", "trial": 1, "turn": 1, "speaker": "Ada", "author": author, "text": "hi",
            "reasoning": "", "tool_calls": [{"id": "1", "name": "n", "arguments": "{}", "result": ""}],
            "stop_reason": "end_of_turn", "model": "m", "events": [event]}
    return line(turn) + line({**turn, "turn": 2, "speaker": "Bo", "events": [change, end]})


def attractor_states():
    config = {"type": "config", "seed": "s", "model_a": "a", "model_b": "b", "system_a": "x", "tools": ["t"]}
    turn = {"type": "turn", "turn": 0, "label": "Model A", "model": "a", "response": "[used t]",
            "tool_attempts": [{"tool": "t", "reason": "r"}], "interjected": False}
    return line(config) + line(turn) + line({**turn, "label": "Model B", "interjected": True})


def pidgin():
    begin = {"event_type": "ConversationStartEvent", "conversation_id": "c", "agent_a": {"model": "a"},
             "agent_b_model": "b", "initial_prompt": "p", "max_turns": 3}
    system = {"event_type": "SystemPromptEvent", "conversation_id": "c", "agent_id": "agent_a", "prompt": "p"}
    thought = {"event_type": "ThinkingCompleteEvent", "conversation_id": "c", "agent_id": "agent_a",
               "thinking_content": "t"}
    message = {"event_type": "MessageCompleteEvent", "conversation_id": "c", "agent_id": "agent_a",
               "message": {"role": "assistant", "content": "[API error: x]"}, "completion_tokens": 0}
    end = {"event_type": "ConversationEndEvent", "conversation_id": "c", "status": "failed", "reason": "r"}
    return b"".join(line(event) for event in (begin, system, thought, message, end))


def documents():
    turns = [{"turn": 1, "speaker": "A", "text": "hi"}, {"turn": 2, "speaker": "harness", "text": ""}]
    study = {"model_a": "a", "conversations": [{"seed_prompt": "s", "full_conversation": [
        {"speaker": "A", "model": "m", "content": "c"}]}], "generated_at": "t"}
    call = {"id": "1", "function": {"name": "n", "arguments": "{}"}}
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "t"}]},
                {"role": "assistant", "content": None, "tool_calls": [call], "refusal": "r"},
                {"role": "tool", "tool_call_id": "1", "content": "c"},
                {"role": "user", "name": "x", "content": [{"type": "tool_result", "tool_use_id": "1"}]}]
    return [
        {"id": "1", "models": {"A": "m", "B": None}, "seed": "s", "interjected_turns": [1], "turns": turns},
        study, {"x": study}, [study],
        {"metadata": {"agents": {"a": "m"}, "stats": {}},
         "messages": [{"turn": 1, "agent": "a", "output": "o"}, {"agent": 2, "error": {"message": "e"}}]},
        messages, {"messages": messages, "model": "m"},
        {"conversations": [{"from": "human", "value": "v"}, {"from": "function_call", "value": "{\"name\":\"n\"}"},
                           {"from": "observation", "value": "o"}]},
        {"eval": {"model": "m"}, "status": "success",
         "samples": [{"id": 1, "epoch": 1, "messages": messages, "attachments": {"k": "v"}}]},
    ]


TEXTS = (
    b"### Ant 1 ###\n<think>\nhm\n</think>\nhi\n\n### Bee 2 ###\nyes\n\n--- Reasoning Summary (logs only) ---\nr\n",
    b"### Ant 1 ###\r\nhi ^C^C\r\n\r\nAnt 1 has ended the conversation with ^C^C.\r\n",
    b"Ada: hi\nNote: x\n\nBo:\nHuman: stop\nSystem: tick\nAda: so\n",
    b"\xef\xbb\xbf[{\"role\": \"user\", \"content\": \"\\ud83d NaN \xff\"}, NaN]",
)
WORDS = ("it's don't 'a' _x_ 1.5", "ÅÉ e\u0301 \u00df\u1e9e \u0130", "\u200b\u200e \U0001f33e\u200d\U0001f9d1 \u2026",
         "\u5b57\u3042 \ud55c \u0627\u0644", "\x1c\x1d\x85\u2028", "\u0344\u0390\u1fd3 \u03a3\u03c3\u03c2")


def sse(*events):
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def wire_answers():
    """For each API, by the number that the target's first byte means, a short streamed answer."""
    call = {"index": 0, "id": "c1", "function": {"name": "n", "arguments": "{\"a\":"}}
    logprobs = {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": [{"logprob": -0.5}]}]}
    chunk = {"model": "m", "choices": [{"index": 0, "delta": {"content": "hi", "tool_calls": [call]},
                                        "logprobs": logprobs, "finish_reason": None}]}
    end = {"choices": [{"delta": {"reasoning_content": "r", "refusal": None}, "finish_reason": "stop"}],
           "usage": {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}}}
    yield 0, sse(chunk, end) + b"data: [DONE]\n\n"
    yield 0, sse(chunk, {"error": {"code": 502, "type": "server_error", "message": "m", "param": None}})
    yield 1, sse({"choices": [{"text": "hi END", "finish_reason": "length",
                               "logprobs": {"token_logprobs": [-1.0], "top_logprobs": [{"a": -1.0}]}}]})
    item = {"type": "function_call", "call_id": "c", "name": "n", "arguments": ""}
    yield 2, sse({"type": "response.output_text.delta", "delta": "hi"},
                 {"type": "response.output_item.added", "output_index": 1, "item": item},
                 {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"},
                 {"type": "response.completed", "response": {"model": "m", "usage": {"input_tokens": 1}}})
    whole = {"object": "response", "output": [item, {"type": "message", "content": [{"text": "t"}]}]}
    yield 2, json.dumps(whole).encode()
    block = {"type": "tool_use", "id": "t", "name": "n", "input": {}}
    piece = {"type": "input_json_delta", "partial_json": "{}"}
    yield 3, sse({"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}},
                 {"type": "content_block_start", "index": 0, "content_block": block},
                 {"type": "content_block_delta", "index": 0, "delta": piece},
                 {"type": "content_block_delta", "index": 1, "delta": {"type": "thinking_delta", "thinking": "t"}},
                 {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "hi"}},
                 {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
                 {"type": "ping"}, {"type": "message_stop"})
    yield 3, sse({"type": "error", "error": {"type": "overloaded_error", "message": "m"}})
    function = {"function": {"name": "n", "arguments": {"a": 1}}}
    yield 4, line({"message": {"content": "hi", "thinking": "t", "tool_calls": [function]}, "done": False}) + line(
        {"message": {"content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 2})
    yield 5, line({"response": "hi", "done": False}) + line({"error": "died"})


def seeds(target):
    if target == "wire":
        return [bytes([api, cut]) + body for api, body in wire_answers() for cut in (3, 200)]
    if target == "sse":
        return [b"\0event: a\r\ndata: x\r\n\r\n: c\ndata:y\rdata\r\r", b"\5\xef\xbb\xbfdata: a\n\n{\n}\n"]
    if target == "tool_arguments":
        return [b"dc1\0n\0{\"a\":\0d\0\0" + b"1}\0", b"\xffc\0n\0{}\0\xff\0\0x\0\xfe\0m\0"]
    if target == "tokens":
        return [word.encode() for word in WORDS] + [b"a\xff\xc3 \xed\xa0\xbd\xf4\x90\x80\x80", b""]
    lines = [duologue_jsonl(), attractor_states(), pidgin()]
    if target == "jsonl":
        # An even first byte: what follows is taken as the parts of a conversation.
        return lines + [b"\0" + bytes(range(256)), b"\0" + "".join(WORDS).encode() * 4]
    both = [json.dumps(one, indent=indent).encode() for one in documents() for indent in (None, 1)]
    return lines + both + list(TEXTS)


def words_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_in(inner)
    elif isinstance(value, str):
        yield value


def dictionary():
    values = documents()
    for _, body in wire_answers():
        values += [json.loads(one.removeprefix(b"data: ")) for one in body.splitlines() if one.endswith(b"}")]
    for log in (duologue_jsonl(), attractor_states(), pidgin()):
        values += [json.loads(one) for one in log.splitlines()]
    words = {f'"{word}"' for word in words_in(values) if word.isascii() and word.replace("_", "").isalnum()}
    words |= {"\n", "### ", " 1 ###", "null", "NaN", "-Infinity", "1e999", "\\ud83d", "\\u0000", "[API error: ", ": {",
              "</think>", "attachment://"}
    escaped = sorted("".join(c if c.isalnum() or c in " _#:/" else f"\\x{ord(c):02x}" for c in word) for word in words)
    return "".join(f'"{word}"\n' for word in escaped)
