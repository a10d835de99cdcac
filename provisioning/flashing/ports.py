"""Which ports boards are on, and why one cannot be used."""

import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from provisioning.flashing import uf2, usb
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
    own = picos()
    there = [] if usb.simulated() else sorted(list_ports.comports())
    others = [Port(port.device, _VENDORS[port.vid]) for port in there
              if port.vid in _VENDORS and port.vid != _PICO[0]]  # fmt: skip
    return others + [Port(name, _VENDORS[_PICO[0]]) for name in sorted(own)]


def picos() -> set[str]:
    """The ports that a Pico makes by itself."""
    there = [] if usb.simulated() else list_ports.comports()
    return {port.device for port in there if (port.vid, port.pid) == _PICO} | set(
        usb.ports_of(*_PICO)
    )


def is_pico(name: str) -> bool:
    """Whether a Pico is on that port, by any of its names."""
    return os.path.realpath(name) in map(os.path.realpath, picos())


def drives(mounts: Path | None = None) -> list[Path]:
    """Where drives of boards with BOOTSEL held are mounted. mounts: see uf2.mounted()."""
    return [place for place in uf2.mounted(mounts) if uf2.is_there(place, mounts)]


def socket_of(place: str) -> str | None:
    """The USB socket of a board that is on that port, or whose drive is mounted there; None if it
    cannot be told."""
    device = uf2.mounted().get(Path(place), Path(place))
    return usb.socket_of(str(device))


def port_at(socket: str) -> str | None:
    """The port that the Pico in that socket has now."""
    return next((port for port, place in usb.ports_of(*_PICO).items() if place == socket), None)


def drive_at(socket: str) -> Path | None:
    """Where the drive that the Pico in that socket is now is mounted."""
    return next((drive for drive in drives() if socket_of(str(drive)) == socket), None)


def plugged() -> set[str]:
    """Where boards are: ports, and drives of boards that have no port yet."""
    return {port.name for port in found()} | {str(drive) for drive in drives()}


def is_there(place: str) -> bool:
    """Whether something is plugged in where a CSV says that a board comes. What belongs to
    pyserial, as in choose(), cannot be looked at, and counts as there."""
    if "://" in place or Path(place).is_dir():
        return "://" in place or uf2.is_there(Path(place))
    return Path(place).exists() or place in plugged()


def option(place: str) -> list[str]:
    """How flash.py is told of one that plugged() has, or that a CSV names."""
    return ["--drive" if Path(place).is_dir() else "--port", place]


def choose(
    named: str | None, drive: Path | None = None, socket: str | None = None
) -> tuple[str, Path | None]:
    """(port, drive) of the board that was named, or is in that socket, or of the only one; "" or
    None for what it has not. Failure that says what to do if it cannot be used.

    A port with ``://`` in it belongs to pyserial, and is not looked at. With a drive the port may
    be missing still: it comes when the board has started.
    """
    if socket is not None:
        named, drive = port_at(socket), drive_at(socket)
        if named is None and drive is None:
            raise Failure("port-gone", port=socket)
    if named is None and drive is None:
        there = [port.name for port in found()]
        mounted = drives()
        if not there and not mounted:
            raise _nothing()
        if len(there) + len(mounted) > 1:
            names = ", ".join([*there, *map(str, mounted)])
            raise Failure("many-ports", ports=names)
        named, drive = (there[0], None) if there else (None, mounted[0])
    if named is None or drive is not None:
        return named or "", drive
    _usable(named)
    return named, None


def _nothing() -> Failure:
    """Why there is no board, as far as is known: it may be plugged in, and have no port."""
    for socket, vendor in usb.without_port():
        if vendor == _PICO[0]:
            return Failure("no-mount")
        if vendor in _VENDORS:
            return Failure("no-driver", what=f"{_VENDORS[vendor]}, USB {socket}")
    return Failure("no-port")


def _usable(named: str) -> None:
    if "://" not in named and not named.upper().startswith("COM"):
        if not Path(named).exists():
            raise Failure("port-gone", port=named)
        if not os.access(named, os.R_OK | os.W_OK):
            raise Failure("port-denied", port=named)
