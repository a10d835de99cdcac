"""Which ports boards are on, and why one cannot be used."""

import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from provisioning.flashing import uf2
from provisioning.flashing.words import Failure

# Makers of USB serial converters and of chips with USB of their own, by USB vendor.
_VENDORS = {0x10C4: "CP210x", 0x1A86: "CH340/CH9102", 0x0403: "FTDI", 0x303A: "Espressif USB",
            0x067B: "PL2303", 0x2E8A: "Raspberry Pi USB"}  # fmt: skip
_PICO = 0x2E8A, 0x0005  # MicroPython's; a debug probe has the same vendor


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
        if port.vid in _VENDORS and (port.vid != _PICO[0] or port.pid == _PICO[1])
    ]


def picos() -> set[str]:
    """The ports that a Pico makes by itself."""
    return {port.device for port in list_ports.comports() if (port.vid, port.pid) == _PICO}


def is_pico(name: str) -> bool:
    """Whether a Pico is on that port."""
    return name in picos()


def drives(mounts: Path = uf2.MOUNTS) -> list[Path]:
    """Where drives of boards with BOOTSEL held are mounted. mounts: see uf2.mounted()."""
    return [place for place in uf2.mounted(mounts) if uf2.is_there(place, mounts)]


def plugged() -> set[str]:
    """Where boards are: ports, and drives of boards that have no port yet."""
    return {port.name for port in found()} | {str(drive) for drive in drives()}


def option(place: str) -> list[str]:
    """How flash.py is told of one that plugged() has, or that a CSV names."""
    return ["--drive" if Path(place).is_dir() else "--port", place]


def choose(named: str | None, drive: Path | None = None) -> tuple[str, Path | None]:
    """(port, drive) of the board that was named, or of the only one; "" or None for what it has
    not. Failure that says what to do if it cannot be used.

    A port with ``://`` in it belongs to pyserial, and is not looked at. With a drive the port may
    be missing still: it comes when the board has started.
    """
    if named is None and drive is None:
        there = [port.name for port in found()]
        mounted = drives()
        if not there and not mounted:
            raise Failure("no-port")
        if len(there) + len(mounted) > 1:
            names = ", ".join([*there, *map(str, mounted)])
            raise Failure("many-ports", ports=names)
        named, drive = (there[0], None) if there else (None, mounted[0])
    if named is None or drive is not None:
        return named or "", drive
    _usable(named)
    return named, None


def _usable(named: str) -> None:
    if "://" not in named and not named.upper().startswith("COM"):
        if not Path(named).exists():
            raise Failure("port-gone", port=named)
        if not os.access(named, os.R_OK | os.W_OK):
            raise Failure("port-denied", port=named)
