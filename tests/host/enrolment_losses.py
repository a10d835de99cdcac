"""What a disk loses with the power: what was written and not forced to it, and names that a folder
got or lost since it was forced. POSIX promises no more (fsync); some file systems do.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Names = tuple[str, Callable[[], None]]  # of which folder, and what takes the change back


class Unforced:
    """The files below a folder. A file that was forced has its name, as file systems have it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._durable: dict[int, bytes] = {}  # content by inode, of those that were written to
        self._names: list[Names] = []

    def dirty(self, number: int) -> None:
        """An open file is about to change, or was just opened for that."""
        inode = os.fstat(number).st_ino
        if inode not in self._durable:
            self._durable[inode] = Path(f"/proc/self/fd/{number}").read_bytes()

    def forced(self, number: int, path: str) -> None:
        """A file, or a folder, is on the disk as it is."""
        self._durable.pop(os.fstat(number).st_ino, None)
        self._names = [(folder, undo) for folder, undo in self._names if folder != path]

    def named(self, how: str, path: str, to: str) -> None:
        """A name is about to be given, or taken away."""
        if how in ("rename", "replace"):
            self._names.append((os.path.dirname(to), _renamed(path, to)))
        elif how in ("unlink", "remove") and os.path.lexists(path):
            self._names.append((os.path.dirname(path), _kept(path)))
        elif how == "rmdir":
            mode = os.stat(path).st_mode & 0o777
            self._names.append((os.path.dirname(path), lambda: os.mkdir(path, mode)))

    def lose(self, names: bool) -> None:
        """The power goes. names: the folders', too."""
        for path in self._folder.rglob("*"):
            if path.is_file() and (durable := self._durable.get(path.stat().st_ino)) is not None:
                path.write_bytes(durable)
        for _, undo in reversed(self._names if names else []):
            with suppress(FileNotFoundError):
                undo()


def _renamed(path: str, to: str) -> Callable[[], None]:
    before = _kept(to) if os.path.isfile(to) else None

    def undo() -> None:
        os.rename(to, path)
        if before is not None:
            before()

    return undo


def _kept(path: str) -> Callable[[], None]:
    """What brings a file back as it is now."""
    content, mode = Path(path).read_bytes(), os.stat(path).st_mode & 0o777

    def bring_back() -> None:
        Path(path).write_bytes(content)
        os.chmod(path, mode)

    return bring_back
