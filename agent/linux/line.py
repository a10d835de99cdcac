"""The Line port on Linux: serial ports by pyserial, and Modbus TCP gateways."""

import errno
import os
import select
import socket

import serial

from agent.protocols import serial_mode, urls


class SerialLine:
    """A serial port such as /dev/ttyS1. Opened for itself alone."""

    framing = "rtu"

    def __init__(self, port: str) -> None:
        self.port = port
        self._serial: serial.Serial | None = None
        self._unsent = bytearray()

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        self.close()
        baud, bits, parity, stop = serial_mode.parse(mode)
        try:
            self._serial = serial.Serial(
                self.port,
                baudrate=baud,
                bytesize=bits,
                parity=parity,
                stopbits=stop,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
        except serial.SerialException as error:
            raise _explained(self.port, error) from None

    def write(self, data: bytes) -> None:
        """See agent.ports.Line. What the port cannot take at once goes out with later calls."""
        self._unsent += data
        self._flush()

    def read(self) -> bytes:
        """See agent.ports.Line."""
        self._flush()
        port = self._port()
        try:
            return port.read(4096) or b""
        except (serial.SerialException, OSError) as error:
            raise _gone(self.port, error) from None

    def close(self) -> None:
        """See agent.ports.Line."""
        self._unsent.clear()
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def fileno(self) -> int | None:
        """The descriptor to wait on, or None while closed."""
        return None if self._serial is None else self._serial.fileno()

    def _flush(self) -> None:
        if not self._unsent:
            return
        try:
            sent = os.write(self._port().fileno(), self._unsent)
        except BlockingIOError:
            return
        except (serial.SerialException, OSError) as error:
            raise _gone(self.port, error) from None
        del self._unsent[:sent]

    def _port(self) -> serial.Serial:
        if self._serial is None:
            raise OSError(errno.ENXIO, f"{self.port} is not open")
        return self._serial


def _gone(port: str, error: Exception) -> OSError:
    return OSError(errno.EIO, f"{port} is gone: is the adapter still plugged in? ({error})")


def _explained(port: str, error: Exception) -> OSError:
    """One plain sentence that says what to do."""
    code = getattr(error, "errno", None) or errno.EIO
    if code == errno.ENOENT:
        return OSError(code, f"{port} does not exist: is the adapter plugged in?")
    if code in (errno.EACCES, errno.EPERM):
        return OSError(code, f"{port} may not be opened: add this user to the group 'dialout'")
    if code in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "lock" in str(error):
        return OSError(errno.EBUSY, f"{port} is in use by another program: stop that one first")
    return OSError(code, f"{port} cannot be opened: {error}")


class TcpLine:
    """A TCP connection to a Modbus TCP server or gateway: ``tcp://host:port``."""

    framing = "tcp"

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = urls.parse(url)[3:5]
        self._socket: socket.socket | None = None
        self._unsent = bytearray()

    def open(self, mode: str) -> None:
        """See agent.ports.Line. Connects without waiting: a refusal shows in read or write."""
        self.close()
        try:
            host, port = self._address
            family, kind, _, _, address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
        except OSError as error:
            raise OSError(errno.EIO, f"{self.url} is not known by name: {error}") from None
        self._socket = socket.socket(family, kind)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self._socket.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            self.close()
            raise OSError(code, f"{self.url} does not answer: {os.strerror(code)}")

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._unsent += data
        self._flush()

    def read(self) -> bytes:
        """See agent.ports.Line."""
        self._flush()
        try:
            data = self._open().recv(4096)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno in (errno.ENOTCONN, errno.EINPROGRESS):
                return b""
            raise OSError(error.errno, f"{self.url} does not answer: {error.strerror}") from None
        if not data:
            raise OSError(errno.ECONNRESET, f"{self.url} closed the connection")
        return data

    def close(self) -> None:
        """See agent.ports.Line."""
        self._unsent.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def fileno(self) -> int | None:
        """The descriptor to wait on, or None while closed."""
        return None if self._socket is None else self._socket.fileno()

    def _flush(self) -> None:
        if not self._unsent:
            return
        connection = self._open()
        _, ready, _ = select.select([], [connection], [], 0)
        if not ready:
            return
        try:
            sent = connection.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise OSError(error.errno, f"{self.url} does not answer: {error.strerror}") from None
        del self._unsent[:sent]

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise OSError(errno.ENOTCONN, f"{self.url} is not open")
        return self._socket


def line_for(port: str) -> SerialLine | TcpLine:
    """The Line for a port of the settings."""
    return TcpLine(port) if port.startswith("tcp://") else SerialLine(port)
