"""What a page's server answers: see agent.linux.commissioning.server."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from agent.errors import AgentError, BadFrame
from agent.linux.commissioning.code import Closed, Sessions
from agent.linux.commissioning.words import LANGUAGES
from agent.linux.commissioning.writes import ACTIONS, Refused
from agent.linux.page_server import JSON, KINDS, POLICY, Files, PageHandler
from agent.protocols import cose

CBOR = "application/cbor-seq"
_SHEET_POLICY = {POLICY: "default-src 'none'; style-src 'unsafe-inline'"}
MAX_BODY = 64 << 10


class PageDesk(Protocol):
    """What a page's server asks: a node's Desk, or a board's on a cable."""

    def now_ms(self) -> int: ...
    def state(self) -> dict[str, Any]: ...
    def write(self, action: str, items: dict[str, Any], who: str) -> None: ...
    def hand_over(self, who: str, language: str) -> str: ...
    def frames(self, place: tuple[int, int]) -> tuple[bytes, tuple[int, int] | None]: ...
    def beacon(self) -> bytes: ...
    def brought(self, downlinks: list[bytes]) -> int: ...


class Handler(PageHandler):
    """One connection to a page: what it serves is in the class that inherits."""

    files: Files
    desk: PageDesk
    sessions: Sessions
    sheets: dict[str, str]

    def do_GET(self) -> None:  # noqa: N802 (http.server calls it)
        path = self.path.partition("?")[0]
        if path in self.files:
            self.answer(200, *self.files[path])
        elif path == "/api/state":
            self._guarded(lambda: self._say(200, self.desk.state()))
        elif path == "/api/frames":
            self._guarded(self._frames)
        elif path in self.sheets:
            sheet = self.sheets[path].encode()
            self.answer(200, KINDS["html"], sheet, _SHEET_POLICY)
        else:
            self.not_found()

    def do_POST(self) -> None:  # noqa: N802 (http.server calls it)
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "/api/session": self._enter,
            "/api/write": self._write,
            "/api/handover": self._hand_over,
            "/api/acknowledgements": self._brought,
        }
        action = actions.get(self.path)
        if action is None:
            self._say(404, {"code": "refused.request"})
            return
        items = self._items()
        if items is None:
            self._say(400, {"code": "refused.request"})
        else:
            self._guarded(lambda: action(items))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Refused as error:
            self._say(409, {"code": error.code, "values": error.values})
        except (TimeoutError, AgentError):
            self._say(503, {"code": "refused.busy"})

    # What may be asked.

    def _enter(self, items: dict[str, Any]) -> None:
        code, who = items.get("code"), items.get("who")
        if not isinstance(code, str) or not isinstance(who, str) or not who.strip():
            self._say(400, {"code": "refused.request"})
            return
        try:
            self._say(200, {"token": self.sessions.enter(code, who)})
        except Closed as error:
            status = 429 if error.wait_ms else 401
            self._say(status, {"code": error.code, "wait": error.wait_ms})

    def _who(self) -> str | None:
        """Whose session it is; where it is none, that was answered."""
        who = self.sessions.who(self.headers.get("X-Session", ""))
        if who is None:
            self._say(401, {"code": "refused.session"})
        return who

    def _write(self, items: dict[str, Any]) -> None:
        who = self._who()
        if who is None:
            return
        action = items.pop("action", None)
        if not isinstance(action, str) or action not in ACTIONS:
            self._say(400, {"code": "refused.request"})
            return
        self.desk.write(action, items, who)
        self._say(200, {"code": "done"})

    def _hand_over(self, items: dict[str, Any]) -> None:
        who = self._who()
        if who is None:
            return
        language = items.get("language")
        text = self.desk.hand_over(who, language if language in LANGUAGES else LANGUAGES[0])
        self.sheets.clear()
        path = "/handover.html"
        self.sheets[path] = text
        self._say(200, {"path": path})

    def _brought(self, items: dict[str, Any]) -> None:
        """{hex: acknowledgements, one behind the other}. Each proves itself; who brings them must
        have the code all the same."""
        if self._who() is None:
            return
        try:
            downlinks = cose.split(bytes.fromhex(items.get("hex", "")))
        except (ValueError, TypeError, BadFrame):
            self._say(400, {"code": "refused.request"})
            return
        genuine = self.desk.brought(downlinks)
        self._say(200, {"genuine": genuine, "refused": len(downlinks) - genuine})

    def _frames(self) -> None:
        """Every frame that waits, then the holdings: a sequence that ends with the connection."""
        self.head(200, CBOR, {})
        place: tuple[int, int] | None = (0, 0)
        while place is not None:
            data, place = self.desk.frames(place)
            self.wfile.write(data)
        self.wfile.write(self.desk.beacon())

    # The pieces.

    def _items(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,6}", length) or int(length) > MAX_BODY:
            self.close_connection = True
            return None
        try:
            items = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        return items if isinstance(items, dict) else None

    def _say(self, status: int, items: dict[str, Any]) -> None:
        self.answer(status, JSON, json.dumps(items, ensure_ascii=False).encode())
