"""What a provider says on the wire, for fake_provider.py: the frames of an answer in six APIs, good ones and others."""

import json

WORDS = "Naïve café — 你好, turn {}: “yes” 🙂 \\ \"quoted\"\tand a tab.\nSecond line of {}."
REFUSAL = "I can't help with turn {}."
MARK = "PROVIDER-ERROR-WORDS"  # stands in every error that is sent: must never be in a transcript
MODEL = "fake-model"
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    529: "overloaded_error",
}


def words_for(number):
    return WORDS.format(number, number)


def pieces_of(text):
    """The text in some ten pieces, as tokens would come."""
    step = max(1, len(text) // 10)
    return [text[i : i + step] for i in range(0, len(text), step)]


def sse(data, event=None):
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Api:
    """One API: its path, and the frames of an answer. `why` is stop, length, filter or refusal."""

    content_type = "text/event-stream"
    cut_by_filter = True  # whether the API has a word for it

    def number(self, request):
        """Which turn is asked for, from 1: so many good ones stand in what is sent."""
        return json.dumps(request).count("Second line of") + 1

    def frames(self, text, request, why="stop"):
        head, tail = self.head(request), self.tail(request, why, len(text or "") // 4)
        if text is None:
            return head + self.null_piece() + tail
        said = self.refusal_pieces(text) if why == "refusal" else [self.piece(p) for p in pieces_of(text)]
        return head + said + tail

    def null_piece(self):
        return []

    def refusal_pieces(self, text):
        return [self.piece(text)]

    def error(self, status, message, code=None):
        """The body of an answer that isn't 200."""
        kind = ERROR_TYPES.get(status, "api_error")
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def broken_piece(self):
        return b'data: {"choices": [{"index": 0, "delta": {"con\n\n'


class Chat(Api):
    path = "/v1/chat/completions"

    def chunk(self, delta, finish=None, **more):
        choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_764_000_000, "model": MODEL}
        return sse({**head, "system_fingerprint": "fp_1", "choices": choices, **more})

    def head(self, request):
        return [self.chunk({"role": "assistant", "content": ""})]

    def piece(self, text):
        return self.chunk({"content": text})

    def null_piece(self):
        return [self.chunk({"role": "assistant", "content": None})]

    def refusal_pieces(self, text):
        return [self.chunk({"refusal": text})]

    def tail(self, request, why, tokens):
        finish = {"stop": "stop", "refusal": "stop", "length": "length", "filter": "content_filter"}[why]
        frames = [self.chunk({}, finish)]
        if request.get("stream_options", {}).get("include_usage"):
            frames.append(self.usage(request, tokens))
        return frames + [b"data: [DONE]\n\n"]

    def usage(self, request, tokens):
        prompt = len(json.dumps(request.get("messages", request.get("prompt")))) // 4
        usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
        usage["prompt_tokens_details"] = {"cached_tokens": prompt // 2}
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": MODEL}
        return sse({**head, "choices": [], "usage": usage})

    def error_frames(self):
        return [sse({"error": {"message": f"{MARK}: overloaded", "type": "server_error", "code": 502}})]


class Completions(Chat):
    path = "/v1/completions"

    def chunk(self, delta, finish=None, **more):
        choices = [{"index": 0, "text": delta.get("content", ""), "logprobs": None, "finish_reason": finish}]
        head = {"id": "cmpl-1", "object": "text_completion", "created": 1_764_000_000, "model": MODEL}
        return sse({**head, "choices": choices, **more})

    def head(self, request):
        return []

    def refusal_pieces(self, text):
        return [self.piece(text)]

    def broken_piece(self):
        return b'data: {"choices": [{"index": 0, "text": "half\n\n'


class Responses(Api):
    path = "/v1/responses"

    def event(self, kind, **data):
        return sse({"type": kind, "sequence_number": 1, **data}, kind)

    def head(self, request):
        response = {"id": "resp_1", "object": "response", "status": "in_progress", "model": MODEL, "output": []}
        item = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        part = {"type": "output_text", "text": "", "annotations": []}
        return [
            self.event("response.created", response=response),
            self.event("response.in_progress", response=response),
            self.event("response.output_item.added", output_index=0, item=item),
            self.event("response.content_part.added", item_id="msg_1", output_index=0, content_index=0, part=part),
        ]

    def piece(self, text):
        return self.event("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=text)

    def refusal_pieces(self, text):
        return [self.event("response.refusal.delta", item_id="msg_1", output_index=0, content_index=0, delta=text)]

    def tail(self, request, why, tokens):
        usage = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 50}, "output_tokens": tokens}
        usage.update(output_tokens_details={"reasoning_tokens": 0}, total_tokens=100 + tokens)
        response = {"id": "resp_1", "object": "response", "status": "completed", "model": MODEL, "usage": usage}
        response.update(error=None, incomplete_details=None, output=[])
        if why in ("length", "filter"):
            reason = "max_output_tokens" if why == "length" else "content_filter"
            response.update(status="incomplete", incomplete_details={"reason": reason})
        kind = "response.incomplete" if response["status"] == "incomplete" else "response.completed"
        return [self.event(kind, response=response)]

    def error_frames(self):
        error = {"code": "server_error", "message": f"{MARK}: overloaded"}
        response = {"id": "resp_1", "object": "response", "status": "failed", "model": MODEL, "error": error}
        return [self.event("response.failed", response=response)]

    def broken_piece(self):
        return b'event: response.output_text.delta\ndata: {"type": "response.output_text.delta", "del\n\n'


class Messages(Api):
    path = "/v1/messages"
    cut_by_filter = False

    def event(self, kind, **data):
        return sse({"type": kind, **data}, kind)

    def head(self, request):
        usage = {"input_tokens": 60, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 40}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": []}
        message.update(stop_reason=None, stop_sequence=None, usage={**usage, "output_tokens": 1})
        return [self.event("message_start", message=message), self.event("ping")]

    def frames(self, text, request, why="stop"):
        start = self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        said = [start, *map(self.piece, pieces_of(text)), self.event("content_block_stop", index=0)] if text else []
        return self.head(request) + said + self.tail(request, why, len(text or "") // 4)

    def piece(self, text):
        return self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def tail(self, request, why, tokens):
        reason = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}[why]
        delta = {"stop_reason": reason, "stop_sequence": None}
        return [
            self.event("message_delta", delta=delta, usage={"output_tokens": tokens}),
            self.event("message_stop"),
        ]

    def error(self, status, message, code=None):
        return {"type": "error", "error": {"type": code or ERROR_TYPES.get(status, "api_error"), "message": message}}

    def error_frames(self):
        return [self.event("error", error={"type": "overloaded_error", "message": f"{MARK}: overloaded"})]

    def broken_piece(self):
        return b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "del\n\n'


class OllamaChat(Api):
    path = "/api/chat"
    content_type = "application/x-ndjson"
    cut_by_filter = False

    def line(self, said, **more):
        head = {"model": MODEL, "created_at": "2026-11-26T00:00:00Z"}
        return (json.dumps({**head, **said, **more}, ensure_ascii=False) + "\n").encode()

    def said(self, text):
        return {"message": {"role": "assistant", "content": text}}

    def head(self, request):
        return []

    def piece(self, text):
        return self.line(self.said(text), done=False)

    def null_piece(self):
        return [self.line(self.said(None), done=False)]

    def tail(self, request, why, tokens):
        counts = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 100, "prompt_eval_duration": 3}
        counts.update(eval_count=tokens, eval_duration=5)
        reason = {"stop": "stop", "length": "length", "refusal": "stop"}[why]
        return [self.line(self.said(""), done=True, done_reason=reason, **counts)]

    def error(self, status, message, code=None):
        return {"error": message}

    def error_frames(self):
        return [json.dumps({"error": f"{MARK}: llama runner process has terminated"}).encode() + b"\n"]

    def broken_piece(self):
        return b'{"model": "fake-model", "message": {"role": "assis\n'


class OllamaGenerate(OllamaChat):
    path = "/api/generate"

    def said(self, text):
        return {"response": text}


APIS = {
    "chat": Chat(),
    "responses": Responses(),
    "completions": Completions(),
    "messages": Messages(),
    "ollama-chat": OllamaChat(),
    "ollama-generate": OllamaGenerate(),
}
BY_PATH = {api.path: api for api in APIS.values()}
