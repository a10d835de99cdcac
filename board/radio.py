"""The board's Wi-Fi, where ``network.bin`` names a network: packed like the settings.

A board behind a modem that it does not know of has no such file. One that joins the network itself
by other means says so in its own file: ``link(log)`` there makes what joins it, with ``advice``,
``fitted()``, ``check(now)`` and ``how()`` as here (board/wired.py for Ethernet; a modem's, by
``network.PPP`` on a UART, would be another).
"""

import binascii

from agent.protocols import carriage, cbor

AGAIN_MS = 30000  # between two attempts
SOON_MS = 1000  # to one that was not taken
FILE = "/network.bin"


def network(path=FILE):
    """(name, password), or None where no network is set. ValueError for a damaged file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    body = data[:-4]
    if len(data) < 5 or binascii.crc32(body) != int.from_bytes(data[-4:], "big"):
        raise ValueError("the network's name is damaged; set it again")
    items = cbor.decode(body)
    return items["name"], items["password"]


def link(board, log):
    """What joins a board to its network: what its own file makes, else the Wi-Fi."""
    return board.link(log) if hasattr(board, "link") else Radio(log)


class Radio:
    """Joins the network, and joins it again when it is lost. log(topic, sentence)."""

    advice = "check name, password and antenna"

    def __init__(self, log):
        self._network = network()
        self._log = log
        self._station = None
        self._joined = None
        self._next = 0
        if self._network is not None:
            import network as radio

            self._station = radio.WLAN(radio.STA_IF)
            self._station.active(True)

    def fitted(self) -> bool:
        """Whether there is a network to join."""
        return self._station is not None

    def check(self, now) -> bool:
        """Join where it is time to; whether there is a network now. now: monotonic ms."""
        if self._station is None:
            return True
        joined = self._station.isconnected()
        if joined is not self._joined:
            self._joined = joined
            carriage.AWAY[:] = () if joined else (True,)
            self._log("radio", "joined" if joined else "not in %s yet" % self._network[0])
        if not joined and now >= self._next:
            self._next = now + self._join()
        return joined

    def _join(self):
        """Begin an attempt; ms until the next one. An ESP32 that is still at the one before takes
        no other, by an OSError (micropython#17661): it must let go first."""
        try:
            self._station.connect(self._network[0], self._network[1])
        except OSError:
            self._station.disconnect()
            return SOON_MS
        return AGAIN_MS

    def how(self) -> str:
        """How the network is joined, in words."""
        return "joined at %d dBm" % self._station.status("rssi")
