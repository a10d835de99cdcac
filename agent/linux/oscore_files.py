"""The OSCORE security context of a node: a folder that aiocoap keeps (RFC 8613, 3.1 and B.1.1).

``settings.json`` and ``secret.json`` come from the authority; ``sequence.json`` is written here,
ahead of the numbers that are used. A folder must be moved, never copied: two that count alike would
use one number twice.
"""

import errno
import json
import os
from pathlib import Path
from typing import Any

from agent.linux import whole_files


def load(folder: Path) -> Any:
    """The context in folder. OSError, in one plain sentence, for one that does not serve."""
    try:
        from aiocoap.oscore import FilesystemSecurityContext  # type: ignore[import-untyped]
    except ImportError:
        raise OSError(
            errno.ENOTSUP, "OSCORE needs more of aiocoap: pip install 'pole-agent[oscore]'"
        ) from None
    for name in ("settings.json", "secret.json"):
        if not (folder / name).is_file():
            raise OSError(errno.ENOENT, f"{folder / name}: no such file")
    if os.stat(folder / "secret.json").st_mode & 0o077:
        raise OSError(
            errno.EPERM, f"{folder / 'secret.json'} may be read by others: run chmod 600 on it"
        )
    try:
        return FilesystemSecurityContext(
            str(folder), sequence_number_chunksize_start=1000, sequence_number_chunksize_limit=10000
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(errno.EINVAL, f"{folder} holds no security context: {error}") from None
    except TimeoutError:
        raise OSError(errno.EBUSY, f"{folder} is in use by another program") from None


def make(folder: Path, secret: bytes, salt: bytes, sender: bytes, recipient: bytes) -> None:
    """Write a fresh context. FileExistsError if there is one: its numbers must not begin again."""
    folder.mkdir(mode=0o700, parents=True)
    fill(folder, secret, salt, sender, recipient)


def fill(folder: Path, secret: bytes, salt: bytes, sender: bytes, recipient: bytes) -> None:
    """Write a fresh context into a folder that is there. Its secret comes last."""
    ids = {"sender-id_hex": sender.hex(), "recipient-id_hex": recipient.hex()}
    keys = {"secret_hex": secret.hex(), "salt_hex": salt.hex()}
    for name, content in (("settings.json", ids), ("secret.json", keys)):
        data = (json.dumps(content) + "\n").encode("ascii")
        whole_files.replace(folder / name, data, 0o600)
