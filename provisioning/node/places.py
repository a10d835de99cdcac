"""Where things lie on a Linux node, below a root that is "/" except in tests and images."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from agent.linux.node_slots import PREFIX, STATE_FOLDER, VERSIONS
from provisioning.node.words import NodeFailure

TRUST = Path("/etc/pole/release.pub")
LOCK = Path("/etc/pole/install.lock")
ENOSPC, EDQUOT = 28, 122


class Places:
    """The paths. ``live``: whether this is the running machine itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.live = root.resolve() == Path("/")
        self.prefix = self.below(PREFIX)
        self.versions = self.prefix / VERSIONS
        self.state = self.below(STATE_FOLDER)
        self.settings = self.state / "pole.toml"
        self.trust = self.below(TRUST)

    def below(self, path: Path) -> Path:
        """An absolute path of the node, below the root."""
        return self.root / path.relative_to("/")


@contextlib.contextmanager
def alone(places: Places) -> Iterator[None]:
    """Keep a second installation out; NodeFailure where one is at work. The lock ends with the
    process, however that ends. Root's alone: nobody else can hold it."""
    path = places.below(LOCK)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "r+b"):
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeFailure("busy") from None
        yield


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Whatever cannot be written there becomes one sentence."""
    try:
        yield
    except PermissionError as error:
        raise NodeFailure("no-root", path=error.filename or path) from None
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise NodeFailure("no-room", path=path) from None
        reason = error.strerror or str(error)
        raise NodeFailure("failed-write", path=error.filename or path, reason=reason) from None


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all, durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.chmod(mode)
    os.replace(half, path)
