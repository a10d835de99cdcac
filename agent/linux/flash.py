"""The Flash port on Linux: preallocated segment files, synced by a worker."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from agent.linux import journal_lock
from agent.linux.segments import SEGMENT, Segments
from agent.linux.whole_files import sync_folder

__all__ = ["SECTOR", "SEGMENT", "FileFlash"]
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
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        self._lock = journal_lock.take(folder)
        try:
            self._segments = Segments(folder, segments)
        except OSError:
            os.close(self._lock)
            raise
        self._asked = self._done = 0
        self._marked = False  # whether a sector was given up, and that is not synced
        self._failed: OSError | None = None
        self._closing = False
        self._turn = threading.Condition()
        self._start()

    def _start(self) -> None:
        self._worker = threading.Thread(target=self._work, name="journal-sync", daemon=True)
        self._worker.start()

    def _place(self, sector: int, offset: int, size: int) -> tuple[int, int]:
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > SECTOR:
            raise ValueError("outside the flash")
        return divmod(sector * SECTOR + offset, SEGMENT)

    def read(self, sector: int, offset: int, size: int) -> bytes:
        """See agent.ports.Flash."""
        segment, at = self._place(sector, offset, size)
        return self._segments.read(segment, at, size)

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """See agent.ports.Flash. The files keep the semantics only as far as the journal needs:
        what is programmed over erased bytes stands there, and zeros stand over anything: they mark
        a sector as given up."""
        segment, at = self._place(sector, offset, len(data))
        mark = not any(data)
        if mark:
            self._keep_marks()
        self._segments.write(segment, at, data)
        self._marked = self._marked or mark

    def erase(self, sector: int) -> None:
        """See agent.ports.Flash."""
        self._keep_marks()
        self.program(sector, 0, b"\xff" * SECTOR)

    def _keep_marks(self) -> None:
        """Writes that were not synced become durable in any order, also in part. Those that give
        sectors up must keep theirs, among each other and before the erase."""
        if self._marked:
            self._segments.sync()
            self._marked = False

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
        self._segments.close()
        os.close(self._lock)

    def _work(self) -> None:
        while True:
            with self._turn:
                while self._asked == self._done and not self._closing:
                    self._turn.wait()
                if self._asked == self._done or self._failed is not None:
                    return
            self._sync_now()

    def _sync_now(self) -> None:
        asked = self._asked  # before it is gathered what there is to sync
        try:
            self._segments.sync()
        except OSError as error:
            text = f"the disk failed to keep the journal: {error.strerror}"
            self._failed = OSError(error.errno, text)
        else:
            self._done = asked
        self._on_sync()
