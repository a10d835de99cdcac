"""The live page: a small HTTP server in a thread of its own, on loopback unless told otherwise."""

import json
from collections.abc import Callable
from typing import Any

from agent.linux.page_server import JSON, HttpServer, PageHandler, Served, files_of


class PageServer(Served):
    """Serves the page, and state() as JSON at /api/state; anything else is 404.

    state is called in the threads that answer. Port 0 takes a free one; url tells which.
    OSError: the address cannot be had.
    """

    def __init__(self, host: str, port: int, state: Callable[[], dict[str, Any]]) -> None:
        files = files_of("simulators.platform")

        class Handler(PageHandler):
            def do_GET(self) -> None:  # noqa: N802 (http.server calls it)
                path = self.path.partition("?")[0]
                if path == "/api/state":
                    self.answer(200, JSON, json.dumps(state()).encode())
                elif path in files:
                    self.answer(200, *files[path])
                else:
                    self.not_found()

        super().__init__(HttpServer((host, port), Handler))
