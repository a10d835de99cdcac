"""What systemd wants to hear from a service: that it is ready, alive, ending (sd_notify(3)).

One datagram a message, to the socket that NOTIFY_SOCKET names; without that nothing happens.
"""

import contextlib
import os
import socket
import time

READY, STOPPING, ALIVE = b"READY=1", b"STOPPING=1", b"WATCHDOG=1"


class Service:
    """Call ``ready`` once the agent works, ``alive`` every second, ``stopping`` when it ends."""

    def __init__(self) -> None:
        name = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        patience_us = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
        self._every_ns = patience_us * 1000 // 3
        self._next_ns = 0

    def ready(self) -> None:
        """It runs."""
        self._tell(READY)

    def alive(self) -> None:
        """It still does. Told three times in the watchdog's patience at the most."""
        now = time.monotonic_ns()
        if self._every_ns and now >= self._next_ns:
            self._next_ns = now + self._every_ns
            self._tell(ALIVE)

    def stopping(self) -> None:
        """It is about to end."""
        self._tell(STOPPING)

    def _tell(self, message: bytes) -> None:
        if not self._address:
            return
        # A service manager that does not listen is no reason to stop.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as caller,
        ):
            caller.setblocking(False)
            caller.sendto(message, self._address)
