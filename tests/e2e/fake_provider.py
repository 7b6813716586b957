"""A provider of models on loopback that speaks six APIs and fails on demand, in every way that providers are known to:
OpenAI chat completions, responses and (legacy) completions, Ollama's chat and generate, Anthropic's messages.

It answers a request by the number of messages in it, so that a turn that is tried again, or resumed, gets the same
words. `plan` says which request meets which fault. HTTP is written by hand here, because most faults are things that a
server's library would never send. Started and stopped by the test that uses it.

  with FakeProvider() as provider:
      provider.plan("http_503", at=3)          # the third request of a turn fails once
      provider.plan("http_401", times=None)    # every one does, until plan(None)
"""

import email.utils
import gzip
import json
import re
import socket
import struct
import threading
import time

from fake_apis import BY_PATH, Chat, MARK, MODEL, Messages, REFUSAL, Responses, words_for


class Gone(Exception):
    """The client closed the connection, or we did."""


class Connection:
    """One client's connection: reads requests, writes answers, or what should pass for one."""

    def __init__(self, server, sock):
        self.server, self.sock, self.buffer = server, sock, b""

    def serve(self):
        try:
            while self.serve_one():
                pass
        except (Gone, OSError):
            pass
        finally:
            self.sock.close()

    # Reading

    def receive(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.buffer += data

    def read_request(self):
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        if headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            self.receive()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return method, path, headers, json.loads(body) if body else {}

    # Writing

    def send(self, data):
        self.sock.sendall(data)

    def reset(self):
        """Closes so that the client gets a reset, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def pause(self, seconds):
        """Waits, unless the server is closed meanwhile."""
        if self.server.closing.wait(seconds):
            raise Gone

    def answer(self, status, body, content_type="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(data)}", *headers]
        self.send("\r\n".join(head).encode() + b"\r\n\r\n" + data)

    def begin_stream(self, content_type, headers=()):
        head = ["HTTP/1.1 200 OK", f"Content-Type: {content_type}", "Transfer-Encoding: chunked", *headers]
        self.send("\r\n".join(head).encode() + b"\r\n\r\n")

    def chunk(self, data):
        if data:
            self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_stream(self):
        self.send(b"0\r\n\r\n")

    def stream(self, api, frames, content_type=None, headers=()):
        self.begin_stream(content_type or api.content_type, headers)
        for frame in frames:
            self.chunk(frame)
        self.end_stream()

    # Answering

    def serve_one(self):
        method, path, headers, request = self.read_request()
        path = path.split("?", 1)[0]
        api = BY_PATH.get(path)
        if api is None or method != "POST":
            return self.serve_other(method, path, headers)
        fault = self.server.take(path, headers, request)
        if fault is None:
            self.stream(api, api.frames(words_for(api.number(request)), request))
            return True
        return FAULTS[fault].inject(self, api, request) is not False

    def serve_other(self, method, path, headers):
        if (method, path) == ("GET", "/v1/models"):
            self.answer(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "type": "model"}]})
        elif (method, path) == ("GET", "/api/tags"):
            self.answer(200, {"models": [{"name": MODEL + ":latest", "model": MODEL + ":latest", "size": 1}]})
        elif (method, path) == ("GET", "/api/version"):
            self.answer(200, {"version": "0.99.0"})
        elif (method, path) == ("POST", "/api/show"):
            self.answer(200, {"details": {"family": "fake"}, "model_info": {}, "capabilities": ["completion"]})
        else:
            self.answer(404, {"error": {"message": f"no {method} {path}", "type": "not_found_error"}})
        return True


class Fault:
    """A way to fail. `outcome`: recovered (tried again, to the same words), paused, or data (the turn as it came)."""

    def __init__(self, outcome, inject, text=words_for, stop="end_of_turn", only=None, unseen=False):
        self.outcome, self.inject, self.only = outcome, inject, only
        self.text, self.stop = text, stop  # of data: what the turn must say, and why it must have stopped
        # A connection that was kept open may die like this at any time: the client asks again on another one, and
        # nobody need hear of it.
        self.unseen = unseen

    def applies(self, api):
        return self.only is None or self.only(api)


def status(code, outcome, headers=(), kind=None, words="no"):
    def inject(connection, api, request):
        made = [header() if callable(header) else header for header in headers]
        connection.answer(code, api.error(code, f"{MARK}: {words}", kind), headers=made)

    return Fault(outcome, inject)


def streamed(change, outcome="data", **more):
    """The frames of a good answer, changed."""

    def inject(connection, api, request):
        frames = api.frames(words_for(api.number(request)), request)
        connection.stream(api, change(api, frames))

    return Fault(outcome, inject, **more)


def ending(why, text, **more):
    """A good answer that ends in another way."""

    def inject(connection, api, request):
        said = text(api.number(request)) if text else None
        connection.stream(api, api.frames(said, request, why))

    return Fault("data", inject, text=text or (lambda number: ""), **more)


def half(frames):
    return frames[: len(frames) // 2]


def without_end(api, frames):
    """All of the text, and then nothing that says that it was all."""
    return frames[: -len(api.tail({"stream_options": {"include_usage": True}}, "stop", 1))]


def reset_before(connection, api, request):
    connection.reset()


def close_before(connection, api, request):
    return False


def reset_mid(connection, api, request):
    connection.begin_stream(api.content_type)
    for frame in half(api.frames(words_for(1), request)):
        connection.chunk(frame)
    connection.pause(0.05)
    connection.reset()


def close_mid(connection, api, request):
    connection.begin_stream(api.content_type)
    for frame in half(api.frames(words_for(1), request)):
        connection.chunk(frame)
    return False


def goes_away(connection, api, request):
    """The server is down from here on: whoever comes is refused."""
    connection.server.stop_listening()
    connection.reset()


def stall_before(connection, api, request):
    connection.pause(60)
    return False


def stall_mid(connection, api, request):
    connection.begin_stream(api.content_type)
    for frame in half(api.frames(words_for(1), request)):
        connection.chunk(frame)
    connection.pause(60)
    return False


def never_ends(connection, api, request):
    """Bytes keep coming, so that nothing stalls, but the answer has no end."""
    connection.begin_stream(api.content_type)
    for _ in range(3_000):
        connection.chunk(api.piece("and on "))
        connection.pause(0.02)
    return False


def error_under_200(connection, api, request):
    connection.answer(200, api.error(503, f"{MARK}: overloaded"))


def split_bytes(connection, api, request):
    """Every byte in a chunk of its own: characters, lines and JSON are cut everywhere."""
    connection.begin_stream(api.content_type)
    data = b"".join(api.frames(words_for(api.number(request)), request))
    connection.send(b"".join(b"1\r\n" + data[i : i + 1] + b"\r\n" for i in range(len(data))))
    connection.end_stream()


def slow_drip(connection, api, request):
    connection.begin_stream(api.content_type)
    for frame in api.frames(words_for(api.number(request)), request):
        for part in (frame[: len(frame) // 2], frame[len(frame) // 2 :]):
            connection.chunk(part)
            connection.pause(0.01)
    connection.end_stream()


def invalid_bytes(api, frames):
    return [frame.replace("ï".encode(), b"\xff\xfe\xc3") for frame in frames]


def html(connection, api, request):
    page = f"<!DOCTYPE html><html><body><h1>{MARK}: Bad Gateway</h1></body></html>".encode()
    connection.answer(200, page, "text/html; charset=utf-8")


def wrong_type(connection, api, request):
    connection.stream(api, api.frames(words_for(api.number(request)), request), "text/plain")


def redirect(connection, api, request):
    connection.answer(307, b"", headers=[f"Location: http://127.0.0.1:{connection.server.port}/elsewhere"])


def closes_after(connection, api, request):
    """Promises to keep the connection, and closes it: the next request meets a dead one."""
    connection.stream(api, api.frames(words_for(api.number(request)), request), headers=["Connection: keep-alive"])
    return False


def gzipped(connection, api, request):
    data = gzip.compress(b"".join(api.frames(words_for(api.number(request)), request)))
    connection.begin_stream(api.content_type, ["Content-Encoding: gzip"])
    connection.chunk(data[:20])
    connection.chunk(data[20:])
    connection.end_stream()


def twice_the_end(api, frames):
    """What may come twice without changing the answer: its first and last frames."""
    return frames[:1] + frames[:1] + frames[1:] + frames[-1:] if api.head({}) else frames + frames[-1:]


def huge_line(api, frames):
    return half(frames) + [api.piece("x" * (12 << 20))]


def comments(api, frames):
    return [part for frame in frames for part in (b": OPENROUTER PROCESSING\n\n", frame)]


def is_sse(api):
    return api.content_type == "text/event-stream"


FAULTS = {
    "connection_refused": Fault("paused", goes_away),
    "reset_before_headers": Fault("recovered", reset_before, unseen=True),
    "closed_before_headers": Fault("recovered", close_before, unseen=True),
    "reset_mid_stream": Fault("recovered", reset_mid),
    "closed_mid_stream": Fault("recovered", close_mid),
    "stall_before_first_byte": Fault("recovered", stall_before),
    "stall_mid_stream": Fault("recovered", stall_mid),
    "never_ends": Fault("recovered", never_ends),
    "http_400": status(400, "paused"),
    "http_401": status(401, "paused"),
    "http_402": status(402, "paused"),
    "http_403": status(403, "paused"),
    "http_404": status(404, "paused"),
    "http_408": status(408, "recovered"),
    "http_409": status(409, "recovered"),
    "http_413": status(413, "paused"),
    "http_422": status(422, "paused"),
    "http_429": status(429, "recovered"),
    "http_429_seconds": status(429, "recovered", ["Retry-After: 1"]),
    "http_429_date": status(
        429, "recovered", [lambda: "Retry-After: " + email.utils.formatdate(time.time() + 1.5, usegmt=True)]
    ),
    "http_429_hours": status(429, "paused", ["Retry-After: 7200"]),
    "http_429_quota": status(429, "paused", kind="insufficient_quota", words="You exceeded your current quota"),
    "http_500": status(500, "recovered"),
    "http_502": status(502, "recovered"),
    "http_503": status(503, "recovered"),
    "http_503_seconds": status(503, "recovered", ["Retry-After: 1"]),
    "http_529": status(529, "recovered"),
    "error_mid_stream": streamed(lambda api, frames: half(frames) + api.error_frames(), "recovered"),
    "error_under_200": Fault("recovered", error_under_200),
    "broken_json": streamed(lambda api, frames: half(frames) + [api.broken_piece()] + frames[-1:], "recovered"),
    "no_end_marker": streamed(without_end, "recovered"),
    "huge_line": streamed(huge_line, "recovered"),
    "html_under_200": Fault("recovered", html),
    "gzip_unasked": Fault("recovered", gzipped),
    "redirect": Fault("paused", redirect),
    "split_utf8": Fault("data", split_bytes),
    "invalid_utf8": streamed(
        invalid_bytes, text=lambda number: re.compile(re.escape(words_for(number)).replace("ï", "\ufffd+"))
    ),
    "duplicate_frames": streamed(twice_the_end),
    "comments": streamed(comments, only=is_sse),
    "wrong_content_type": Fault("data", wrong_type),
    "closed_keep_alive": Fault("data", closes_after),
    "slow_drip": Fault("data", slow_drip),
    "empty_content": ending("stop", lambda number: ""),
    "null_content": ending("stop", None, only=lambda api: api.null_piece() != []),
    "length_cut": ending("length", words_for, stop="length"),
    "content_filter": ending("filter", words_for, stop="content_filter", only=lambda api: api.cut_by_filter),
    "refusal": ending(
        "refusal",
        REFUSAL.format,
        stop="refusal",
        only=lambda api: isinstance(api, (Responses, Messages)) or type(api) is Chat,
    ),
}


class FakeProvider:
    """Serves until it is closed; each connection on a thread of its own."""

    def __init__(self, port=0):
        self.away, self.closing = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.fault, self.left, self.skip = None, 0, 0
        self.seen = []  # (path, headers, request) of every turn that was asked for
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.listener.settimeout(0.2)
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stop_listening()
        self.closing.set()

    def stop_listening(self):
        self.away.set()
        self.acceptor.join(5)
        self.listener.close()

    def plan(self, fault, at=1, times=1):
        """From the at-th request of a turn from now on, `times` of them meet the fault; None: all of them."""
        with self.lock:
            self.fault, self.skip, self.left = fault, at - 1, times

    def take(self, path, headers, request):
        with self.lock:
            self.seen.append((path, headers, request))
            if self.fault is None or self.left == 0:
                return None
            if self.skip > 0:
                self.skip -= 1
                return None
            if self.left is not None:
                self.left -= 1
            return self.fault

    def accept(self):
        while not self.away.is_set():
            try:
                sock, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.settimeout(60)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection(self, sock).serve, daemon=True).start()
