"""The USB sockets of a workstation, as Linux shows them: a folder that stands for "/", with what
programs read below sys, dev and proc. provisioning.flashing.usb says where each stands.

As on a real one a name goes to whoever comes first, and comes back to another one: what was
ttyACM0 a moment ago may be another board now.
"""

import os
import shutil
import threading
from pathlib import Path

_VENDOR, _MICROPYTHON = "2e8a", "0005"
_BOOTSEL = {"rp2040": "0003", "rp2350": "000f"}
_ONE_FOR_ALL = "E0C9125B0D9B"  # the serial number of every RP2040's drive


class UsbBus:
    """A bus in folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self._mounts: dict[str, Path] = {}  # by the device's name
        for name in ("sys/bus/usb/devices", "dev", "proc/self"):
            (folder / name).mkdir(parents=True)
        self.mount("", None)

    def first(self, names: list[str]) -> Path:
        """The first of those in /dev that is free."""
        paths = [self.folder / "dev" / name for name in names]
        return next(path for path in paths if not os.path.lexists(path))

    def mount(self, device: str, drive: Path | None) -> None:
        """A desktop has mounted that device, or let go of it."""
        self._mounts.pop(device, None)
        if drive is not None:
            self._mounts[device] = drive
        lines = [f"{self.folder}/dev/{name} {place} vfat rw 0 0\n"
                 for name, place in self._mounts.items()]  # fmt: skip
        half = self.folder / "proc/self/mounts.new"
        half.write_text("".join(lines), encoding="utf-8")
        os.replace(half, self.folder / "proc/self/mounts")


class UsbSocket:
    """The socket number of a bus, and what is in it. serial: that of the board in there."""

    def __init__(self, bus: UsbBus, number: int, serial: str) -> None:
        self.name = f"1-{number}"
        self._bus = bus
        self._serial = serial
        self._node: Path | None = None

    def show_port(self, port: Path) -> None:
        """MicroPython runs: a serial port, which is that file."""
        with self._bus.lock:
            self._gone()
            node = self._bus.first([f"ttyACM{number}" for number in range(64)])
            node.symlink_to(port)
            self._there(node, f"tty/{node.name}", _MICROPYTHON, self._serial)

    def show_drive(self, chip: str, drive: Path) -> None:
        """BOOTSEL: a drive, which is mounted there."""
        with self._bus.lock:
            self._gone()
            node = self._bus.first([f"sd{letter}1" for letter in "abcdefghijklmnop"])
            node.touch()
            disk = node.name[:-1]
            place = f"host0/target0:0:0/0:0:0:0/block/{disk}/{node.name}/partition"
            serial = _ONE_FOR_ALL if chip == "rp2040" else self._serial
            self._there(node, place, _BOOTSEL[chip], serial)
            self._bus.mount(node.name, drive)

    def show_nothing(self) -> None:
        """It has no power, or says nothing."""
        with self._bus.lock:
            self._gone()

    def _there(self, node: Path, below: str, product: str, serial: str) -> None:
        devices = self._bus.folder / "sys/bus/usb/devices"
        (devices / self.name).mkdir()
        for name, text in (("idVendor", _VENDOR), ("idProduct", product), ("serial", serial)):
            (devices / self.name / name).write_text(text + "\n", encoding="ascii")
        (devices / f"{self.name}:1.0" / below).mkdir(parents=True)
        self._node = node

    def _gone(self) -> None:
        if self._node is None:
            return
        devices = self._bus.folder / "sys/bus/usb/devices"
        shutil.rmtree(devices / f"{self.name}:1.0")
        shutil.rmtree(devices / self.name)
        self._bus.mount(self._node.name, None)
        self._node.unlink()
        self._node = None
