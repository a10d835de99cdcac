"""What a process that holds keys does about itself: no core dump, no reader among its equals."""

import ctypes
import os
import resource
from pathlib import Path

from agent.errors import BadSettings

_PR_SET_DUMPABLE = 4  # include/uapi/linux/prctl.h


def keep_secrets() -> None:
    """No core dump of this process, and its memory in /proc only for root, from now on."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (OSError, AttributeError):
        pass  # not Linux: the limit above holds


def read_passphrase(path: Path) -> bytes:
    """The first line of a file that only its owner may read. BadSettings says what is wrong."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise BadSettings([f"{path} may be read by others: run chmod 600 on it"])
        return file.readline(1000).rstrip(b"\r\n")
