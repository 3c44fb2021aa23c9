"""A node of canned answers: what a Kubo that lies, fails or says nothing would say."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

Answer = tuple[int, bytes]
Answers = dict[str, list[Answer]]  # by call, in order; the last one stays
OUT_OF_ORDER: Answer = (500, b'{"Message": "out of order", "Type": "error"}')
UNPINNED: Answer = (500, b'{"Message": "path is not pinned", "Type": "error"}')


@contextlib.contextmanager
def canned_kubo() -> Iterator[Callable[[Answers], str]]:
    """Serve canned answers by the name of the call; calls without an answer are errors of the node."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._skip_body()
                call = urlsplit(self.path).path.removeprefix("/api/v0/")
                prepared = answers.get(call, [OUT_OF_ORDER])
                status, body = prepared.pop(0) if len(prepared) > 1 else prepared[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _skip_body(self) -> None:
                while self.headers.get("Transfer-Encoding") == "chunked":
                    length = int(self.rfile.readline(), 16)
                    self.rfile.read(length + 2)
                    if not length:
                        return

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,)).start()
        return f"http://127.0.0.1:{server.server_port}"

    try:
        yield serve
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def pinned(cid: str) -> Answer:
    return 200, json.dumps({"Keys": {cid: {"Type": "recursive"}}}).encode()


def imported(cid: str, problem: str = "") -> Answer:
    return 200, json.dumps({"Root": {"Cid": {"/": cid}, "PinErrorMsg": problem}}).encode()
