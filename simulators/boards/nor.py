"""The flash chip of a simulated board: a file of NOR semantics."""

import os
from pathlib import Path

SECTOR = 4096
_BLANK = b"\xff" * 65536


class Nor:
    """size bytes in the file at path, which is made blank. The board's interpreter opens the same
    file while it runs; the loader uses it only while the interpreter does not."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        if not path.exists():
            path.write_bytes(_BLANK * (size // len(_BLANK)))
        self._file = os.open(path, os.O_RDWR)

    def read(self, at: int, size: int) -> bytes:
        """size bytes; beyond the end it reads as blank."""
        return os.pread(self._file, size, at).ljust(size, b"\xff")

    def program(self, at: int, data: bytes) -> None:
        """Clear bits."""
        data = data[: max(0, self.size - at)]
        old = int.from_bytes(self.read(at, len(data)), "little")
        new = (old & int.from_bytes(data, "little")).to_bytes(len(data), "little")
        os.pwrite(self._file, new, at)

    def erase(self, at: int, size: int) -> None:
        """Set every sector that the span touches to FF."""
        first = at // SECTOR * SECTOR
        end = min(self.size, (at + size + SECTOR - 1) // SECTOR * SECTOR)
        while first < end:
            os.pwrite(self._file, _BLANK[: end - first], first)
            first += len(_BLANK)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
