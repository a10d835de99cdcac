"""A worker that ends a device's service, in a process of its own: AUTHORITY PASSPHRASE_FILE OLD
NEW. It says ``ready``, waits for a line, retires OLD (NEW is "-") or replaces it by NEW, and says
``done``, or why not.
"""

import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import BadSettings
from agent.linux.secrecy import read_passphrase
from provisioning.authority import enroll, folder
from provisioning.authority.application import Application
from tests.host import authority_case


def main(place: Path, passphrase: Path, old: str, new: str) -> None:
    """Do it once somebody says so."""
    authority = folder.open_folder(place, read_passphrase(passphrase))
    asked = Application(new, authority_case.request(new, 1 + zlib.crc32(new.encode())))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        if new == "-":
            enroll.retire(authority, old, b"", datetime.now(UTC))
        else:
            enroll.replace(authority, old, asked, datetime.now(UTC))
        print("done")
    except BadSettings as error:
        print(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
