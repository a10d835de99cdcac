"""``--offline``: whatever tries to reach the network fails, and says so."""

import sys
from typing import Any

from provisioning.flashing.words import Failure

_EVENTS = ("socket.connect", "socket.sendto", "socket.getaddrinfo")
_LOCAL = ("127.0.0.1", "::1", "localhost")


def forbid() -> None:
    """From now on this process reaches nothing but itself. It cannot be undone."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    place = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    host = place[0] if isinstance(place, tuple) else place
    if isinstance(place, tuple) or event == "socket.getaddrinfo":
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in _LOCAL:
            raise Failure("offline", what=name)
