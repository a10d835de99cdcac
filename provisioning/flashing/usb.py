"""Which USB socket a board is in, as Linux tells it.

A Pico is a drive and a serial port by turns, and with several on one workstation each may come back
by another one's name. Their USB serial numbers do not help: as drives all RP2040 have the same. But
a board stays in its socket, and nothing else can be in there: that tells them apart.

Sockets are named by bus and ports, "1-2.3", interfaces "1-2.3:1.0" (sysfs-bus-usb in the kernel's
Documentation/ABI). Where boards are simulated, POLE_SYSTEM names the folder that stands for "/".
"""

import glob
import os
from pathlib import Path

SYSTEM = "POLE_SYSTEM"
_DEVICES = "sys/bus/usb/devices"
# Below an interface: a serial port of its own, that of a converter, a drive, and its partition.
_DISK = "host*/target*/*/block/*"
_NODES = ("tty/*", "ttyUSB*/tty/*", _DISK, f"{_DISK}/*/partition")


def root() -> Path:
    """The root of the system that boards are plugged into."""
    return Path(os.environ.get(SYSTEM, "/"))


def simulated() -> bool:
    """Whether that is a simulated one."""
    return SYSTEM in os.environ


def sockets() -> dict[str, str]:
    """The socket by the device in /dev, of all serial ports and drives; empty where the system does
    not tell."""
    found = {}
    begin = glob.escape(str(root() / _DEVICES))
    for pattern in _NODES:
        for path in map(Path, glob.glob(f"{begin}/*:*/{pattern}")):
            interface = path.relative_to(root() / _DEVICES).parts[0]
            name = path.parent.name if path.name == "partition" else path.name
            found[str(root() / "dev" / name)] = interface.partition(":")[0]
    return found


def socket_of(device: str) -> str | None:
    """The socket of a device in /dev, by any of its names; None if it cannot be told."""
    real = os.path.realpath(device)
    return next((socket for node, socket in sockets().items()
                 if os.path.realpath(node) == real), None)  # fmt: skip


def ports_of(vendor: int, product: int) -> dict[str, str]:
    """The serial ports of all devices with those USB ids: their sockets, by port."""
    wanted = f"{vendor:04x}", f"{product:04x}"
    return {node: socket for node, socket in sockets().items()
            if Path(node).name.startswith("tty") and _ids(socket) == wanted}  # fmt: skip


def without_port() -> list[tuple[str, int]]:
    """(socket, vendor) of what is plugged in and has no serial port."""
    have = {socket for node, socket in sockets().items() if Path(node).name.startswith("tty")}
    found = []
    for path in sorted((root() / _DEVICES).glob("*/idVendor")):
        vendor, _ = _ids(path.parent.name)
        if vendor and path.parent.name not in have:
            found.append((path.parent.name, int(vendor, 16)))
    return found


def _ids(socket: str) -> tuple[str, str]:
    device = root() / _DEVICES / socket
    try:
        return (device / "idVendor").read_text().strip(), (device / "idProduct").read_text().strip()
    except OSError:
        return "", ""  # it was unplugged a moment ago
