"""The end of a node's secrets: files that are overwritten, and removed.

On flash memory the old cells may outlive this.
"""

import contextlib
import os
from pathlib import Path

from agent.linux.tls_files import TlsFiles
from agent.linux.whole_files import sync_folder

# What the authority wrote, for boards too, and what aiocoap keeps beside it (``oscore_files``).
_OSCORE = ("secret.json", "oscore.cbor", "settings.json", "sequence.json")


def wipe(path: Path) -> None:
    """Overwrite and remove a file, if it is there. OSError where that cannot be done."""
    if not path.exists():
        return
    with open(path, "r+b") as file:
        file.write(b"0" * path.stat().st_size)
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def secrets(tls: TlsFiles, oscore: Path | None) -> list[Path]:
    """The files by which a platform's carrier knows the node, as far as they are there: the key for
    TLS, the next one, their certificate, the OSCORE context. The authorities that it trusts are
    no secret, and may serve others on this machine."""
    paths = [path for path in (tls.key, tls.certificate) if path is not None]
    if tls.key is not None:
        paths.append(tls.key.with_name(tls.key.name + ".next"))
    if oscore is not None:
        paths += [oscore / name for name in _OSCORE]
    return [path for path in paths if path.exists()]


def remove_context(oscore: Path) -> None:
    """Remove the folder of an OSCORE context that was wiped, unless there is more in it."""
    (oscore / "lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        oscore.rmdir()
