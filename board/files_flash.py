"""The Flash port over files, for boards without a partition of their own: one file a sector.

Made for littlefs, where every close of a file that grew costs a copied block: programs wait in RAM
until ``sync``, which appends them, so the journal's commit interval (``commit_ms``) decides how
often that is. What was closed outlives a power cut; littlefs leaves a file as it was before.
"""

import os
from array import array

ENOENT = 2
WAITING = 8192  # bytes of programs that may wait in RAM before they are written without a sync


def _opened(path):
    """A file that stays open."""
    return open(path, "rb")


class FilesFlash:
    """Files ``0000``, ``0001`` ... in folder, which is made. A file that is short reads as erased
    behind its end. sector_size: bytes; few large files cost less than many small ones."""

    unit = 4

    def __init__(self, folder, sectors, sector_size=16384):
        self.folder = folder
        self.sectors = sectors
        self.sector_size = sector_size
        self._length = array("I", bytes(4 * sectors))  # what is in the files
        self._waiting = {}  # sector: bytes that follow those in its file
        self._asked = self._done = 0
        self._failed = None
        self._reader = None  # the file that was read last stays open,
        self._reading = None  # and this is its sector
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there
        for name in os.listdir(folder):
            if len(name) == 4 and name.isdigit() and int(name) < sectors:
                self._length[int(name)] = min(sector_size, os.stat(folder + "/" + name)[6])

    def read(self, sector, offset, size):
        """See agent.ports.Flash."""
        self._check(sector, offset, size)
        data = b""
        length = self._length[sector]
        if offset < length:
            data = self._read_file(sector, offset, min(size, length - offset))
        if sector in self._waiting:
            at = offset + len(data) - length
            data += bytes(self._waiting[sector][at : at + size - len(data)])
        return data + b"\xff" * (size - len(data))

    def program(self, sector, offset, data):
        """See agent.ports.Flash. It is in RAM until the next sync."""
        self._check(sector, offset, len(data))
        if offset % self.unit or len(data) % self.unit:
            raise ValueError("a program that is not aligned to the unit")
        if offset < self._length[sector]:
            self._write_over(sector, offset, data)
            return
        at = offset - self._length[sector]
        waiting = self._waiting.setdefault(sector, bytearray())
        waiting.extend(b"\xff" * (at + len(data) - len(waiting)))
        for index in range(len(data)):
            waiting[at + index] &= data[index]
        if sum([len(part) for part in self._waiting.values()]) > WAITING:
            self._write_out(sector)

    def erase(self, sector):
        """See agent.ports.Flash. The file goes at once."""
        self._check(sector, 0, self.sector_size)
        self._close_reader(sector)
        self._waiting.pop(sector, None)
        self._length[sector] = 0
        try:
            os.remove(self._path(sector))
        except OSError as error:
            if error.errno != ENOENT:
                raise

    def sync(self):
        """See agent.ports.Flash. It is done when it returns."""
        self._asked += 1
        try:
            for sector in sorted(self._waiting):
                self._write_out(sector)
        except OSError as error:
            self._failed = error
        if self._failed is None:
            self._done = self._asked
        return self._asked

    def synced(self):
        """See agent.ports.Flash. A sync that failed is never taken for one that may be repeated."""
        if self._failed is not None:
            raise self._failed
        return self._done

    def close(self):
        """Write out what waits, and close the file that was read last."""
        self.sync()
        if self._reading is not None:
            self._close_reader(self._reading)

    def _path(self, sector):
        return "%s/%04d" % (self.folder, sector)

    def _read_file(self, sector, offset, size):
        if self._reading != sector:
            if self._reading is not None:
                self._close_reader(self._reading)
            self._reader = _opened(self._path(sector))
            self._reading = sector
        self._reader.seek(offset)
        return self._reader.read(size)

    def _close_reader(self, sector):
        if self._reading == sector:
            self._reader.close()
            self._reading = None

    def _write_out(self, sector):
        """Append what waits for a sector to its file."""
        self._close_reader(sector)
        waiting = self._waiting[sector]
        with open(self._path(sector), "ab") as file:
            file.write(waiting)
        self._length[sector] += len(waiting)
        del self._waiting[sector]

    def _write_over(self, sector, offset, data):
        """Clear bits of what is in the file: a sector is given up, which is rare."""
        if sector in self._waiting:
            self._write_out(sector)
        changed = bytearray(self.read(sector, offset, len(data)))
        for index in range(len(data)):
            changed[index] &= data[index]
        self._close_reader(sector)
        with open(self._path(sector), "r+b") as file:
            file.seek(offset)
            file.write(changed)
        self._length[sector] = max(self._length[sector], offset + len(data))

    def _check(self, sector, offset, size):
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > self.sector_size:
            raise ValueError("outside the flash")
