"""A journal to be looked at: the Flash port over files that are opened to read only."""

import errno
import os
from math import gcd
from pathlib import Path

from agent.buffer import record
from agent.linux.flash import SECTOR, SEGMENT

STATE_SECTORS = 2  # they stand before the journal, on boards and on Linux
_UNITS = (4, 8, 16, 32, 256)
_GUESS = 64 << 20  # how much of a file is searched for headers
_FINEST = 512  # the smallest sector that any flash has


class ReadOnlyFlash:
    """A folder of segments, or one file that is a dump of a flash. sector, unit: 0 to guess.

    ``missing``: bytes that the last sector lacks; they read as erased. OSError for no such file,
    a folder without segments, an empty file, or a dump whose sectors cannot be told.
    """

    def __init__(self, path: Path, sector: int = 0, unit: int = 0) -> None:
        self._paths: dict[int, Path] = {}
        self._piece = SEGMENT
        self._number, self._file = -1, -1  # one is open: a folder may have more than a process may
        try:
            size = self._find(path)
            self.sector_size = sector or (SECTOR if path.is_dir() else _sector_size(path, size))
            self.sectors = -(-size // self.sector_size)
            self.missing = self.sectors * self.sector_size - size
            self.unit = unit or 4
            if not unit:
                self.unit = self._guess_unit()
        except OSError:
            self.close()
            raise

    def _find(self, path: Path) -> int:
        """Find the files; returns the bytes from the beginning to the end of the last one."""
        if not path.is_dir():
            self._paths[0] = path
            size = path.stat().st_size
            self._piece = max(1, size)
            if not size:
                raise OSError(errno.EINVAL, "no journal here: the file is empty", str(path))
            return size
        for file in path.glob("segment-*"):
            number = file.name.removeprefix("segment-")
            if number.isdigit():
                self._paths[int(number)] = file
        if not self._paths:
            text = "no journal here: the folder has no segment-0000 (a node's journal is the "
            raise OSError(errno.ENOENT, text + "folder 'journal' beside its pole.toml)", str(path))
        last = max(self._paths)
        return last * SEGMENT + self._paths[last].stat().st_size

    def read(self, sector: int, offset: int, size: int) -> bytes:
        """See agent.ports.Flash. OSError where a whole segment is not there."""
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > self.sector_size:
            raise ValueError("outside the flash")
        number, at = divmod(sector * self.sector_size + offset, self._piece)
        if number != self._number and number in self._paths:
            self.close()
            self._file = os.open(self._paths[number], os.O_RDONLY)
            self._number = number
        if number == self._number:
            data = os.pread(self._file, size, at)
        elif self._piece == SEGMENT and number < max(self._paths):
            raise OSError(errno.EIO, "this segment is not there")
        else:
            data = b""
        return data + b"\xff" * (size - len(data))

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """Never."""
        raise OSError(errno.EROFS, "this journal is only looked at")

    def erase(self, sector: int) -> None:
        """Never."""
        raise OSError(errno.EROFS, "this journal is only looked at")

    def sync(self) -> int:
        """Nothing was written."""
        return 0

    def synced(self) -> int:
        """Nothing was written."""
        return 0

    def close(self) -> None:
        """Close the file that is open."""
        if self._number >= 0:
            os.close(self._file)
        self._number = -1

    def _guess_unit(self) -> int:
        """The program unit by which a record stands behind a header; 4 if nothing tells."""
        for sector in range(self.sectors):
            try:
                data = self.read(sector, 0, min(self.sector_size, 2048))
            except OSError:
                continue
            fields = record.parse_header(data)
            if fields is None:
                continue
            seed = record.salt(fields[2], fields[4])
            for unit in _UNITS:
                start = record.align(record.HEADER[fields[0]], unit) + unit
                if _is_record(data[start:], seed):
                    return unit
        return 4


def _is_record(data: bytes, seed: int) -> bool:
    size = int.from_bytes(data[:2], "big")
    if len(data) < record.RECORD + size or data[2] not in (record.DATA, record.ACK, record.BOOT):
        return False
    payload = data[record.RECORD : record.RECORD + size]
    whole = record.record(data[2], data[3], record.u32(data, 4), record.u32(data, 8), payload, seed)
    return whole == data[: len(whole)]


def _sector_size(path: Path, size: int) -> int:
    """The sector size of a dump, by where its headers stand."""
    with open(path, "rb") as file:
        data = file.read(min(size, _GUESS))
    places = []
    at = data.find(record.MAGIC)
    newer = set()
    while at >= 0:
        head = data[at : at + record.MAX_HEADER]
        if at % _FINEST == 0 and len(head) == record.MAX_HEADER:
            if record.parse_header(head) is not None:
                places.append(at)
            elif record.FORMAT < head[3] < 0xFF:
                newer.add(head[3])
        at = data.find(record.MAGIC, at + 1)
    if not places:
        raise OSError(errno.EINVAL, nothing(data, newer), str(path))
    found = gcd(*places)
    found &= -found  # a power of two, on every flash there is
    # The first two sectors are not the journal's, unless it has the whole flash.
    while places[0] and places[0] // found < STATE_SECTORS:
        found //= 2
    if not found:
        raise OSError(errno.EINVAL, "a single sector header: give the --sector size", str(path))
    return found


def nothing(data: bytes, newer: set[int]) -> str:
    """Why these bytes are no journal, as a sentence."""
    if newer:
        return (
            f"a journal of format {max(newer)}: this program reads up to {record.FORMAT}; "
            "use a newer one"
        )
    if data.count(b"\xff") == len(data):
        return "no journal here: every byte is erased, nothing was ever stored"
    return "no journal here: none of the bytes are a sector header of a journal"
