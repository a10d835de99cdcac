"""The page's server: HTTP in threads of its own. It reads snapshots, and never holds the agent up.

Without a session it only shows. A session's token travels in a header, which no other page's form
can send; every write names it anew. The code travels in the clear: serve the page on the box's own
network or cable.
"""

import json
import threading
from typing import Any

from agent.linux.commissioning.code import Sessions
from agent.linux.commissioning.handler import Handler, PageDesk
from agent.linux.commissioning.words import WORDS
from agent.linux.page_server import JSON, HttpServer, Served, files_of
from agent.linux.pole_page import PageSettings

MAX_THREADS = 16


class _Server(HttpServer):
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


class PageServer(Served):
    """Serves the page of a desk; url tells where. OSError: the address cannot be had."""

    def __init__(self, page: PageSettings, desk: PageDesk) -> None:
        self.desk = desk
        words = json.dumps(WORDS, ensure_ascii=False).encode()
        files = {**files_of("agent.linux.commissioning"), "/words.json": (JSON, words)}
        sessions = Sessions(page.code, desk.now_ms)
        sheets: dict[str, str] = {}

        class OfThisPage(Handler):
            def __init__(self, *arguments: Any) -> None:
                self.files, self.desk, self.sessions, self.sheets = files, desk, sessions, sheets
                super().__init__(*arguments)

        super().__init__(_Server((page.host, page.port), OfThisPage))
