"""``--offline``: whatever tries to reach the network fails, and says so."""

import sys
from typing import Any
from urllib.parse import urlsplit

from provisioning.flashing.words import Failure

_SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_ASKING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
           "socket.getnameinfo")  # fmt: skip
_AFAR = ("socket", "rfc2217")  # what pyserial reaches over a network
_LOCAL = ("127.0.0.1", "::1", "localhost")


def forbid() -> None:
    """From now on this process reaches nothing but itself. It cannot be undone."""
    sys.addaudithook(_audit)


def check(port: str) -> None:
    """Failure for a port that is on another machine: esptool would reach it in a process of its
    own."""
    parts = urlsplit(port)
    if parts.scheme in _AFAR and parts.hostname not in _LOCAL:
        raise Failure("offline", what=parts.hostname)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING:
        place = arguments[1]
    elif event in _ASKING:
        place = arguments[0] if isinstance(arguments[0], tuple) else (arguments[0],)
    else:
        return
    if isinstance(place, tuple):  # else a path of this machine, or where it is connected already
        name = place[0].decode() if isinstance(place[0], bytes) else str(place[0])
        if name not in _LOCAL:
            raise Failure("offline", what=name)
