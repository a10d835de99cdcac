"""A stand-in for MicroPython's ``esp32``.

Partitions are those of the flash image that POLE_FLASH_IMAGE names, by its own partition table; or
each is a file of its own in the folder POLE_FLASH, of the size that the journal has in 4 MB.
POLE_HOST is where the host's files begin.
"""

import os

BLOCK = 4096
_BLANK = b"\xff" * 256
_TABLE_AT, _ROWS = 0x8000, 96


def _open(path):
    return open((os.getenv("POLE_HOST") or "") + path, "r+b")


def _rows():
    """(label, type, subtype, offset, size) of each row of the image's table."""
    rows = []
    with _open(os.getenv("POLE_FLASH_IMAGE")) as file:
        file.seek(_TABLE_AT)
        for _ in range(_ROWS):
            row = file.read(32)
            if row[:2] != b"\xaa\x50":
                break
            label = row[12:28].split(b"\0")[0].decode()
            offset, size = [int.from_bytes(row[at : at + 4], "little") for at in (4, 8)]
            rows.append((label, row[2], row[3], offset, size))
    return rows


class Partition:
    """A partition with NOR semantics: writes clear bits, erases set a block. The application runs
    from the first one of its type."""

    TYPE_APP, TYPE_DATA = 0, 1
    BOOT, RUNNING = 0, 1

    def __init__(self, label, row=None, size=1 << 19):
        if label in (Partition.BOOT, Partition.RUNNING):
            row = next(one for one in _rows() if one[1] == Partition.TYPE_APP)
        self._row = row or (label, Partition.TYPE_DATA, 0x40, 0, size)
        self.label = self._row[0]
        if row is None:
            self._file = _own_file(label, size)
            self._blocks = self._file.seek(0, 2) // BLOCK
        else:
            self._file = _open(os.getenv("POLE_FLASH_IMAGE"))
            self._blocks = row[4] // BLOCK

    @classmethod
    def find(cls, type=1, subtype=0xFF, label=None, block_size=BLOCK):
        """The partitions of a type, subtype and label, each where it is given."""
        if not os.getenv("POLE_FLASH_IMAGE"):
            return [cls(label)]
        return [
            cls(row[0], row)
            for row in _rows()
            if row[1] == type and subtype in (0xFF, row[2]) and label in (None, row[0])
        ]

    def info(self):
        """(type, subtype, address, size, label, encrypted)."""
        label, type, subtype, offset, size = self._row
        return type, subtype, offset, size, label, False

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        self._file.seek(self._row[3] + block * BLOCK + offset)
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
        self._file.seek(self._row[3] + block * BLOCK + offset)
        self._file.write(old)
        self._file.flush()

    def ioctl(self, op, arg=0):
        """4: number of blocks, 5: their size, 6: erase one."""
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self._file.seek(self._row[3] + arg * BLOCK)
            for _ in range(BLOCK // 256):
                self._file.write(_BLANK)
            self._file.flush()
        return 0


def _own_file(label, size):
    path = (os.getenv("POLE_FLASH") or ".") + "/" + label + ".partition"
    try:
        return _open(path)
    except OSError:
        with open(path, "wb") as file:
            for _ in range(size // 256):
                file.write(_BLANK)
        return _open(path)
