"""The page's server: HTTP in threads of its own. It reads snapshots, and never holds the agent up.

Without a session it only shows. A session's token travels in a header, which no other page's form
can send; every write names it anew. The code travels in the clear: serve the page on the box's own
network or cable.
"""

import json
import sys
import threading
from http.server import ThreadingHTTPServer
from importlib import resources
from typing import Any

from agent.linux.commissioning.code import Sessions
from agent.linux.commissioning.handler import JSON, KINDS, Handler, PageDesk
from agent.linux.commissioning.words import WORDS
from agent.linux.pole_page import PageSettings

MAX_THREADS = 16


def _files() -> dict[str, tuple[str, bytes]]:
    """{path: (content type, content)} of all that the page consists of."""
    files = {"/words.json": (JSON, json.dumps(WORDS, ensure_ascii=False).encode())}
    for file in (resources.files("agent.linux.commissioning") / "page").iterdir():
        kind = KINDS.get(file.name.rpartition(".")[2])
        if kind:
            files["/" + file.name] = (kind, file.read_bytes())
    files["/"] = files.pop("/index.html")
    return files


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    room = threading.BoundedSemaphore(MAX_THREADS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One that finds no room is turned away: the node has other things to do."""
        if not self.room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A phone that goes away in the middle of an answer is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class PageServer:
    """Serves the page of a desk; url tells where. OSError: the address cannot be had."""

    def __init__(self, page: PageSettings, desk: PageDesk) -> None:
        self.desk = desk
        files = _files()
        sessions = Sessions(page.code, desk.now_ms)
        sheets: dict[str, str] = {}

        class OfThisPage(Handler):
            def __init__(self, *arguments: Any) -> None:
                self.files, self.desk, self.sessions, self.sheets = files, desk, sessions, sheets
                super().__init__(*arguments)

        self._server = _Server((page.host, page.port), OfThisPage)
        self.url = f"http://{page.host}:{self._server.server_address[1]}/"
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
