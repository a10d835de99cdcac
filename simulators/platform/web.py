"""The live page: a small HTTP server in a thread of its own, on loopback unless told otherwise."""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PATIENCE_S = 10


def _page() -> dict[str, tuple[str, bytes]]:
    """{path: (content type, content)} of all that the page consists of."""
    files = {}
    for file in (resources.files("simulators.platform") / "page").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        if stem and dot + ending in _KINDS:
            files["/" + file.name] = (_KINDS[dot + ending], file.read_bytes())
    files["/"] = files.pop("/index.html")
    return files


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class PageServer:
    """Serves the page, and state() as JSON at /api/state; anything else is 404.

    state is called in the threads that answer. Port 0 takes a free one; url tells which.
    OSError: the address cannot be had.
    """

    def __init__(self, host: str, port: int, state: Callable[[], dict[str, Any]]) -> None:
        files = _page()

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE_S

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path == "/api/state":
                    self._answer(200, "application/json", json.dumps(state()).encode())
                elif path in files:
                    self._answer(200, *files[path])
                else:
                    self._answer(404, "text/plain; charset=utf-8", b"not found\n")

            def _answer(self, code: int, kind: str, body: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in _HEADERS.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """One request a second from every reader: nobody reads that log."""

        self._server = _Server((host, port), Handler)
        self.url = f"http://{host}:{self._server.server_address[1]}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="page", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End, and let go of the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
