"""The lock of a journal's folder: whoever holds it is the agent that runs there."""

import errno
import fcntl
import os
import time
from pathlib import Path

_NAME = "lock"
_TRIES, _PAUSE_S = 25, 0.02


def take(folder: Path) -> int:
    """Take the lock, until the descriptor that is returned is closed. OSError(EBUSY) where another
    agent holds it. Tried for half a second: is_taken holds it for an instant, too."""
    number = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if not left:
                os.close(number)
                raise OSError(errno.EBUSY, f"{folder} is in use by another agent") from None
            time.sleep(_PAUSE_S)
    return number


def is_taken(folder: Path) -> bool:
    """Whether an agent runs in folder; also True where its lock may not be looked at."""
    try:
        number = os.open(folder / _NAME, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(number)
    return False
