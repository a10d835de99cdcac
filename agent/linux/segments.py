"""The segment files of a journal's folder: 1 MB each, preallocated, few of them open at a time."""

import contextlib
import errno
import os
import threading
from pathlib import Path

from agent.linux.whole_files import sync_folder

SEGMENT = 1 << 20
OPEN = 16  # a journal may have more segments than a process may have files


class Segments:
    """``count`` files. What stood in them before is durable as soon as they are made. Thread-safe.

    OSError: no room for all of them.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self._lock = threading.Lock()  # of the tables below
        self._syncing = threading.Lock()  # one sync is whole before the next begins
        self._open: dict[int, int] = {}  # descriptors by number, the least recently used first
        self._dirty: set[int] = set()  # written since they were last synced; they are open
        self._busy: set[int] = set()  # being synced
        self._failed: OSError | None = None
        there = [number for number in range(count) if os.path.exists(self._path(number))]
        for number in range(count):
            self._prepare(number, number < max(there, default=0))

    def read(self, number: int, at: int, size: int) -> bytes:
        """size bytes. OSError if they cannot be read."""
        with self._lock:
            data = os.pread(self._descriptor(number), size, at)
        if len(data) != size:
            raise OSError(errno.EIO, "a segment of the journal is too short")
        return data

    def write(self, number: int, at: int, data: bytes) -> None:
        """Write over what stands there; durable after the next sync. OSError if it cannot be."""
        with self._lock:
            descriptor = self._descriptor(number)
            self._dirty.add(number)
            if os.pwrite(descriptor, data, at) != len(data):
                raise OSError(errno.EIO, "the disk took only a part")

    def sync(self) -> None:
        """Make durable all that was written before. OSError: some of it never will be."""
        with self._syncing:
            with self._lock:
                self._busy, self._dirty = self._dirty, set()
                batch = [self._open[number] for number in self._busy]
            try:
                for descriptor in batch:
                    os.fdatasync(descriptor)
            except OSError as error:
                self._failed = error
            with self._lock:
                self._busy = set()
        if self._failed is not None:
            raise self._failed

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open = {}

    def _path(self, number: int) -> str:
        return f"{self.folder}/segment-{number:04d}"

    def _descriptor(self, number: int) -> int:
        descriptor = self._open.pop(number, None)
        if descriptor is None:
            self._make_room()
            descriptor = os.open(self._path(number), os.O_RDWR)
        self._open[number] = descriptor
        return descriptor

    def _make_room(self) -> None:
        """Close the least recently used file, rather one that is not dirty: the system reports a
        write that failed to those who had the file open then, so it is synced before."""
        idle = [number for number in self._open if number not in self._busy]
        if len(self._open) < OPEN or not idle:
            return
        number = next((each for each in idle if each not in self._dirty), idle[0])
        descriptor = self._open.pop(number)
        try:
            if number in self._dirty:
                os.fdatasync(descriptor)
        except OSError as error:
            self._failed = error
        finally:
            self._dirty.discard(number)
            os.close(descriptor)

    def _prepare(self, number: int, between: bool) -> None:
        """See that the file is there, whole, and that what is read from it stands on the disk: an
        agent that was killed leaves writes that no sync has confirmed, or that one has refused.
        between: whether a later one is there; its loss is not to look like sectors never used."""
        path = self._path(number)
        if not os.path.exists(path):
            self._create(path, b"\0" if between else b"\xff")
        descriptor = os.open(path, os.O_RDWR)
        try:
            size = os.fstat(descriptor).st_size
            if size < SEGMENT:
                os.pwrite(descriptor, b"\xff" * (SEGMENT - size), size)
            # A disk that refuses has not kept it: what is there is read from it, as it is.
            with contextlib.suppress(OSError):
                os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)

    def _create(self, path: str, fill: bytes) -> None:
        half = path + ".new"
        descriptor = os.open(half, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.pwrite(descriptor, fill * SEGMENT, 0) != SEGMENT:
                raise OSError(errno.ENOSPC, "no space left on the disk")
            os.fsync(descriptor)
            os.replace(half, path)
            sync_folder(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(half)
            text = f"no room for the journal in {self.folder}: {error.strerror}"
            raise OSError(error.errno, text) from None
        finally:
            os.close(descriptor)
