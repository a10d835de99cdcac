"""A page from a program's own package: HTTP in threads of its own, nothing from elsewhere, nothing
kept by a browser. What a page answers beyond its files is in the handler that inherits.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

Files = dict[str, tuple[str, bytes]]  # path: (content type, content)

JSON = "application/json"
KINDS = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
}
POLICY = "Content-Security-Policy"
_HEADERS = {
    "Cache-Control": "no-store",
    POLICY: "default-src 'self'; img-src data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PATIENCE_S = 10


def files_of(package: str) -> Files:
    """All that the page in the folder ``page`` of a package consists of."""
    files = {}
    for file in (resources.files(package) / "page").iterdir():
        kind = KINDS.get(file.name.rpartition(".")[2])
        if kind:
            files["/" + file.name] = (kind, file.read_bytes())
    files["/"] = files.pop("/index.html")
    return files


class PageHandler(BaseHTTPRequestHandler):
    """One connection to a page."""

    timeout = PATIENCE_S

    def answer(
        self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        """Answer with a body of that content type; more: headers besides, or instead."""
        self.head(status, kind, {"Content-Length": str(len(body)), **(more or {})})
        self.wfile.write(body)

    def head(self, status: int, kind: str, more: dict[str, str]) -> None:
        """The part of an answer before its body."""
        self.send_response(status)
        for name, value in ({"Content-Type": kind} | _HEADERS | more).items():
            self.send_header(name, value)
        self.end_headers()

    def not_found(self) -> None:
        """Nothing is there."""
        self.answer(404, "text/plain; charset=utf-8", b"not found\n")

    def version_string(self) -> str:
        """Nobody needs to know what serves this."""
        return "pole"

    def log_message(self, format: str, *args: Any) -> None:
        """One request a second from every reader: nobody reads that log."""


class HttpServer(ThreadingHTTPServer):
    """One thread a connection."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever goes away in the middle of an answer is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Served:
    """An HttpServer in a thread of its own, from start until stop; url tells where it is."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self.url = f"http://{server.server_address[0]!s}:{server.server_address[1]}/"
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="page", daemon=True
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
