"""What a Pico has and an ESP32 has not: MicroPython's ``rp2.Flash``, registers by address, and the
flash in the address space. ``install()`` puts them where a program finds them.

The flash is the image that POLE_FLASH_IMAGE names, the scratch registers lie in POLE_RTC.
"""

import os
import sys

import machine

BLOCK = 4096
FLASH_AT = 0x10000000
_CHIP_ID = 0x40000000
# By chip: its CHIP_ID, its watchdog's scratch registers 0 and 1, and where the file system begins.
_CHIPS = {
    "rp2040": (0x20002927, 0x4005800C, 0x12C000),
    "rp2350": (0x20004927, 0x400D800C, 0x180000),
}
_ID, _SCRATCH, _FILES_AT = _CHIPS.get(os.getenv("POLE_CHIP"), (0, 0, 0))


def _path(variable):
    return (os.getenv("POLE_HOST") or "") + os.getenv(variable)


class Flash:
    """The file system's part of the flash."""

    def __init__(self):
        self._file = open(_path("POLE_FLASH_IMAGE"), "r+b")
        self._blocks = (self._file.seek(0, 2) - _FILES_AT) // BLOCK

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        self._file.seek(_FILES_AT + block * BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=None):
        """Program buf; without an offset the block is erased first."""
        if offset is not None:
            old = bytearray(len(buf))
            self.readblocks(block, old, offset)
            both = int.from_bytes(old, "little") & int.from_bytes(buf, "little")
            buf = both.to_bytes(len(old), "little")
        self._file.seek(_FILES_AT + block * BLOCK + (offset or 0))
        self._file.write(buf)
        self._file.flush()

    def ioctl(self, op, arg=0):
        """4: number of blocks, 5: their size, 6: erase one."""
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self.writeblocks(arg, b"\xff" * BLOCK)
        return 0


class Registers:
    """``machine.mem32``: CHIP_ID, and two scratch registers that outlive a reset."""

    def __getitem__(self, address):
        if address == _CHIP_ID:
            return _ID
        at = self._at(address)
        return int.from_bytes(self._words()[at : at + 4], "little")

    def __setitem__(self, address, value):
        at = self._at(address)
        words = self._words()
        with open(_path("POLE_RTC"), "wb") as file:
            file.write(words[:at] + value.to_bytes(4, "little") + words[at + 4 :])

    def _at(self, address):
        if address not in (_SCRATCH, _SCRATCH + 4):
            raise ValueError("no register at 0x%x is simulated" % address)
        return address - _SCRATCH

    def _words(self):
        try:
            with open(_path("POLE_RTC"), "rb") as file:
                return file.read()
        except OSError:
            return bytes(8)


class _Modules:
    """What is found as ``rp2`` and ``uctypes``."""

    Flash = Flash

    @staticmethod
    def bytearray_at(address, size):
        """A piece of the flash, as the program sees it."""
        with open(_path("POLE_FLASH_IMAGE"), "rb") as file:
            file.seek(address - FLASH_AT)
            return bytearray(file.read(size))


def install():
    """Before the board's own files run."""
    sys.modules["rp2"] = sys.modules["uctypes"] = _Modules
    machine.mem32 = Registers()
    del machine.RTC.memory
