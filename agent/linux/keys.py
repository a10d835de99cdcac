"""The device's private key on Linux: a file that only its owner may read.

It holds 64 hex digits; or, under a passphrase, encrypted PKCS#8 (see ``pkcs8``). The passphrase is
the first line of the file that POLE_PASSPHRASE_FILE names, or else of systemd's credential
``pole-passphrase``: a path may be seen by others, the passphrase itself stands nowhere.
"""

import errno
import os
import secrets
from pathlib import Path
from string import hexdigits

from agent.linux import pkcs8
from agent.linux.whole_files import replace
from agent.protocols.sm2 import N

PASSPHRASE_FILE = "POLE_PASSPHRASE_FILE"
CREDENTIAL = "pole-passphrase"


def load_or_create(path: Path) -> int:
    """The private key in path; a fresh one is made where there is no file, under the passphrase if
    there is one.

    OSError, in one plain sentence, for a file that others may read, or that is damaged, or that the
    passphrase does not open.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        _create(path, secrets.randbelow(N - 2) + 1)
    return _load(path)


def _passphrase() -> bytes | None:
    """The passphrase of this process, or None. OSError if its file cannot be read, or is empty."""
    named = os.environ.get(PASSPHRASE_FILE)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(named) if named else Path(folder or "/") / CREDENTIAL
    if not named and (folder is None or not path.exists()):
        return None
    words = path.read_bytes().splitlines()
    if not words or not words[0] or b"\0" in words[0]:
        raise OSError(errno.EINVAL, f"{path} holds no passphrase")
    return words[0]


def _load(path: Path) -> int:
    with open(path, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        data = file.read(4000).strip()
    sealed = data.startswith(pkcs8.BEGIN)
    if not sealed and not _digits(data):
        raise _no_key(path)  # a wrong file: whoever may read that
    if mode & 0o077:
        raise OSError(
            errno.EPERM, f"{path} may be read by others: run chmod 600 on it, or make a new key"
        )
    number = _opened(path, data) if sealed else _digits(data)
    if not 0 < number < N - 1:
        raise _no_key(path)
    return number


def _no_key(path: Path) -> OSError:
    return OSError(errno.EINVAL, f"{path} holds no private key (64 hex digits)")


def _digits(data: bytes) -> int:
    """The number of 64 hex digits, 0 for anything else."""
    # int() would also take signs, underscores and 0x.
    good = len(data) == 64 and all(byte in hexdigits.encode() for byte in data)
    return int(data, 16) if good else 0


def _opened(path: Path, data: bytes) -> int:
    passphrase = _passphrase()
    if passphrase is None:
        raise OSError(
            errno.EACCES, f"{path} needs its passphrase: name its file in {PASSPHRASE_FILE}"
        )
    try:
        return pkcs8.decrypted(data, passphrase)
    except OSError as error:
        raise OSError(error.errno, f"{path}: {error.strerror}") from None


def _written(key: int) -> bytes:
    passphrase = _passphrase()
    return f"{key:064x}\n".encode() if passphrase is None else pkcs8.encrypted(key, passphrase)


def _create(path: Path, key: int) -> None:
    data = _written(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, data, 0o600)
