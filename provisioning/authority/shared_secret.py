"""The OSCORE secret that a device shares with the platform (RFC 8613, 3.1).

It is not the device's signing key, and proves nothing about a reading: it hides what is on the way.
"""

import errno
import os
import secrets
import shutil
from pathlib import Path

from agent.linux import oscore_files, whole_files
from agent.protocols import cbor, sm3
from provisioning.authority import key_file

PLATFORM = b"\0"  # the platform's id in every context; a device's has 7 bytes


def make(serial: str, out: Path) -> list[Path]:
    """Write ``SERIAL.device`` and ``SERIAL.platform``, the two ends of one context. A board takes
    the device's end as ``oscore.cbor`` (board/sealed.py), which lies in the same folder.

    FileExistsError if there is one already: the numbers of a context must not begin again. Both are
    made in ``SERIAL.new``, the device's within the platform's: where a power cut left the latter
    without the former, the next call goes on there; whatever else it left is made anew.
    """
    paths = device, platform = out / f"{serial}.device", out / f"{serial}.platform"
    half = out / f"{serial}.new"
    out.mkdir(parents=True, exist_ok=True)
    with whole_files.alone(out):
        if not (half / "secret.json").exists() or (half / "device").exists():
            for path in paths:
                if path.exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            shutil.rmtree(half, ignore_errors=True)
            _make(serial, half)
            (half / "device").rename(device)
        half.rename(platform)
        whole_files.sync_folder(out)
    return list(paths)


def _make(serial: str, half: Path) -> None:
    secret, salt = secrets.token_bytes(16), secrets.token_bytes(8)
    device = bytes(sm3.digest(serial.encode())[:7])
    half.mkdir(mode=0o700)
    oscore_files.make(half / "device", secret, salt, device, PLATFORM)
    packed = cbor.encode({1: secret, 2: salt, 3: device, 4: PLATFORM})
    key_file.write_secret(half / "device" / "oscore.cbor", packed)
    oscore_files.fill(half, secret, salt, PLATFORM, device)
