"""The page of a node as a program uses it: what a phone's browser would ask."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from agent.errors import NotAcknowledged

PATIENCE_S = 15.0


class NoPage(NotAcknowledged):
    """Nobody answers there, or not as a page does."""


class PageClient:
    """url: where the page is. NotAcknowledged, in one sentence, for whatever does not work; NoPage
    where there is none."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._token = ""

    def state(self) -> dict[str, Any]:
        """All that the page shows: see agent.linux.commissioning.snapshot."""
        return self._json("api/state")

    def frames(self) -> bytes:
        """The frames that wait for the platform, in sequence, and the signed holdings."""
        return self._fetch("api/frames")

    def enter(self, code: str, who: str) -> None:
        """Begin a session: what follows is allowed to write."""
        self._token = self._json("api/session", {"code": code, "who": who})["token"]

    def write(self, action: str, **items: Any) -> None:
        """One of agent.linux.commissioning.writes.ACTIONS."""
        self._json("api/write", {"action": action, **items})

    def hand_over(self, language: str) -> str:
        """The signed sheet, as HTML."""
        path = self._json("api/handover", {"language": language})["path"]
        return self._fetch(path.lstrip("/")).decode()

    def bring(self, acks: bytes) -> tuple[int, int]:
        """Acknowledgements in sequence; how many of them are (genuine, refused)."""
        said = self._json("api/acknowledgements", {"hex": acks.hex()})
        return int(said["genuine"]), int(said["refused"])

    def _json(self, path: str, items: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            found = json.loads(self._fetch(path, items))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise NoPage(f"{self.url} is no page of a pole")
        return found

    def _fetch(self, path: str, items: dict[str, Any] | None = None) -> bytes:
        data = None if items is None else json.dumps(items).encode()
        headers = {"X-Session": self._token} if self._token else {}
        try:
            request = urllib.request.Request(f"{self.url}/{path}", data, headers)
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
                return bytes(reply.read())
        except urllib.error.HTTPError as error:
            raise NotAcknowledged(f"{self.url} refuses: {_why(error)}") from None
        except http.client.InvalidURL:
            raise NoPage(f"{self.url} is no address") from None
        except http.client.HTTPException:
            raise NoPage(f"{self.url} is no page of a pole") from None
        except (OSError, ValueError) as error:
            cause = getattr(error, "reason", error)
            why = getattr(cause, "strerror", None) or cause
            raise NoPage(f"{self.url} does not answer ({why})") from None


def _why(error: urllib.error.HTTPError) -> str:
    from agent.linux.commissioning.words import WORDS

    try:
        said = json.loads(error.read())
        text = WORDS[said["code"]][0]
        age = f"{-(-said.get('wait', 0) // 1000)} s"
        return text.format(**{"age": age, **said.get("values", {})}).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return f"status {error.code}"
