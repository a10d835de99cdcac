"""The Line port on Linux over TCP: Modbus TCP servers and gateways. See agent.linux.line."""

import errno
import os
import select
import socket
import threading
from collections.abc import Callable

from agent.protocols import serial_mode, urls

# Without it the kernel goes on for a quarter of an hour with a gateway that was switched off.
_GIVE_UP_MS = 10_000
_CHUNK = 4096


class TcpLine:
    """A TCP connection to a Modbus TCP server or gateway: ``tcp://host:port``.

    ``open`` begins to look the name up and to connect; a failure shows in write or read.
    """

    framing = "tcp"

    def __init__(self, url: str) -> None:
        self.url = url
        host, port = urls.parse(url)[3:5]
        self._address = str(host), int(port)
        self.sent_bytes = self.heard_bytes = 0
        self._lookup: _Lookup | None = None
        self._socket: socket.socket | None = None
        self._connected = False
        self._unsent = bytearray()
        self.on_close: Callable[[], None] | None = None  # called while the descriptor still stands

    def open(self, mode: str) -> None:
        """See agent.ports.Line. The mode is the gateway's own business."""
        self.close()
        try:
            serial_mode.parse(mode)
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from None
        self._lookup = _Lookup(*self._address)
        self._ready()

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._unsent += data
        self._flush()

    def read(self) -> bytes:
        """See agent.ports.Line."""
        self._flush()
        if self._socket is None or not self._connected:
            return b""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._silent(error.errno) from None
        if not data:
            raise OSError(errno.ECONNRESET, f"{self.url} closed the connection")
        self.heard_bytes += len(data)
        return data

    def close(self) -> None:
        """See agent.ports.Line."""
        self._unsent.clear()
        self._lookup = None
        self._connected = False
        if self._socket is not None:
            if self.on_close is not None:
                self.on_close()
            self._socket.close()
            self._socket = None

    def fileno(self) -> int | None:
        """The descriptor to wait on, or None while there is none."""
        return None if self._socket is None else self._socket.fileno()

    def wants_write(self) -> bool:
        """Whether something waits to be sent, or would: the connection does not stand yet."""
        return self._lookup is not None and (bool(self._unsent) or not self._connected)

    def due_ns(self) -> int | None:
        """Nothing is held back for silence: always None."""
        return None

    def fetch(self) -> None:
        """Nothing: the kernel keeps what has arrived, and TCP has no silence to measure."""

    def _flush(self) -> None:
        if not self._ready() or not self._unsent:
            return
        assert self._socket is not None
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._silent(error.errno) from None
        del self._unsent[:sent]
        self.sent_bytes += sent

    def _ready(self) -> bool:
        """Whether the connection stands. Goes on with making it."""
        if self._lookup is None:
            raise OSError(errno.ENOTCONN, f"{self.url} is not open")
        if self._socket is None and not self._begin(self._lookup):
            return False
        assert self._socket is not None
        if not self._connected:
            poll = select.poll()
            poll.register(self._socket, select.POLLOUT)
            if not poll.poll(0):
                return False
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise self._silent(code)
            self._connected = True
        return True

    def _begin(self, lookup: "_Lookup") -> bool:
        if not lookup.done():
            return False
        if lookup.error is not None:
            text = f"{self.url} is not known by name: {lookup.error.strerror}"
            raise OSError(errno.EHOSTUNREACH, text)
        self._socket = socket.socket(lookup.family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GIVE_UP_MS)
        code = self._socket.connect_ex(lookup.address)
        if code not in (0, errno.EINPROGRESS):
            raise self._silent(code)
        return True

    def _silent(self, code: int | None) -> OSError:
        code = code or errno.EIO
        return OSError(code, f"{self.url} cannot be reached: {os.strerror(code)}")


class _Lookup:
    """Finds an address in a thread of its own: a name server may take its time, the agent not."""

    def __init__(self, host: str, port: int) -> None:
        self.family = 0
        self.address: tuple[object, ...] = ()
        self.error: OSError | None = None
        self._thread = threading.Thread(target=self._run, args=(host, port), daemon=True)
        self._thread.start()
        # What needs no name server is there at once.
        self._thread.join(0.005)

    def done(self) -> bool:
        """Whether address or error is known."""
        return not self._thread.is_alive()

    def _run(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self.family, self.address = found[0], found[4]
        except OSError as error:
            self.error = error
