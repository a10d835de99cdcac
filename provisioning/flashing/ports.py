"""Which ports boards are on, and why one cannot be used."""

import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from provisioning.flashing.words import Failure

# Makers of USB serial converters and of chips with USB of their own, by USB vendor.
_VENDORS = {0x10C4: "CP210x", 0x1A86: "CH340/CH9102", 0x0403: "FTDI", 0x303A: "Espressif USB",
            0x067B: "PL2303"}  # fmt: skip


@dataclass(frozen=True)
class Port:
    """A port that a board may be on. what: its converter, for people."""

    name: str
    what: str


def found() -> list[Port]:
    """The ports with a USB converter that boards have."""
    return [
        Port(port.device, _VENDORS[port.vid])
        for port in sorted(list_ports.comports())
        if port.vid in _VENDORS
    ]


def choose(named: str | None) -> str:
    """The port that was named, or the only one. Failure that says what to do if it cannot be used.

    A port with ``://`` in it belongs to pyserial, and is not looked at.
    """
    if named is None:
        ports = found()
        if not ports:
            raise Failure("no-port")
        if len(ports) > 1:
            raise Failure("many-ports", ports=", ".join(port.name for port in ports))
        named = ports[0].name
    if "://" not in named and not named.upper().startswith("COM"):
        if not Path(named).exists():
            raise Failure("port-gone", port=named)
        if not os.access(named, os.R_OK | os.W_OK):
            raise Failure("port-denied", port=named)
    return named
