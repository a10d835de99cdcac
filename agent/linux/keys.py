"""The device's private key on Linux: a file of 64 hex digits that only its owner may read."""

import errno
import os
import secrets
from pathlib import Path
from string import hexdigits

from agent.protocols.sm2 import N


def load_or_create(path: Path) -> int:
    """The private key in path; a fresh one is made where there is no file.

    OSError, in one plain sentence, for a file that others may read, or that is damaged.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        _create(path, secrets.randbelow(N - 2) + 1)
    return _load(path)


def _load(path: Path) -> int:
    with open(path, encoding="ascii", errors="replace") as file:
        mode = os.fstat(file.fileno()).st_mode
        text = file.read(200).strip()
    if mode & 0o077:
        raise OSError(
            errno.EPERM, f"{path} may be read by others: run chmod 600 on it, or make a new key"
        )
    # int() would also take signs, underscores and 0x.
    digits = len(text) == 64 and all(letter in hexdigits for letter in text)
    number = int(text, 16) if digits else 0
    if not 0 < number < N - 1:
        raise OSError(errno.EINVAL, f"{path} holds no private key (64 hex digits)")
    return number


def _create(path: Path, key: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{key:064x}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, path)
    # The name is durable only when its directory is.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
