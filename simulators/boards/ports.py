"""What a simulated board is plugged into: a pty, a TCP socket, or a TCP socket that also carries
the modem lines (RFC 2217).

A pty and a plain socket have no modem lines, so nobody can hold BOOT and press RESET over them.
There the board acts as if a technician did: a loader's SYNC brings it into download mode, and it
starts its application when the port is closed.
"""

import contextlib
import logging
import os
import select
import socket
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serial.rfc2217 import PortManager

_PIECE = 65536


class PtyPort:
    """A pty behind a stable path. ``url`` is what a tool opens."""

    has_lines = False

    def __init__(self, path: Path) -> None:
        self.url = str(path)
        self._path = path
        self._master = -1
        self.opened = False
        self.plug()

    def plug(self) -> None:
        """Put the cable in."""
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        """Pull the cable: whoever has the port open gets an error."""
        if self._master >= 0:
            os.close(self._master)
            self._path.unlink(missing_ok=True)
        self._master, self.opened = -1, False

    def fileno(self) -> int:
        """What to wait for, or -1 while nobody has the port open."""
        return self._master if self.opened else -1

    def read(self) -> bytes:
        """What arrived. Also finds out whether somebody has the port open."""
        if self._master < 0:
            return b""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        ready = poll.poll(0)
        state = ready[0][1] if ready else 0
        data = b""
        if state & select.POLLIN:
            with contextlib.suppress(OSError):
                data = os.read(self._master, _PIECE)
        self.opened = bool(data) or not state & select.POLLHUP
        return data

    def write(self, data: bytes) -> None:
        """Say something; while nobody listens it is lost, as on a wire."""
        if not self.opened:
            return
        view = memoryview(data)
        while len(view):
            try:
                view = view[os.write(self._master, view) :]
            except BlockingIOError:
                if not select.select([], [self._master], [], 2)[1]:
                    return
            except OSError:
                return


class TcpPort:
    """A TCP port on the loopback, for ``socket://``; one client at a time."""

    has_lines = False
    scheme = "socket"

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.url = f"{self.scheme}://127.0.0.1:{self._server.getsockname()[1]}"
        self._client: socket.socket | None = None

    @property
    def opened(self) -> bool:
        """Whether a client is there."""
        return self._client is not None

    def plug(self) -> None:
        """Nothing: a server listens until it is unplugged for good."""

    def unplug(self) -> None:
        """Drop the client and stop to listen."""
        self._drop()
        self._server.close()

    def fileno(self) -> int:
        """What to wait for."""
        return (self._client or self._server).fileno()

    def read(self) -> bytes:
        """What arrived; takes a new client where there is none."""
        if self._client is None:
            with contextlib.suppress(OSError):
                self._client, _ = self._server.accept()
                self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._client.setblocking(False)
                self._met()
            return b""
        try:
            data = self._client.recv(_PIECE)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop()
        return data

    def write(self, data: bytes) -> None:
        """Say something."""
        if self._client is not None:
            try:
                self._client.setblocking(True)
                self._client.sendall(data)
                self._client.setblocking(False)
            except OSError:
                self._drop()

    def _met(self) -> None:
        """A client came."""

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


class _Lines:
    """What PortManager takes for a serial port: settings that are kept, and two lines that count.

    changed: called with (dtr, rts) whenever one of them changes.
    """

    def __init__(self, changed: Callable[[bool, bool], None]) -> None:
        self._changed = changed
        self._lines = {"dtr": False, "rts": False}
        self.port = "simulated"
        self.baudrate, self.bytesize, self.parity, self.stopbits = 115200, 8, "N", 1
        self.xonxoff = self.rtscts = self.dsrdtr = False
        self.timeout = self.write_timeout = None
        self.cts = self.dsr = self.cd = True
        self.ri = self.break_condition = False

    def __getattr__(self, name: str) -> Any:
        if name in ("dtr", "rts"):
            return self._lines[name]
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in ("dtr", "rts"):
            super().__setattr__(name, value)
        elif self._lines[name] != bool(value):
            self._lines[name] = bool(value)
            self._changed(self._lines["dtr"], self._lines["rts"])

    def reset_input_buffer(self) -> None:
        """Nothing is buffered here."""

    def reset_output_buffer(self) -> None:
        """Nothing is buffered here."""


class _Client:
    """What PortManager says things to."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write


class Rfc2217Port(TcpPort):
    """A TCP port that carries the modem lines, for ``rfc2217://``.

    changed: called with (dtr, rts); see simulators.boards.board for what they do.
    """

    has_lines = True
    scheme = "rfc2217"

    def __init__(self, changed: Callable[[bool, bool], None]) -> None:
        super().__init__()
        self._changed = changed
        self._manager: PortManager | None = None

    def read(self) -> bytes:
        data = super().read()
        if not data or self._manager is None:
            return b""
        return b"".join(self._manager.filter(data))

    def write(self, data: bytes) -> None:
        if self._manager is not None:
            super().write(b"".join(self._manager.escape(data)))

    def _met(self) -> None:
        lines: Any = _Lines(self._changed)
        client: Any = _Client(super().write)
        self._manager = PortManager(lines, client, logging.getLogger(__name__))

    def _drop(self) -> None:
        super()._drop()
        self._manager = None


Port = PtyPort | TcpPort
