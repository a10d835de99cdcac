"""A stand-in for MicroPython's ``esp32``: partitions are files in the folder POLE_FLASH."""

import os

BLOCK = 4096
ENODEV = 19
_BLANK = b"\xff" * 256


class Partition:
    """A data partition with NOR semantics: writes clear bits, erases set a block."""

    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, label, size=1 << 20):
        self.label = label
        path = (os.getenv("POLE_FLASH") or ".") + "/" + label + ".partition"
        try:
            self._file = open(path, "r+b")
        except OSError:
            with open(path, "wb") as file:
                for _ in range(size // 256):
                    file.write(_BLANK)
            self._file = open(path, "r+b")
        self._blocks = self._file.seek(0, 2) // BLOCK

    @classmethod
    def find(cls, type=1, subtype=0xFF, label=None, block_size=BLOCK):
        """The partitions of a label: always one."""
        return [cls(label)]

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=None):
        """Program buf; without an offset the block is erased first."""
        if offset is None:
            self.ioctl(6, block)
            offset = 0
        old = bytearray(len(buf))
        self.readblocks(block, old, offset)
        for index in range(len(buf)):
            old[index] &= buf[index]
        self._file.seek(block * BLOCK + offset)
        self._file.write(old)
        self._file.flush()

    def ioctl(self, op, arg=0):
        """4: number of blocks, 5: their size, 6: erase one."""
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self._file.seek(arg * BLOCK)
            for _ in range(BLOCK // 256):
                self._file.write(_BLANK)
            self._file.flush()
        return 0
