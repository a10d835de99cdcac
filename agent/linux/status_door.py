"""The socket by which a running agent tells its state: ``status.socket`` in its journal's folder.

Each connection gets one JSON object (agent.linux.status), and is not listened to.
"""

import asyncio
import contextlib
import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SOCKET = "status.socket"
_WAIT_S = 5.0  # for a running agent's answer


class Door:
    """Answers whoever may write into the folder: its owner, and its group where that may, too."""

    def __init__(self, folder: Path, tell: Callable[[], dict[str, Any]]) -> None:
        self.path = folder / SOCKET
        self._tell = tell
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen. OSError where the file system has no sockets."""
        self.path.unlink(missing_ok=True)  # of an agent that was killed: the journal is ours
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short(self.path.parent) as folder:
                listener.bind(f"{folder}/{SOCKET}")
            group = stat.S_IMODE(self.path.parent.stat().st_mode) & 0o020
            self.path.chmod(0o660 if group else 0o600)
            self._server = await asyncio.start_unix_server(self._answer, sock=listener)
        except OSError:
            listener.close()
            raise

    async def close(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)

    async def _answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(json.dumps(self._tell()).encode())
            await writer.drain()
        writer.close()


def ask(folder: Path) -> dict[str, Any] | None:
    """The snapshot of the agent whose journal is in folder; None if no agent runs there.

    OSError if it may not be asked, or does not answer within 5 s.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(_WAIT_S)
        try:
            with _short(folder) as short:
                caller.connect(f"{short}/{SOCKET}")
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        data = b"".join(iter(lambda: caller.recv(1 << 16), b""))
    found = json.loads(data)
    return found if isinstance(found, dict) else None


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Another path to a folder: that of a socket must be shorter than 108 bytes (unix(7))."""
    number = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)
