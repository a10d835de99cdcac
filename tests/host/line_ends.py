"""Far ends of real lines, for the contract of every Line: a pty, and a TCP server on loopback."""

import os
import select
import socket
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.linux.line import SerialLine, TcpLine

_SLOW = 256  # bytes that a slow reader takes at once
PATIENCE_MS = 60_000


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def wait_for(wanted: Callable[[], Any]) -> Any:
    """Its value, once it is true."""
    deadline = now_ms() + PATIENCE_MS
    while not (found := wanted()):
        assert now_ms() < deadline, "waited in vain"
        time.sleep(0.0005)
    return found


class PtyEnd:
    """The other end of a serial line: a pty's master, the slave linked at path."""

    patience = PATIENCE_MS

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line: Any = SerialLine(str(path))
        self.now = now_ms
        self._heard = bytearray()
        self._master = -1
        self.restore()

    def send(self, data: bytes) -> None:
        os.write(self._master, data)

    def received(self) -> bytes:
        if select.select([self._master], [], [], 0)[0]:
            self._heard += os.read(self._master, _SLOW)
        return bytes(self._heard)

    def pull(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)
            self.path.unlink()
            self._master = -1

    def restore(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path.symlink_to(os.ttyname(self._slave))

    def end(self) -> None:
        self.line.close()
        self.pull()


class TcpEnd:
    """A server for one connection at a time."""

    patience = PATIENCE_MS

    def __init__(self) -> None:
        self.now = now_ms
        self._connection: socket.socket | None = None
        self._heard = bytearray()
        self._port = 0
        self.restore()
        self.line = TcpLine(f"tcp://127.0.0.1:{self._port}")

    def send(self, data: bytes) -> None:
        self._accept(PATIENCE_MS)
        assert self._connection is not None
        self._connection.sendall(data)

    def received(self) -> bytes:
        self._accept(0)
        if self._connection and select.select([self._connection], [], [], 0)[0]:
            self._heard += self._connection.recv(_SLOW)
        return bytes(self._heard)

    def drain(self, size: int, meanwhile: Callable[[], object]) -> bytes:
        """All of size bytes, at full speed."""
        assert self._connection is not None
        while len(self._heard) < size:
            meanwhile()
            if select.select([self._connection], [], [], 0.01)[0]:
                self._heard += self._connection.recv(1 << 20)
        return bytes(self._heard)

    def pull(self) -> None:
        self._listener.close()
        if self._connection:
            self._connection.close()
            self._connection = None

    def restore(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._port = self._listener.getsockname()[1]

    def end(self) -> None:
        self.line.close()
        self.pull()

    def _accept(self, wait_ms: int) -> None:
        """The newest connection is the one that counts."""
        while select.select([self._listener], [], [], 0 if self._connection else wait_ms / 1000)[0]:
            if self._connection:
                self._connection.close()
            self._connection = self._listener.accept()[0]
