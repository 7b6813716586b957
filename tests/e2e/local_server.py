"""A small server on a free loopback port, for tests that need a provider who says one certain thing."""

import http.server
import json
import threading


class JsonHandler(http.server.BaseHTTPRequestHandler):
    """Answers in JSON, and logs nothing."""

    def log_message(self, *_):
        pass

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def asked(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))


class LocalServer:
    """Runs from its making until stop()."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
