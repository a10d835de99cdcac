"""One try to connect paho-mqtt, in a thread: the name, TCP and TLS all block."""

import ssl
import threading
from collections.abc import Callable

import paho.mqtt.client as paho

_TIMEOUT = 10.0  # s for TCP, and again for TLS


class Attempt(threading.Thread):
    """Connects client; then ``done`` is True, ``error`` says what went wrong, and wake is called.

    The client is the thread's own until then. An attempt that is abandoned ends by itself and
    closes what it opened.
    """

    def __init__(
        self,
        client: paho.Client,
        place: tuple[str, int],
        keep_alive_s: int,
        wake: Callable[[], None],
    ) -> None:
        super().__init__(name="mqtt connect", daemon=True)
        self.done = False
        self.error = ""
        self._client = client
        self._place = place
        self._keep_alive_s = keep_alive_s
        self._wake = wake
        self._abandoned = False
        self._lock = threading.Lock()
        client.connect_timeout = _TIMEOUT

    def run(self) -> None:
        try:
            self._client.connect(*self._place, keepalive=self._keep_alive_s)
        except ssl.SSLError as error:
            self.error = str(error)
        except OSError as error:
            self.error = error.strerror or str(error) or type(error).__name__
        except ValueError as error:
            self.error = str(error)
        with self._lock:
            self.done = True
            if self._abandoned:
                shut(self._client)
        self._wake()

    def abandon(self) -> None:
        """Nobody waits for the outcome any more."""
        with self._lock:
            self._abandoned = True
            if self.done:
                shut(self._client)


def shut(client: paho.Client) -> None:
    """Close the client's socket without a word to the server."""
    sock = client.socket()
    if sock is not None:
        sock.close()
