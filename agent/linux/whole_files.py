"""Files that are there whole or not at all: a power cut leaves the old content, or the new one. The
like of ``board/whole_files.py``."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put data in place of what the file held, durably. mode: of a new file, less the umask; an old
    one's mode stays, and its owner where it may be given away. OSError where it cannot be written;
    then the old content is there."""
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(half, flags, mode), "wb") as file:
            _like(path, file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _like(path: Path, descriptor: int) -> None:
    try:
        old = path.stat()
    except FileNotFoundError:
        return
    if old.st_uid != os.geteuid() or old.st_gid != os.getegid():
        with contextlib.suppress(PermissionError):  # several people share a registry's folder
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o777)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One writer at a time in a folder, of those who ask."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
