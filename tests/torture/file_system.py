"""A file system in memory whose power may go: in place of the module os, for agent.linux.segments.

What was written since a file's last sync survives a cut in any subset and in any order, in blocks
of 512 bytes, one of them torn; or as the page cache would have it: each block as it once stood.
"""

import errno
import os
from types import SimpleNamespace

from simulators.world.dice import Dice

BLOCK = 512
WAYS = ("nothing", "all", "any order", "any order", "any order", "page cache", "page cache", "torn")


class File:
    """``cached``: what a process reads; ``durable``: what is on the disk; ``pending``: (where,
    bytes) written since the last sync; ``name`` it had last."""

    def __init__(self, name: str, content: bytes = b"") -> None:
        self.name = name
        self.cached = bytearray(content)
        self.durable = bytearray(content)
        self.pending: list[tuple[int, bytes]] = []

    def write(self, at: int, data: bytes) -> None:
        """Write into the cache."""
        self.cached[at : at + len(data)] = data
        self.pending.append((at, bytes(data)))

    def sync(self) -> None:
        """All that was written stands on the disk."""
        for at, data in self.pending:
            self.durable[at : at + len(data)] = data
        self.pending = []

    def survivor(self, way: str, dice: Dice) -> bytearray:
        """What the disk holds after a cut."""
        blocks = [piece for write in self.pending for piece in _split(*write)]
        if way == "nothing":
            blocks = []
        elif way != "all":
            kept = dice.between(100, 900)
            blocks = [block for block in blocks if dice.chance(kept)]
        if way == "any order":
            blocks.sort(key=lambda _: dice.below(1 << 30))
        content = bytearray(self.durable)
        for number, (at, data) in enumerate(blocks):
            if way == "page cache" and not self._whole(blocks[: number + 1]):
                continue
            if way == "torn" and number == len(blocks) - 1:
                data = data[: dice.below(len(data) + 1)]
            content[at : at + len(data)] = data
        return content

    def _whole(self, blocks: list[tuple[int, bytes]]) -> bool:
        """Whether all writes to the last one's block, up to it, are among these."""
        at, data = blocks[-1]
        block = at // BLOCK
        every = [piece for write in self.pending for piece in _split(*write)]
        first = [piece for piece in every if piece[0] // BLOCK == block]
        first = first[: first.index((at, data)) + 1]
        return first == [piece for piece in blocks if piece[0] // BLOCK == block]


def _split(at: int, data: bytes) -> list[tuple[int, bytes]]:
    """A write by the blocks that it touches."""
    pieces = []
    while data:
        size = BLOCK - at % BLOCK
        pieces.append((at, data[:size]))
        at, data = at + size, data[size:]
    return pieces


class FileSystem:
    """The part of the module os that segments need. ``refuse``: a call's name to the error number
    that it ends in, from the ``after``-th of all counted calls on, ``times`` times."""

    O_RDWR, O_CREAT, O_RDONLY = os.O_RDWR, os.O_CREAT, os.O_RDONLY
    POSIX_FADV_DONTNEED = os.POSIX_FADV_DONTNEED

    def __init__(self, files: dict[str, File] | None = None) -> None:
        self.files = files or {}  # by name, as a process sees them
        self.lasting = dict(self.files)  # as the folder on the disk has them
        self.path = SimpleNamespace(exists=lambda path: str(path) in self.files)
        self.refuse: dict[str, int] = {}
        self.after = self.times = 0
        self.calls = 0
        self._open: dict[int, File | None] = {}

    def survivor(self, way: str, dice: Dice) -> "FileSystem":
        """What is there after a power cut."""
        return FileSystem(
            {name: File(name, file.survivor(way, dice)) for name, file in self.lasting.items()}
        )

    def copy(self) -> "FileSystem":
        """The same files, cache and all, under nobody's hands."""
        copies = {}
        for name, file in self.files.items():
            copies[name] = copy = File(name)
            copy.cached, copy.durable = bytearray(file.cached), bytearray(file.durable)
            copy.pending = list(file.pending)
        system = FileSystem(copies)
        system.lasting = {name: copies[name] for name in self.lasting if name in copies}
        return system

    def image(self) -> bytes:
        """All that a process would read."""
        return b"".join(bytes(self.files[name].cached) for name in sorted(self.files))

    def open(self, path: object, flags: int, mode: int = 0o600) -> int:
        """See os.open; a folder is what has no name here."""
        name = str(path)
        self._count("open")
        if name not in self.files and flags & self.O_CREAT:
            self.files[name] = File(name)
        elif name not in self.files and "segment-" in name:
            raise OSError(errno.ENOENT, "no such file")
        descriptor = 3 + len(self._open)
        self._open[descriptor] = self.files.get(name)
        return descriptor

    def close(self, descriptor: int) -> None:
        """See os.close."""
        self._open[descriptor] = None

    def pread(self, descriptor: int, size: int, at: int) -> bytes:
        """See os.pread."""
        self._count("pread")
        return bytes(self._file(descriptor).cached[at : at + size])

    def pwrite(self, descriptor: int, data: bytes, at: int) -> int:
        """See os.pwrite. Where the disk is full half of it is written."""
        try:
            self._count("pwrite")
        except OSError as error:
            if error.errno != errno.ENOSPC or len(data) < BLOCK:
                raise
            data = data[: len(data) // 2]
        self._file(descriptor).write(at, data)
        return len(data)

    def fstat(self, descriptor: int) -> SimpleNamespace:
        """See os.fstat."""
        return SimpleNamespace(st_size=len(self._file(descriptor).cached))

    def fdatasync(self, descriptor: int) -> None:
        """See os.fdatasync. One that fails is the last to tell of what was pending: it stays in the
        cache, and never gets to the disk."""
        file = self._file(descriptor)
        try:
            self._count("fdatasync")
        except OSError:
            file.pending = []
            raise
        file.sync()

    def fsync(self, descriptor: int) -> None:
        """See os.fsync; of a folder: its names last."""
        if self._open[descriptor] is None:
            self.lasting = dict(self.files)
        else:
            self.fdatasync(descriptor)

    def replace(self, old: str, new: str) -> None:
        """See os.replace."""
        self.files[new] = self.files.pop(old)

    def unlink(self, path: str) -> None:
        """See os.unlink."""
        if self.files.pop(path, None) is None:
            raise OSError(errno.ENOENT, "no such file")

    def posix_fadvise(self, descriptor: int, at: int, size: int, advice: int) -> None:
        """See os.posix_fadvise: what is clean leaves the cache."""
        file = self._file(descriptor)
        if not file.pending:
            file.cached = bytearray(file.durable)

    def _file(self, descriptor: int) -> File:
        file = self._open[descriptor]
        if file is None:
            raise OSError(errno.EBADF, "not an open file")
        return file

    def _count(self, call: str) -> None:
        """Fail if it is to fail."""
        if call in self.refuse:
            self.calls += 1
            if self.after < self.calls <= self.after + self.times:
                raise OSError(self.refuse[call], "refused")
