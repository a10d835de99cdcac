"""The OSCORE secret that a device shares with the platform (RFC 8613, 3.1).

It is not the device's signing key, and proves nothing about a reading: it hides what is on the way.
"""

import secrets
from pathlib import Path

from agent.linux import oscore_files
from agent.protocols import cbor, sm3
from provisioning.authority import key_file

PLATFORM = b"\0"  # the platform's id in every context; a device's has 7 bytes


def make(serial: str, out: Path) -> list[Path]:
    """Write ``SERIAL.device`` and ``SERIAL.platform``, the two ends of one context. A board takes
    the device's end as ``oscore.cbor`` (board/sealed.py), which lies in the same folder.

    FileExistsError if there is one already: the numbers of a context must not begin again.
    """
    secret, salt = secrets.token_bytes(16), secrets.token_bytes(8)
    device = bytes(sm3.digest(serial.encode())[:7])
    paths = [out / f"{serial}.device", out / f"{serial}.platform"]
    for path, sender, recipient in (
        (paths[0], device, PLATFORM),
        (paths[1], PLATFORM, device),
    ):
        oscore_files.make(path, secret, salt, sender, recipient)
    packed = cbor.encode({1: secret, 2: salt, 3: device, 4: PLATFORM})
    key_file.write_secret(paths[0] / "oscore.cbor", packed)
    return paths
