"""The Flash port on Linux: preallocated segment files of 1 MB, synced by a worker."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

SEGMENT = 1 << 20
SECTOR = 1 << 16


class FileFlash:
    """A folder of segment files. size is rounded up to whole segments. One process at a time.

    ``on_sync`` is called by the worker when more has become durable.
    """

    sector_size = SECTOR
    unit = 4

    def __init__(
        self, folder: Path, size: int, on_sync: Callable[[], object] = lambda: None
    ) -> None:
        self.folder = folder
        segments = max(1, -(-size // SEGMENT))
        self.sectors = segments * SEGMENT // SECTOR
        self._on_sync = on_sync
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise OSError(errno.EBUSY, f"{folder} is in use by another agent") from None
        self._files: list[int] = []
        try:
            for number in range(segments):
                self._files.append(self._segment(number))
        except OSError:
            self._release()
            raise
        self._asked = self._done = 0
        self._dirty: set[int] = set()
        self._failed: OSError | None = None
        self._closing = False
        self._turn = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="journal-sync", daemon=True)
        self._worker.start()

    def _segment(self, number: int) -> int:
        path = self.folder / f"segment-{number:04d}"
        if not path.exists():
            half = path.with_suffix(".new")
            try:
                with open(half, "wb") as file:
                    file.write(b"\xff" * SEGMENT)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(half, path)
                folder = os.open(self.folder, os.O_RDONLY)
                os.fsync(folder)
                os.close(folder)
            except OSError as error:
                half.unlink(missing_ok=True)
                text = f"no room for the journal in {self.folder}: {error.strerror}"
                raise OSError(error.errno, text) from None
        file_size = path.stat().st_size
        descriptor = os.open(path, os.O_RDWR)
        if file_size < SEGMENT:
            os.pwrite(descriptor, b"\xff" * (SEGMENT - file_size), file_size)
        return descriptor

    def _place(self, sector: int, offset: int, size: int) -> tuple[int, int]:
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > SECTOR:
            raise ValueError("outside the flash")
        segment, rest = divmod(sector * SECTOR + offset, SEGMENT)
        return segment, rest

    def read(self, sector: int, offset: int, size: int) -> bytes:
        """See agent.ports.Flash."""
        segment, at = self._place(sector, offset, size)
        return os.pread(self._files[segment], size, at)

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """See agent.ports.Flash. The files keep the semantics only as far as the journal needs:
        what is programmed over erased bytes stands there."""
        segment, at = self._place(sector, offset, len(data))
        if os.pwrite(self._files[segment], data, at) != len(data):
            raise OSError(errno.EIO, "the disk took only a part")
        self._dirty.add(segment)

    def erase(self, sector: int) -> None:
        """See agent.ports.Flash."""
        self.program(sector, 0, b"\xff" * SECTOR)

    def sync(self) -> int:
        """See agent.ports.Flash."""
        with self._turn:
            self._asked += 1
            self._turn.notify()
            return self._asked

    def synced(self) -> int:
        """See agent.ports.Flash. A sync that failed is never taken for one that may be repeated."""
        if self._failed is not None:
            raise self._failed
        return self._done

    def close(self) -> None:
        """Sync what is open, end the worker, let others in."""
        with self._turn:
            self._closing = True
            self._turn.notify()
        self._worker.join()
        self._release()

    def _release(self) -> None:
        for descriptor in self._files:
            os.close(descriptor)
        self._files = []
        os.close(self._lock)

    def _work(self) -> None:
        while True:
            with self._turn:
                while self._asked == self._done and not self._closing:
                    self._turn.wait()
                if self._asked == self._done or self._failed is not None:
                    return
                asked = self._asked
                dirty, self._dirty = self._dirty, set()
            try:
                for segment in dirty:
                    os.fdatasync(self._files[segment])
            except OSError as error:
                text = f"the disk failed to keep the journal: {error.strerror}"
                self._failed = OSError(error.errno, text)
            else:
                self._done = asked
            self._on_sync()
